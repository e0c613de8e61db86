// When what happens: which step makes a node, which ones bring its gradient, which touch it.
// Invariant: an event's focus is the nodes that the graph must show; the first matters most.
// Read before: trace.js. Read next: words.js.

// Reads come in the compiler's order of arguments; people think in the order of the op's own.
export function inOrderOfUse(events, nodes) {
  const isRead = (event) => event.kind === 'forward' && nodes[event.node].op === 'read';
  const placeOf = (event) => {
    const user = nodes[event.node].uses[0] ?? Infinity;
    return { user, input: nodes[user]?.inputs.indexOf(event.node) ?? 0 };
  };
  const ordered = [];
  for (let first = 0, last; first < events.length; first = last) {
    for (last = first + 1; isRead(events[first]) && last < events.length; ++last)
      if (!isRead(events[last])) break;
    if (last === first + 1) { ordered.push(events[first]); continue; }
    const group = events.slice(first, last).map((event) => ({ event, ...placeOf(event) }));
    group.sort((a, b) => (a.user === b.user ? a.input - b.input : a.user < b.user ? -1 : 1));
    ordered.push(...group.map((entry) => entry.event));
  }
  return ordered;
}

export function focusOf(trace, event) {
  switch (event.kind) {
    case 'forward': case 'seed': case 'loss': return [event.node];
    case 'backward': return [event.to, event.node];
    case 'pass': return event.targets || [];
    case 'total': return event.variable !== undefined ? event.reads || []
      : event.tensor !== undefined ? [event.tensor] : [];
    case 'update': case 'step': case 'project': return trace.variables[event.variable].reads;
    default: return [];
  }
}

export function momentsOf(trace) {
  const { nodes, events } = trace;
  const madeAt = new Array(nodes.length).fill(0), passAt = [], passes = [];
  const gradientAt = nodes.map(() => []), asValue = nodes.map(() => []);
  const asGradient = nodes.map(() => []), changedAt = new Map(), passedAt = new Map();
  let pass = -1;
  events.forEach((event, step) => {
    if (event.kind === 'pass') passes.push(event.pass);
    passAt.push((pass = passes.length ? passes[passes.length - 1] : pass));
    if (event.kind === 'pass_end') passes.pop();
    const bring = (node, value) => gradientAt[node].push({ step, value, pass: event.pass, event });
    if (event.kind === 'forward') {
      madeAt[event.node] = step;
      for (const node of new Set([event.node, ...nodes[event.node].inputs]))
        if (node >= 0) asValue[node].push(step);
    }
    if (event.kind === 'loss') asValue[event.node].push(step);
    if (event.kind === 'seed') bring(event.node, event.gradient);
    if (event.kind === 'backward') {
      bring(event.to, event.now);
      const key = `${event.to}>${event.node}>${event.input}`;
      if (!passedAt.has(key)) passedAt.set(key, []);
      passedAt.get(key).push({ step, pass: event.pass });
    }
    if (['update', 'step', 'project'].includes(event.kind)) {
      if (!changedAt.has(event.variable)) changedAt.set(event.variable, []);
      changedAt.get(event.variable).push({ step, value: event.after });
    }
    if (event.kind !== 'forward' && event.kind !== 'loss' && event.kind !== 'pass')
      for (const node of new Set(focusOf(trace, event))) asGradient[node].push(step);
  });
  return { madeAt, passAt, gradientAt, asValue, asGradient, changedAt, passedAt };
}

const phaseOfKind = { forward: 'forward', loss: 'forward', update: 'update', step: 'update',
  project: 'update', step_end: 'update' };
// What an op does while a pass runs belongs to the way back.
const phaseOf = (event, inPass) => (inPass ? 'back' : phaseOfKind[event.kind] || 'back');

// Neighbouring steps of one phase: [{phase, start, end}].
export function phasesOf(events) {
  const phases = [];
  let depth = 0;
  events.forEach((event, step) => {
    const phase = phaseOf(event, depth > 0);
    if (event.kind === 'pass') ++depth;
    if (event.kind === 'pass_end') --depth;
    const last = phases[phases.length - 1];
    if (last?.phase === phase) last.end = step + 1;
    else phases.push({ phase, start: step, end: step + 1 });
  });
  return phases;
}

// The sums of a pass: nodes whose gradient came in more than one part.
export function sumsOf(trace, pass, until = Infinity) {
  const sums = [];
  trace.gradientAt.forEach((entries, node) => {
    const own = entries.filter((entry) => entry.pass === pass && entry.step <= until);
    if (own.length > 1) sums.push({ node, entries: own });
  });
  return sums;
}
