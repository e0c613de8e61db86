// The sentences of what changes variables: updates, the optimizer's step, the projection.
// Invariant: a filter is said to be shortened only where its norms before and after differ.
// Read before: words.js. Read next: equation.js.
import { list, plural, short } from './numbers.js';

export const updateWords = (trace, event) =>
  `${event.owner || 'The program'} updates ${trace.variables[event.variable].name}: no gradient`
  + ' does this.';

// Whether before − rate · gradient = after, but for rounding: then the step is plain descent.
export function isPlainStep(trace, event) {
  const [before, gradient, after] = ['before', 'gradient', 'after'].map((key) =>
    trace.value(event[key])?.data);
  if (!before || !gradient || !after || !(event.rate > 0)) return false;
  return before.every((x, i) => {
    const wanted = x - event.rate * gradient[i];
    return Math.abs(wanted - after[i]) <= 1e-5 * Math.max(Math.abs(x), Math.abs(wanted), 1e-6);
  });
}

export function stepWords(trace, event) {
  const name = trace.variables[event.variable].name;
  const numbered = event.step > 0 ? ` ${event.step}` : '';
  if (isPlainStep(trace, event))
    return `Step${numbered} of ${event.optimizer}: ${name} moves against its gradient, by the`
      + ` rate ${short(event.rate)} times it.`;
  return `Step${numbered} of ${event.optimizer}: ${name} moves, at the rate ${short(event.rate)},`
    + ` by what ${event.optimizer} makes of its gradient.`;
}

// What one norm of the constraint is about.
export function unitsOf(trace, event) {
  const norms = event.norms_before >= 0 ? trace.value(event.norms_before) : null;
  if (!norms?.data) return null;
  const shape = trace.variables[event.variable].shape, last = shape[shape.length - 1];
  const after = event.norms_after >= 0 ? trace.value(event.norms_after).data : null;
  const noun = norms.size === 1 ? 'kernel' : norms.size !== last ? 'part'
    : shape.length === 4 ? 'filter' : 'unit';
  const near = (x, y) => x === y || Math.abs(x - y) <= 1e-6 * Math.abs(x);
  const units = Array.from(norms.data, (before, i) => ({
    i, before, after: after?.[i], kept: !after || near(before, after[i]) }));
  return { noun, units, name: (unit) => (norms.size === 1 ? 'it' : String(unit.i)) };
}

export function projectWords(trace, event) {
  const variable = trace.variables[event.variable].name, rule = event.constraint?.name || 'it';
  const before = trace.value(event.before).data, after = trace.value(event.after).data;
  const same = before && after && before.every((x, i) => x === after[i]);
  const found = unitsOf(trace, event), bound = event.bound;
  if (!found || typeof bound !== 'number')
    return `The constraint ${rule} of ${variable}: ${same
      ? 'all was inside, nothing changed.' : 'what was outside is brought back.'}`;
  const said = (units, word) => {
    const named = units.slice(0, 4).map((unit) => `${unit.i} (${short(unit.before, 3)})`);
    if (units.length > 4) named.push(`${units.length - 4} more`);
    const noun = units.length === 1 ? found.noun : `${found.noun}s`;
    return `${noun} ${list(named)} ${word}`;
  };
  const moved = found.units.filter((unit) => !unit.kept);
  const kept = found.units.filter((unit) => unit.kept);
  const is = (units) => (units.length === 1 ? 'is' : 'are');
  const over = moved.every((unit) => unit.before > bound);
  const parts = [];
  if (moved.length)
    parts.push(said(moved, `${is(moved)} ${over ? 'longer than' : 'outside of'} ${
      short(bound)} and ${is(moved)} brought back to it`));
  if (kept.length)
    parts.push(said(kept, `${is(kept)} not projected: ${kept.length > 1 ? 'their norms are'
      : 'its norm is'} ${kept.every((unit) => unit.before <= bound) ? 'below' : 'within'} ${
      short(bound)}`));
  return `The constraint ${rule} of ${variable}: ${parts.join('; ')}.`;
}

export function stepEndWords(trace, event, step) {
  let moved = 0, projected = 0;
  for (let s = step - 1; s >= 0 && trace.events[s].kind !== 'step_end'; --s) {
    const { kind, before, after } = trace.events[s];
    if (kind === 'step') ++moved;
    if (kind === 'project' && before !== after) ++projected;
  }
  return `Step ${event.step} of ${event.optimizer} is done: ${plural(moved, 'variable')} moved${
    projected ? `, ${projected} of them brought back by a constraint` : ''}.`;
}
