// The equations of what changes variables.
// Invariant: "before − rate · gradient = after" is written only where the numbers say so.
// Read before: equation.js. Read next: touch.js.
import { scaleOf } from './colour.js';
import { equations } from './equation.js';
import { exact, short } from './numbers.js';
import { element } from './place.js';
import { isPlainStep, unitsOf } from './update_words.js';

function around(sheet, event, middle) {
  const { trace } = sheet, variable = trace.variables[event.variable];
  const layout = trace.layoutOf(variable.reads[0]);
  const scale = scaleOf(trace.value(event.before), trace.value(event.after));
  sheet.title(variable.name);
  sheet.put(event.before, { note: 'before', role: 'before', scale, layout });
  middle(layout);
  sheet.put(event.after, { note: 'after', role: 'after', scale, layout });
}

// after − before, as the page computes it.
function change(trace, event) {
  const before = trace.value(event.before), after = trace.value(event.after);
  if (!before.data || !after.data) return null;
  return { ...after, data: after.data.map((x, i) => x - before.data[i]) };
}

equations.update = (sheet, event) => around(sheet, event, (layout) => {
  sheet.sign('→', 'moved by');
  sheet.put(change(sheet.trace, event), { note: 'after − before (computed by this page)', layout });
  sheet.sign('=');
});

equations.step = (sheet, event) => {
  around(sheet, event, (layout) => {
    const plain = isPlainStep(sheet.trace, event);
    sheet.sign(plain ? '−' : '→', plain ? `${short(event.rate)} times the gradient`
      : `${event.optimizer} makes of the gradient`);
    if (event.gradient >= 0)
      sheet.put(event.gradient, { note: plain ? 'gradient, on a scale of its own' : 'gradient',
        role: 'gradient', layout });
    if (!plain) {
      sheet.sign('→', 'a move by');
      sheet.put(change(sheet.trace, event), { note: 'after − before (computed by this page)',
        layout });
    }
    sheet.sign('=');
  });
  sheet.facts([['rate', short(event.rate)],
    ...Object.entries(event.config || {}).map(([key, entry]) => [key, String(entry)])]);
};

function bars(sheet, event, { units, noun }) {
  const box = element('div', 'norms'), { bound } = event;
  const top = 1.1 * Math.max(bound, ...units.map((unit) => unit.before).filter(Number.isFinite));
  for (const unit of units) {
    const row = element('div', 'norm'), track = element('div', 'track');
    const bar = (name, x) => {
      const made = element('i', name);
      made.style.width = `${Math.min(100, (100 * x) / top)}%`;
      track.append(made);
    };
    bar('was', unit.before);
    bar('is', unit.after ?? unit.before);
    const mark = element('i', 'bound');
    mark.style.left = `${(100 * bound) / top}%`;
    track.append(mark);
    const before = element('span', '', short(unit.before, 3));
    before.title = exact(unit.before);
    const text = element('span');
    text.append(before);
    if (!unit.kept) {
      const after = element('span', '', short(unit.after, 3));
      after.title = exact(unit.after);
      text.append(' → ', after);
    } else text.append(' · kept');
    row.append(element('span', '', units.length > 1 ? `${noun} ${unit.i}` : noun), track, text);
    if (unit.kept && unit.after !== undefined) text.title = exact(unit.after);
    box.append(row);
  }
  return box;
}

equations.project = (sheet, event) => {
  around(sheet, event, () => {
    const found = unitsOf(sheet.trace, event), rule = event.constraint || {};
    const named = Object.entries(rule.parameters || {}).map(([key, entry]) => `${key} ${
      typeof entry === 'object' ? JSON.stringify(entry).replace(/,/g, ', ') : entry}`).join(', ');
    sheet.sign('↓', `${rule.name || 'constraint'}${named ? ` (${named})` : ''}${
      event.axes === undefined ? '' : typeof event.axes === 'string'
        ? `, norms ${event.axes.replaceAll('_', ' ')}`
        : `, norms over axes ${[event.axes].flat().join(', ')}`}`);
    if (!found) return;
    if (typeof event.bound === 'number' && found.units.length <= 64) {
      const legend = `the line is the bound, ${short(event.bound)}; a ${found.noun} shorter than it`
        + ' is not projected';
      sheet.add(bars(sheet, event, found), element('p', 'note', legend));
    } else {
      sheet.put(event.norms_before, { note: 'norms before', role: 'norms_before' });
      sheet.put(event.norms_after, { note: 'norms after', role: 'norms_after' });
    }
  });
};

equations.step_end = (sheet, event) => {
  sheet.title(`Step ${event.step} of ${event.optimizer}`);
  const rows = [];
  sheet.trace.events.forEach((other, step) => {
    if (other.kind !== 'step' && other.kind !== 'project') return;
    const { name } = sheet.trace.variables[other.variable];
    rows.push([`${name} ${other.kind === 'step' ? 'moved' : other.before === other.after
      ? 'was inside its constraint' : 'was brought back'}`, step]);
  });
  sheet.table(rows.slice(0, 60));
};
