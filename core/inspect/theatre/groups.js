// Ops whose cell depends on a whole group: a channel (batch normalization) or a row (softmax).
// Touched, a cell lights its group, and the formula stands there with its numbers.
// Invariant: what is told is { lines, lit, among, value or terms }: `lit` are the cells that enter
// by themselves, `among` those that enter through the group's statistics; statistics are computed
// here in double precision, and the trace's own number stands beside the outcome.
// Read before: products.js. Read next: touch.js.
import { short } from './numbers.js';
import { known, range } from './products.js';

const sumOver = (indices, f) => indices.reduce((sum, i) => sum + f(i), 0);
const upTo = (count) => range(count, (i) => i);
const signed = (x) => (x < 0 || Object.is(x, -0) ? `(${short(x)})` : short(x));
const term = (role, index, value) => ({ role, index, value });

// The flat indices of x with the same channel, or of the same row along an axis.
function lanesOf(shape, given) {
  const axis = given < 0 ? given + shape.length : given;
  const inner = shape.slice(axis + 1).reduce((a, b) => a * b, 1), extent = shape[axis];
  const channelOf = (i) => Math.floor(i / inner) % extent;
  return { extent, channelOf,
    channel: (c, size) => upTo(size).filter((i) => channelOf(i) === c),
    row: (i) => upTo(extent).map((j) => i + (j - channelOf(i)) * inner) };
}
const axisOf = (node, otherwise) => node.attributes?.axis ?? otherwise;

// Batch normalization, with the statistics of the batch or with given ones.
const isNormalization = (op) => op === 'batch_normalization'
  || op === 'batch_normalization_inference';
function channelOf(trace, node, c) {
  const [x, gamma, beta, mean, variance] = trace.inputValues(node);
  const all = lanesOf(x.shape, axisOf(node, -1)).channel(c, x.size), count = all.length;
  const epsilon = node.attributes?.epsilon ?? 1e-3, given = Boolean(mean && variance);
  const m = given ? mean.data[c] : sumOver(all, (i) => x.data[i]) / count;
  const v = given ? variance.data[c] : sumOver(all, (i) => (x.data[i] - m) ** 2) / count;
  const root = Math.sqrt(v + epsilon), g = gamma ? gamma.data[c] : 1, b = beta ? beta.data[c] : 0;
  return { x, all, count, epsilon, given, m, v, root, g, b, c, gamma, beta,
    hat: (i) => (x.data[i] - m) / root,
    say: `channel ${c}: ${count} elements, mean ${short(m)}, variance ${short(v)}${
      given ? ', as given' : ''}` };
}
const statistics = ({ given, c }) => (given ? [term('in3', c), term('in4', c)] : []);
const hatWords = (s, i) => `x̂ = (x − mean) / √(variance + epsilon) = (${short(s.x.data[i])} − ${
  signed(s.m)}) / √(${short(s.v)} + ${short(s.epsilon)}) = ${short(s.hat(i))}`;

function normalizationForward(trace, node, index) {
  const { shape } = trace.of(node.id), names = trace.labels(node);
  const s = channelOf(trace, node, lanesOf(shape, axisOf(node, -1)).channelOf(index));
  const left = `${s.gamma ? `${names[1]} · ` : ''}x̂${s.beta ? ` + ${names[2]}` : ''}`;
  const right = `${s.gamma ? `${short(s.g)} · ` : ''}${signed(s.hat(index))}${
    s.beta ? ` + ${signed(s.b)}` : ''}`;
  return { lines: [s.say, hatWords(s, index), ...(left === 'x̂' ? [] : [`y = ${left} = ${right}`])],
    lit: [term('in0', index), term('in1', s.c), term('in2', s.c), ...statistics(s)],
    among: s.given ? [] : s.all.map((i) => term('in0', i)), value: s.g * s.hat(index) + s.b };
}

function normalizationBackward(trace, node, k, dy, index) {
  const { channelOf: of } = lanesOf(dy.shape, axisOf(node, -1)), names = trace.labels(node);
  const s = channelOf(trace, node, k === 0 ? of(index) : index), gain = s.g / s.root;
  const gainWords = `${s.gamma ? names[1] : '1'} / √(variance + epsilon)`;
  const gradient = (i) => term('gradient', i, dy.data[i]);
  const hat = (i, factor = 1) => ({ role: factor === 1 ? 'x̂' : 'slope', index: -2,
    value: factor * s.hat(i), from: [[term('in0', i)]] });
  const lit = k === 2 ? [] : [...(k === 0 ? [term('in0', index)] : []), term('in1', s.c),
    ...statistics(s)];
  const sums = {
    1: () => s.all.map((i) => [gradient(i), hat(i)]),
    2: () => s.all.map((i) => [gradient(i)]),
    3: () => s.all.map((i) => [gradient(i), { role: 'slope', index: -2, value: -gain }]),
    4: () => s.all.map((i) => [gradient(i), hat(i, (-0.5 * gain) / s.root)]),
  };
  if (k > 0) {
    const slopes = { 3: `the slope is −${gainWords} = ${short(-gain)}`,
      4: `the slope is −x̂ · ${gainWords} / (2 √(variance + epsilon))` };
    return { lines: [s.say, slopes[k]].filter(Boolean), lit, among: [], terms: sums[k]() };
  }
  const own = short(dy.data[index]), scale = `${short(s.g)} / ${short(s.root)}`;
  if (s.given)
    return { lines: [s.say, `dx = ${gainWords} · dy = ${scale} · ${signed(dy.data[index])}`],
      lit: [...lit, gradient(index)], among: [], value: gain * dy.data[index] };
  const mean = sumOver(s.all, (i) => dy.data[i]) / s.count;
  const along = sumOver(s.all, (i) => dy.data[i] * s.hat(i)) / s.count;
  return { lines: [s.say, hatWords(s, index),
    `dy in this channel: mean ${short(mean)}; dy · x̂: mean ${short(along)}`,
    `dx = ${gainWords} · (dy − mean of dy − x̂ · mean of dy · x̂) = ${scale} · (${own} − ${
      signed(mean)} − ${signed(s.hat(index))} · ${signed(along)})`],
  lit: [...lit, gradient(index)], value: gain * (dy.data[index] - mean - s.hat(index) * along),
  among: s.all.flatMap((i) => [term('gradient', i), term('in0', i)]) };
}

// softmax, log_softmax and the cross-entropy of both.
const softmaxes = new Set(['softmax', 'log_softmax', 'softmax_cross_entropy']);
function rowOf(x, all) {
  const top = all.reduce((most, i) => Math.max(most, x.data[i]), -Infinity);
  const total = sumOver(all, (i) => Math.exp(x.data[i] - top));
  return { all, top, total, log: (i) => x.data[i] - top - Math.log(total),
    share: (i) => Math.exp(x.data[i] - top) / total,
    say: `a row of ${all.length}, the largest ${short(top)}; sum of exp(x − largest) = ${
      short(total)}`,
    words: (i) => `exp(${short(x.data[i])} − ${signed(top)}) / ${short(total)}` };
}
// What the labels of a row ask for, class by class.
function targetsOf(trace, node, all) {
  const labels = node.inputs[1] >= 0 && trace.of(node.inputs[1]), classes = all.length;
  const { label_smoothing: smoothing = 0, labels: chosen } = node.attributes || {};
  const picked = (j) => (labels ? labels.data[all[j]]
    : Number(chosen?.[Math.floor(all[0] / classes)] === j));
  return { smoothing, at: (j) => picked(j) * (1 - smoothing) + smoothing / classes };
}

function softmaxForward(trace, node, index) {
  const [x] = trace.inputValues(node), entropy = node.op === 'softmax_cross_entropy';
  const lanes = lanesOf(x.shape, entropy ? -1 : axisOf(node, -1));
  const all = lanes.row(entropy ? index * lanes.extent : index), row = rowOf(x, all);
  const among = all.map((i) => term('in0', i));
  if (!entropy) {
    const log = node.op === 'log_softmax';
    return { among, lit: [term('in0', index)], value: log ? row.log(index) : row.share(index),
      lines: [row.say, log ? `y = x − largest − log(sum) = ${short(x.data[index])} − ${
        signed(row.top)} − log(${short(row.total)})` : `y = exp(x − largest) / sum = ${
        row.words(index)}`] };
  }
  const { at } = targetsOf(trace, node, all), asked = upTo(all.length).filter((j) => at(j) !== 0);
  const say = (j) => `${at(j) === 1 ? '' : `${short(at(j))} · `}log(${short(row.share(all[j]))})`;
  return { among: [...among, ...all.map((i) => term('in1', i))],
    lit: asked.flatMap((j) => [term('in0', all[j]), term('in1', all[j])]),
    lines: [row.say, ...asked.slice(0, 3).map((j) => `p of class ${j} = exp(x − largest) / sum = ${
      row.words(all[j])} = ${short(row.share(all[j]))}`),
    `y = −sum of label · log(p) = −(${asked.slice(0, 8).map(say).join(' + ')}${
      asked.length > 8 ? ' + …' : ''})`],
    value: -asked.reduce((sum, j) => sum + at(j) * row.log(all[j]), 0) };
}

function softmaxBackward(trace, node, k, dy, index) {
  const [x] = trace.inputValues(node), y = trace.of(node.id);
  const entropy = node.op === 'softmax_cross_entropy';
  const lanes = lanesOf(x.shape, entropy ? -1 : axisOf(node, -1)), all = lanes.row(index);
  if (entropy) {
    const row = rowOf(x, all), { at, smoothing } = targetsOf(trace, node, all);
    const i = Math.floor(index / lanes.extent), j = index % lanes.extent, own = dy.data[i];
    const whole = upTo(all.length).reduce((sum, c) => sum + at(c), 0);
    const p = `p = exp(x − largest) / sum = ${row.words(index)} = ${short(row.share(index))}`;
    const share = { lit: [term('gradient', i), term('in0', index), term('in1', index)],
      among: all.map((c) => term('in0', c)) };
    if (k === 1)
      return { ...share, lines: [row.say, p, `dlabel = −dy · log(p)${
        smoothing ? ' · (1 − smoothing)' : ''}`], value: -own * row.log(index) * (1 - smoothing) };
    const one = Math.abs(whole - 1) < 1e-6;
    return { ...share, value: own * (row.share(index) * (one ? 1 : whole) - at(j)),
      lines: [row.say, p, `dx = dy · (p${one ? '' : ' · sum of labels'} − label) = ${
        short(own)} · (${short(row.share(index))}${one ? '' : ` · ${short(whole)}`} − ${
        signed(at(j))})`] };
  }
  const log = node.op === 'log_softmax', own = dy.data[index], at = y.data[index];
  const total = sumOver(all, (i) => (log ? 1 : y.data[i]) * dy.data[i]);
  return { lit: [term('gradient', index), term('result', index)],
    among: all.flatMap((i) => [term('gradient', i), term('result', i)]),
    value: log ? own - Math.exp(at) * total : at * (own - total),
    lines: log ? [`sum of dy over its row of ${all.length} = ${short(total)}`,
      `dx = dy − exp(y) · sum = ${short(own)} − exp(${short(at)}) · ${signed(total)}`]
      : [`sum of y · dy over its row of ${all.length} = ${short(total)}`,
        `dx = y · (dy − sum) = ${short(at)} · (${short(own)} − ${signed(total)})`] };
}

// What a touched cell of the result, or of the gradient of input `k`, comes from; null for an op
// of another kind, or where numbers are absent.
export function groupForward(trace, node, index) {
  if (!known([...trace.inputValues(node), trace.of(node.id)])) return null;
  if (isNormalization(node.op)) return normalizationForward(trace, node, index);
  if (softmaxes.has(node.op)) return softmaxForward(trace, node, index);
  if (node.op !== 'batch_normalization_mean' && node.op !== 'batch_normalization_variance')
    return null;
  const s = channelOf(trace, node, index);
  return { lines: [s.say], lit: [], among: s.all.map((i) => term('in0', i)),
    value: node.op.endsWith('mean') ? s.m : s.v };
}
export function groupBackward(trace, node, k, dy, index) {
  if (!known([...trace.inputValues(node), trace.of(node.id), dy])) return null;
  if (isNormalization(node.op)) return normalizationBackward(trace, node, k, dy, index);
  return softmaxes.has(node.op) ? softmaxBackward(trace, node, k, dy, index) : null;
}
