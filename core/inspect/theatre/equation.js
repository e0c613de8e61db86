// What a step does, as an equation of values: result first, one sign between two values.
// Invariant: every number of the event stands in a figure whose role tells what it is; values that
// are added or compared share one scale.
// Read before: sheet.js, words.js. Read next: equation_of_update.js, touch.js.
import { scaleOf } from './colour.js';
import { binary, slopeOf, slopeWords } from './elementwise.js';
import { sumsOf } from './moments.js';
import { brief, list, plural, shapeText, short } from './numbers.js';
import { formula, loopsOf, reason, ruleOf } from './rules.js';
import { kindOfInterval, sourceOf } from './words.js';

const duration = (ns) => (ns >= 1e6 ? `${short(ns / 1e6, 3)} ms` : ns >= 1e4
  ? `${short(ns / 1e3, 3)} µs` : '');
const bytesText = (n) => (n >= 1 << 20 ? `${short(n / (1 << 20), 3)} MiB`
  : n >= 1 << 14 ? `${short(n / 1024, 3)} KiB` : `${n} bytes`);
const attributeText = (entry) => (entry === null ? 'none' : typeof entry === 'object'
  ? JSON.stringify(entry).replace(/["{}]/g, '').replace(/,/g, ', ') : String(entry));

function nodeFacts(sheet, node) {
  const { trace } = sheet, variable = trace.variables[node.variable];
  const place = trace.sources[node.source];
  sheet.facts([['node', `${node.id} · ${node.op}${node.watched ? '' : ' · not watched'}`],
    ['inside', trace.path(node.interval ?? -1)],
    ['variable', variable && `${variable.name} · ${variable.kind} · read ${variable.reads.length}×${
      variable.trainable ? '' : ' · not trained'}`],
    ['line', place ? `${place.file}:${node.line}` : 'not known'],
    ['memory', node.bytes !== undefined ? bytesText(node.bytes) : ''],
    ['time', duration(node.ns || 0)],
    ['work', node.flops > 0 ? plural(node.flops, 'operation') : ''],
    ['tapes', node.tapes > 1 ? `${node.tapes} tapes write it down` : ''],
    ...Object.entries(node.attributes || {}).map(([key, entry]) => [key, attributeText(entry)]),
    ['used by', node.uses.map((i) => trace.nodes[i].label).join(', ') || 'nothing']]);
}

function forward(sheet, event) {
  const { trace } = sheet, node = trace.nodes[event.node];
  const right = formula(trace, node), fits = right.length < 40;
  sheet.title(!node.inputs.length ? node.label
    : fits ? `${node.label} = ${right}`
      : node.label.startsWith(node.op) ? node.label : `${node.label}, ${node.op}`);
  if (kindOfInterval(trace, node, 'recompute'))
    sheet.absent('Computed again: it had not been kept.');
  sheet.node(node.id, 'result');
  if (node.inputs.length) sheet.sign('=', ruleOf(node.op) ? '' : `${node.op} of`);
  node.inputs.forEach((input, k) => {
    if (input < 0 || node.inputs.indexOf(input) < k) return;
    const twice = node.inputs.lastIndexOf(input) > k;
    if (k > 0) sheet.sign(binary[node.op]?.[1] || ruleOf(node.op)?.sign || 'and');
    const { label } = trace.nodes[input];
    sheet.node(input, `in${k}`, { note: twice ? `${label} (used twice)` : label });
  });
  sheet.loops(loopsOf(trace, node, ruleOf(node.op)?.loops));
  nodeFacts(sheet, node);
}

// had + contribution = now. Numbers stand in a line of their own; of tensors, which are long, the
// equation goes on below the contribution.
function sum(sheet, event, scale) {
  const { trace } = sheet, to = trace.nodes[event.to].label, layout = trace.layoutOf(event.to);
  const [had, part, now] = [event.had, event.contribution, event.now].map((id) => trace.value(id));
  if (part.size === 1) {
    sheet.title(`${to} adds it up`);
    sheet.put(had, { note: 'had', role: 'had', scale, layout });
    sheet.sign('+');
    sheet.put(part, { note: 'new', role: 'new', scale, layout });
  } else {
    sheet.sign('+', `${to} adds it to what it had`);
    sheet.put(had, { note: 'had', role: 'had', scale, layout });
  }
  sheet.sign('=');
  sheet.put(now, { note: `gradient of ${to}`, role: 'now', scale, layout });
  const passed = trace.gradientAt[event.to].filter((entry) => entry.pass === event.pass);
  sheet.table(passed.map(({ event: from, step }, k) => {
    const { label } = trace.nodes[from.node];
    const value = trace.value(from.contribution ?? from.gradient);
    return [`part ${k + 1}, ${from.kind === 'seed' ? 'of the target itself' : `from ${label}`}${
      value.size === 1 ? `: ${brief(value)}` : ''}`, step];
  }));
}

function backward(sheet, event) {
  const { trace } = sheet, node = trace.nodes[event.node], to = trace.nodes[event.to];
  const k = event.input, rule = ruleOf(node.op), gradient = trace.value(event.gradient);
  const part = trace.value(event.contribution), inputs = trace.inputValues(node);
  const slope = slopeOf(node, k, inputs, trace.of(node.id)), layout = trace.layoutOf(node.id);
  sheet.title(`${node.label} → ${to.label}`);
  sheet.put(gradient, { note: `gradient of ${node.label}`, role: 'gradient', layout });
  const beside = [].concat(rule?.beside?.[k] ?? []).filter((i) => i === 'y' || node.inputs[i] >= 0);
  if (node.op === 'mul' || (!slope && beside.length)) {
    sheet.sign(rule.sign || '↓', node.op === 'mul' ? `because ${node.label} = ${
      formula(trace, node)}` : reason(trace, node, k));
    for (const i of beside)
      if (i === 'y') sheet.node(node.id, 'result'); else sheet.node(node.inputs[i], `in${i}`);
    sheet.sign('=');
  } else if (slope && !['add', 'sub'].includes(node.op)) {
    sheet.sign('·', `the slope, ${slopeWords(node, k, trace.labels(node))}`);
    sheet.put(slope, { note: slope.size > 1 ? 'slope (computed by this page)' : 'slope',
      role: 'slope', layout });
    sheet.sign('=');
  } else if (event.before_sum === undefined)
    sheet.sign(gradient.size === 1 && part.size === 1 ? '→' : '↓', reason(trace, node, k)
      || `what the rule of ${node.op} makes of it`);
  if (event.before_sum !== undefined) {
    const before = trace.value(event.before_sum);
    if (event.before_sum !== event.gradient)
      sheet.put(before, { note: 'before the sum', role: 'before_sum', layout });
    sheet.sign('Σ', `${to.label} has shape ${shapeText(part.shape)} and was repeated to ${
      shapeText(before.shape)}: its copies are summed`);
  }
  const scale = event.had === undefined ? 0
    : scaleOf(part, trace.value(event.had), trace.value(event.now));
  sheet.put(part, { note: `contribution to ${to.label}`, role: 'contribution', scale,
    layout: trace.layoutOf(event.to) });
  if (event.had !== undefined) sum(sheet, event, scale);
  sheet.loops(loopsOf(trace, node, rule?.back?.[k]));
}

function total(sheet, event) {
  const { trace } = sheet, of = sourceOf(trace, event);
  const node = event.variable !== undefined ? event.reads[0] : event.tensor;
  const layout = trace.layoutOf(node);
  sheet.title(`gradient of ${of}`);
  if (event.gradient === undefined || event.gradient < 0) {
    sheet.absent('None: no way leads from the target back to it.');
    return;
  }
  const parts = event.parts || [], scale = scaleOf(...parts.map((id) => trace.value(id)),
    trace.value(event.gradient));
  parts.forEach((id, k) => {
    const read = trace.nodes[event.reads?.[k]];
    if (k) sheet.sign('+');
    const where = read && (trace.path(read.interval ?? -1)
      || (read.line > 0 ? `line ${read.line}` : `node ${read.id}`));
    sheet.put(id, { note: read ? `from ${where}` : 'part', role: `part${k}`, layout, scale });
  });
  if (parts.length !== 1) {
    sheet.sign('=');
    sheet.put(event.gradient, { note: 'gradient', role: 'total', layout, scale });
  }
}

function passEnd(sheet, event) {
  const { trace } = sheet, sums = sumsOf(trace, event.pass), totals = [];
  trace.events.forEach((other, step) => {
    if (other.kind === 'total' && other.pass === event.pass && other.parts?.length > 1)
      totals.push([`${sourceOf(trace, other)}: its ${other.parts.length} ${
        other.variable !== undefined ? 'reads' : 'seeds'}`, step]);
  });
  sheet.title(sums.length + totals.length ? 'What was added up' : 'Nothing was added up');
  sheet.table(totals);
  for (const { node, entries } of sums.slice(0, 40)) {
    const last = entries[entries.length - 1], whole = trace.value(last.value);
    const parts = entries.map(({ event: from }) => {
      const origin = from.kind === 'seed' ? 'the target itself' : trace.nodes[from.node].label;
      const value = trace.value(from.contribution ?? from.gradient);
      return value.size === 1 ? `${brief(value)} (from ${origin})` : origin;
    });
    sheet.table([[`${trace.nodes[node].label}: ${whole.size === 1
      ? `${parts.join(' + ')} = ${brief(whole)}` : `from ${list(parts)}`}`, last.step]]);
  }
}

export const equations = {
  __proto__: null,
  forward, backward, total, pass_end: passEnd,
  seed: (sheet, event) => {
    const { label } = sheet.trace.nodes[event.node];
    sheet.title(`d ${label} / d ${label}`);
    sheet.put(event.gradient, { note: `gradient of ${label}`, role: 'gradient',
      layout: sheet.trace.layoutOf(event.node) });
  },
  loss: (sheet, event) => { sheet.title(event.owner || 'Loss'); sheet.node(event.node, 'result'); },
  pass: (sheet, event) => {
    sheet.title('From');
    for (const target of event.targets) sheet.node(target, 'result');
  },
};
