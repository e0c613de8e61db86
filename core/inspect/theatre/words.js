// Every step as a sentence that needs no picture: it is read aloud, listed, and searched.
// Invariant: a sentence tells what happened, then why; it never says more than the trace holds.
// Read before: rules.js. Read next: update_words.js, equation.js.
import { binary, slopeOf } from './elementwise.js';
import { sumsOf } from './moments.js';
import { brief, list, plural, shapeText, short, times } from './numbers.js';
import { formula, reason } from './rules.js';
import { projectWords, stepEndWords, stepWords, updateWords } from './update_words.js';

const small = (value) => value.data && value.size > 0 && value.size <= 3;
const number = (value) => value?.data && value.size === 1;
const what = (value) => (small(value) ? brief(value)
  : value.size === 0 ? `empty, of shape ${shapeText(value.shape)}`
    : `of shape ${shapeText(value.shape)}`);
const ordinal = (k) => ['first', 'second', 'third', 'fourth'][k] || `${k + 1}th`;

// Said of values in which something went wrong.
function alarm(value) {
  if (number(value)) return '';
  const nans = value.data ? value.data.filter(Number.isNaN).length : value.nans || 0;
  const infinities = value.data ? value.data.filter((x) => Math.abs(x) === Infinity).length
    : value.infinities || 0;
  const found = [];
  if (nans) found.push(`${nans} NaN`);
  if (infinities) found.push(plural(infinities, 'infinity', 'infinities'));
  return found.length ? ` ${list(found)} in it.` : '';
}

export function kindOfInterval(trace, node, kind) {
  for (let i = node.interval ?? -1; i >= 0; i = trace.intervals[i].outer ?? -1)
    if (trace.intervals[i].kind === kind) return trace.intervals[i];
  return null;
}

function forwardWords(trace, event) {
  const node = trace.nodes[event.node], value = trace.of(node.id), is = what(value);
  const said = value.data && small(value) ? `: ${is}` : `, ${is}`;
  if (node.op === 'constant')
    return `${node.name || number(value) ? node.label : 'A constant'} is given${
      node.title === brief(value) ? '' : said}. No gradient will go there.`;
  if (node.op === 'watch')
    return `The tape watches ${node.label}${small(value) ? ' =' : ','} ${is}: from here on it`
      + ' writes down what becomes of it.';
  if (node.op === 'read') {
    const variable = trace.variables[node.variable], again = node.again > 0;
    const owner = trace.path(node.interval ?? -1) || 'The program';
    return `${owner} reads variable ${variable.name}${again ? ` for the ${
      ordinal(node.again)} time` : ''}, ${is}.${again
      ? ' Another node, the same variable: their gradients will be added.' : ''}${
      variable.trainable ? '' : ' It is not trained.'}`;
  }
  const inputs = trace.inputValues(node), sign = binary[node.op]?.[1];
  let text = `${node.label} = ${formula(trace, node)}`;
  if (sign && inputs.every(number) && number(value))
    text += ` = ${inputs.map((input) => brief(input)).join(` ${sign} `)} = ${is}.`;
  else text += small(value) ? ` = ${is}.` : `: ${is}.`;
  if (node.sentence) text += ` ${node.sentence}`;
  if (kindOfInterval(trace, node, 'recompute'))
    text = `Computed again, since it was not kept: ${text}`;
  else if (node.pass >= 0)
    text = `While pass ${node.pass + 1} runs, the tape around it writes down: ${text}`;
  return text + alarm(value);
}

// "1 · 7 = 7" where gradient, slope and contribution are numbers.
function amount(trace, node, event) {
  const contribution = trace.value(event.contribution), gradient = trace.value(event.gradient);
  if (!small(contribution)) return `a gradient ${what(contribution)}`;
  if (!number(contribution) || !number(gradient)) return brief(contribution);
  const slope = slopeOf(node, event.input, trace.inputValues(node), trace.of(node.id));
  if (!slope || ['add', 'sub'].includes(node.op)) return brief(contribution);
  return `${short(gradient.data[0], 6)} · ${short(slope.data[0], 6)} = ${brief(contribution)}`;
}

function summed(trace, event) {
  if (event.before_sum === undefined) return '';
  const from = trace.value(event.before_sum), to = trace.value(event.contribution);
  if (from.size === to.size) return '';
  return ` ${trace.nodes[event.to].label} was repeated to shape ${shapeText(from.shape)}, so the`
    + ' gradients of all its copies are summed.';
}

function because(trace, node, k) {
  if (node.op !== 'mul')
    return reason(trace, node, k).replace(/\.$/, '') || `what the rule of ${node.op} makes of it`;
  const other = trace.nodes[node.inputs[1 - k]], factor = trace.of(other.id);
  if (!number(factor)) return `the other factor, ${other.label}, multiplies it`;
  return `the other factor${other.label === brief(factor) ? '' : `, ${other.label},`} is ${
    brief(factor)}`;
}

function backwardWords(trace, event, step) {
  const node = trace.nodes[event.node], to = trace.nodes[event.to].label;
  const contribution = trace.value(event.contribution);
  const same = node.inputs.filter((i) => i === event.to).length > 1;
  const as = !same ? ''
    : `, as its ${ordinal(event.input)} ${node.op === 'mul' ? 'factor' : 'input'}`;
  let text = `${node.label} passes ${amount(trace, node, event)} to ${to}${as}: ${
    because(trace, node, event.input)}.${summed(trace, event)}`;
  const all = trace.gradientAt[event.to].filter((entry) => entry.pass === event.pass);
  const place = all.findIndex((entry) => entry.step === step);
  if (event.had !== undefined) {
    const had = trace.value(event.had), now = trace.value(event.now);
    text += number(had) ? ` ${to} had ${brief(had)}: ${brief(had)} + ${brief(contribution)} = ${
      brief(now)}.` : ` It is added to what ${to} had.`;
    if (place + 1 === all.length) text += ` Added, because ${used(trace, event.to, event.pass)}.`;
    else text += ` ${all.length - 1 - place} more to come.`;
  } else if (all.length > 1)
    text += ` ${to} was used ${times(all.length)}: ${all.length - 1} more to come.`;
  return text + alarm(contribution);
}

// "h was used twice, by y and z".
export function used(trace, id, pass) {
  const by = trace.gradientAt[id].filter((entry) => entry.pass === pass)
    .map((entry) => (entry.event.kind === 'seed' ? 'the target itself'
      : trace.nodes[entry.event.node].label));
  const names = [...new Set(by)];
  return `${trace.nodes[id].label} was used ${times(by.length)}, by ${list(names)}${
    names.length === 1 && by.length > 1 ? ' each time' : ''}`;
}

function passWords(trace, event) {
  const targets = event.targets.map((i) => trace.nodes[i].label);
  const wanted = [...(event.variables || []).map((i) => trace.variables[i].label),
    ...(event.tensors || []).map((i) => trace.nodes[i].label)];
  const few = wanted.length > 4 ? [...wanted.slice(0, 3), `${wanted.length - 3} more`] : wanted;
  return `${trace.passes > 1 ? `Pass ${event.pass + 1}: the` : 'The'} way back begins at ${
    list(targets)}. ${few.length ? `Wanted: how ${targets.length > 1 ? 'their sum' : 'it'} changes`
    + ` with ${list(few)}.` : 'Nothing is wanted.'}`;
}

// What a gradient is of. Of a source that the program never used the trace knows no name.
export const sourceOf = (trace, { variable, tensor }) => (variable !== undefined
  ? trace.variables[variable].name : trace.nodes[tensor]?.label ?? 'a source that was never used');

function passEndWords(trace, event) {
  const sums = sumsOf(trace, event.pass);
  const named = sums.slice(0, 3).map(({ node }) => used(trace, node, event.pass));
  const more = sums.length > 3 ? `, and ${sums.length - 3} more` : '';
  const reads = trace.events.filter((other) => other.kind === 'total' && other.pass === event.pass
    && other.variable !== undefined && other.parts.length > 1)
    .map((other) => trace.variables[other.variable].name);
  return `The way back ends. ${sums.length ? `Gradients were added up where a value was used more`
    + ` than once: ${named.join('; ')}${more}.` : 'No value was used twice.'}${reads.length
    ? ` Of variables read more than once, the reads were added up: ${list(reads)}.` : ''}`;
}

function totalWords(trace, event) {
  const name = sourceOf(trace, event);
  if (event.gradient < 0 || event.gradient === undefined)
    return `${name} has no gradient: no way leads from the target back to it.`;
  if (event.variable === undefined)
    return `The answer for ${name}: ${what(trace.value(event.gradient))}.`;
  const count = event.parts.length;
  return count > 1 ? `${name} was read ${times(count)}, so its gradient is the sum of what the ${
    count} reads got.` : `${name} was read once: its gradient is what that read got.`;
}

const losses = { activity: 'for its activity', penalty: 'for its weights', tensor: 'as it is',
  function: 'from a function' };

export function sentence(trace, step) {
  const event = trace.events[step];
  switch (event.kind) {
    case 'forward': return forwardWords(trace, event);
    case 'pass': return passWords(trace, event);
    case 'seed': {
      const seed = trace.value(event.gradient);
      return `${trace.nodes[event.node].label} is a target: its own gradient begins as ${
        small(seed) ? brief(seed) : `one ${what(seed)}`}.`;
    }
    case 'backward': return backwardWords(trace, event, step);
    case 'total': return totalWords(trace, event);
    case 'pass_end': return passEndWords(trace, event);
    case 'loss': return `${event.owner || 'The program'} adds a loss${
      event.name ? ` (${event.name})` : ''} ${losses[event.loss] || ''}: ${
      trace.nodes[event.node].label}, ${what(trace.of(event.node))}.`;
    case 'update': return updateWords(trace, event);
    case 'step': return stepWords(trace, event);
    case 'project': return projectWords(trace, event);
    case 'step_end': return stepEndWords(trace, event, step);
    default: return `${event.kind}: this page has no words for it.`;
  }
}
