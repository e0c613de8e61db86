// A cell touched: of which products it is the sum. One function for each known op and direction.
// Invariant: a term is a list of factors {role, index, value}; its value is their product, and the
// sum of the terms is the touched cell but for the order of rounding. Terms of one group stand in
// rows of `columns`: they are a window, or all positions of an image.
// Read before: window.js. Read next: reductions.js, groups.js.
import { isReduction, reductionBackward, reductionTerms } from './reductions.js';
import { groupsOf, Images, kernelCell, kernelIndex, Windows } from './window.js';

const grouped = (term, group, columns) => Object.assign(term, { group, columns });
const factor = (role, value, index) => ({ role, index, value: index < 0 ? 0 : value.data[index] });

function setting(trace, node) {
  const inputs = trace.inputValues(node), y = trace.of(node.id);
  const shape = inputs[1]?.shape, w = new Windows(node, inputs[0], y, shape?.slice(0, 2));
  return { x: inputs[0], k: inputs[1], v: inputs[2], bias: inputs[3], y, w,
    depthwise: node.op === 'depthwise_conv2d', groups: groupsOf(node, inputs[0], inputs[1]) };
}
const depth = ({ k }) => k.shape[3];
// The first of the channels that filter f of a dense convolution sees.
const firstChannel = (s, f) => Math.floor(f * s.groups / depth(s)) * s.k.shape[2];

// Dense and depthwise: the same three loops, but a depthwise filter sees one channel.
function forwardTerms(s, index) {
  const { n, h: p, w: q, c: f } = s.w.y.cell(index), terms = [];
  for (const at of s.w.over(p, q))
    for (let c = 0; c < s.k.shape[2]; ++c) {
      if (s.depthwise && c !== Math.floor(f / depth(s))) continue;
      const own = s.depthwise ? f % depth(s) : f;
      const channel = s.depthwise ? c : firstChannel(s, f) + c;
      terms.push(grouped([factor('in0', s.x, s.w.x.at(n, at.h, at.w, channel)),
        factor('in1', s.k, kernelIndex(s.k.shape, at.r, at.s, c, own))], `channel ${channel}`,
      s.w.size[1]));
    }
  return terms;
}
function imageTerms(s, dy, index) {
  const { n, h, w, c } = s.w.x.cell(index), terms = [], filters = s.k.shape[3];
  for (const at of s.w.meeting(h, w))
    for (let f = 0; f < filters; ++f) {
      const own = s.depthwise ? c : c - firstChannel(s, f);
      if (own < 0 || own >= s.k.shape[2]) continue;
      terms.push(grouped([factor('gradient', dy, s.w.y.at(n, at.p, at.q,
        s.depthwise ? c * filters + f : f)),
      factor('in1', s.k, kernelIndex(s.k.shape, at.r, at.s, own, f))], `filter ${f}`,
      s.w.size[1]));
    }
  return terms;
}
function kernelTerms(s, dy, index) {
  const { r, s: column, c, f } = kernelCell(s.k.shape, index), terms = [];
  const channel = s.depthwise ? c * depth(s) + f : f;
  const seen = s.depthwise ? c : firstChannel(s, f) + c;
  for (let n = 0; n < s.w.y.n; ++n)
    for (let p = 0; p < s.w.y.h; ++p)
      for (let q = 0; q < s.w.y.w; ++q)
        terms.push(grouped([factor('gradient', dy, s.w.y.at(n, p, q, channel)),
          factor('in0', s.x, s.w.x.at(n, s.w.row(p, r), s.w.column(q, column), seen))],
        `image ${n}`, s.w.y.w));
  return terms;
}
export const sumOf = (terms) => terms.reduce((sum, term) =>
  sum + term.reduce((product, part) => product * part.value, 1), 0);

// A separable layer is a depthwise convolution and a mix of channels: the middle is never stored,
// so it is computed here where it is asked for.
function middle(s) {
  const count = s.k.shape[2] * s.k.shape[3], shape = s.w.y.first
    ? [s.w.y.n, count, s.w.y.h, s.w.y.w] : [s.w.y.n, s.w.y.h, s.w.y.w, count];
  const images = new Images(shape, s.w.y.first);
  const windows = { ...s, depthwise: true, w: Object.assign(Object.create(s.w), { y: images }) };
  return { images, windows, at: (index) => sumOf(forwardTerms(windows, index)) };
}
const active = (s, node, dy, index) =>
  (node.op.endsWith('_relu') && !(s.y.data[index] > 0) ? 0 : dy.data[index]);
const mixIndex = (s, k, f) => k * s.v.shape[3] + f;

function separableForward(s, node, index) {
  const { n, h: p, w: q, c: f } = s.w.y.cell(index), d = middle(s), terms = [];
  for (let k = 0; k < d.images.c; ++k) {
    const at = d.images.at(n, p, q, k);
    terms.push([{ role: 'middle', index: at, value: d.at(at),
      from: forwardTerms(d.windows, at) }, factor('in2', s.v, mixIndex(s, k, f))]);
  }
  if (s.bias) terms.push([factor('in3', s.bias, f)]);
  return terms;
}
// The gradient of the middle at (n, p, q, k): a sum over filters.
function mixed(s, node, dy, n, p, q, k) {
  const from = [];
  for (let f = 0; f < s.v.shape[3]; ++f) {
    const at = s.w.y.at(n, p, q, f);
    from.push([{ role: 'gradient', index: at, value: active(s, node, dy, at) },
      factor('in2', s.v, mixIndex(s, k, f))]);
  }
  return { role: 'middle gradient', index: -2, value: sumOf(from), from };
}
function separableBackward(s, node, dy, input, index) {
  const terms = [], each = (body) => {
    for (let n = 0; n < s.w.y.n; ++n)
      for (let p = 0; p < s.w.y.h; ++p)
        for (let q = 0; q < s.w.y.w; ++q) body(n, p, q);
  };
  const given = (n, p, q, f) => {
    const at = s.w.y.at(n, p, q, f);
    return { role: 'gradient', index: at, value: active(s, node, dy, at) };
  };
  const multiple = s.k.shape[3];
  if (input === 0) {
    const { n, h, w, c } = s.w.x.cell(index);
    for (const at of s.w.meeting(h, w))
      for (let m = 0; m < multiple; ++m)
        terms.push(grouped([mixed(s, node, dy, n, at.p, at.q, c * multiple + m),
          factor('in1', s.k, kernelIndex(s.k.shape, at.r, at.s, c, m))], `filter ${m}`,
        s.w.size[1]));
  } else if (input === 1) {
    const { r, s: column, c, f: m } = kernelCell(s.k.shape, index);
    each((n, p, q) => terms.push(grouped([mixed(s, node, dy, n, p, q, c * multiple + m),
      factor('in0', s.x, s.w.x.at(n, s.w.row(p, r), s.w.column(q, column), c))], `image ${n}`,
    s.w.y.w)));
  } else if (input === 2) {
    const k = Math.floor(index / s.v.shape[3]), f = index % s.v.shape[3], d = middle(s);
    each((n, p, q) => {
      const at = d.images.at(n, p, q, k);
      terms.push(grouped([given(n, p, q, f), { role: 'middle', index: at, value: d.at(at),
        from: forwardTerms(d.windows, at) }], `image ${n}`, s.w.y.w));
    });
  } else each((n, p, q) => terms.push(grouped([given(n, p, q, index)], `image ${n}`, s.w.y.w)));
  return terms;
}

function matrix(trace, node) {
  const [a, b] = trace.inputValues(node), given = node.attributes || {};
  const y = trace.of(node.id);
  if (a.shape.length !== 2 || b.shape.length !== 2) return null;
  const ta = given.transpose_a, tb = given.transpose_b, inner = a.shape[ta ? 0 : 1];
  return { a, b, inner, rows: y.shape[0], columns: y.shape[1],
    atA: (i, k) => (ta ? k * a.shape[1] + i : i * a.shape[1] + k),
    atB: (k, j) => (tb ? j * b.shape[1] + k : k * b.shape[1] + j) };
}
export const range = (count, make) => Array.from({ length: count }, (_, i) => make(i));

const isConvolution = (op) => op === 'conv2d' || op === 'depthwise_conv2d';
const isBiased = (op) => op === 'conv2d_with_bias' || op === 'conv2d_with_bias_relu';
const isSeparable = (op) => op === 'separable_conv2d' || op === 'separable_conv2d_relu';
export const known = (values) => values.every((value) => !value || value.data);

// The terms of a cell of the result; null where they cannot be told.
export function termsForward(trace, node, index) {
  const inputs = trace.inputValues(node);
  if (!known(inputs) || !inputs[0]) return null;
  if (isConvolution(node.op)) return forwardTerms(setting(trace, node), index);
  if (isBiased(node.op)) {
    const s = setting(trace, node);
    return [...forwardTerms(s, index), [factor('in2', s.v, s.w.y.cell(index).c)]];
  }
  if (isSeparable(node.op)) return separableForward(setting(trace, node), node, index);
  if (node.op === 'matmul') {
    const m = matrix(trace, node);
    if (!m) return null;
    const i = Math.floor(index / m.columns), j = index % m.columns;
    return range(m.inner, (k) => [factor('in0', m.a, m.atA(i, k)),
      factor('in1', m.b, m.atB(k, j))]);
  }
  if (isReduction(node.op)) return reductionTerms(node, inputs[0], index);
  if (node.op === 'max_pool2d' || node.op === 'avg_pool2d') {
    const windows = new Windows(node, inputs[0], trace.of(node.id));
    const { n, h: p, w: q, c } = windows.y.cell(index), terms = [];
    for (const at of windows.over(p, q)) {
      const i = windows.x.at(n, at.h, at.w, c);
      if (i >= 0) terms.push(grouped([factor('in0', inputs[0], i)], '', windows.size[1]));
    }
    return terms;
  }
  return null;
}

// The terms of a cell of the gradient that input `k` gets from `dy`.
export function termsBackward(trace, node, k, dy, index) {
  const inputs = trace.inputValues(node), y = trace.of(node.id);
  if (!known([...inputs, dy, y]) || !inputs[0]) return null;
  if (isConvolution(node.op)) {
    const s = setting(trace, node);
    return k === 0 ? imageTerms(s, dy, index) : kernelTerms(s, dy, index);
  }
  if (isBiased(node.op)) {
    const s = setting(trace, node);
    const data = Array.from(dy.data, (_, i) => active(s, node, dy, i));  // what relu let through
    const through = { ...dy, data };
    if (k < 2) return k === 0 ? imageTerms(s, through, index) : kernelTerms(s, through, index);
    return range(dy.size, (i) => i).filter((i) => s.w.y.cell(i).c === index)
      .map((i) => [factor('gradient', through, i)]);
  }
  if (isSeparable(node.op))
    return separableBackward(setting(trace, node), node, dy, k, index);
  if (node.op === 'matmul') {
    const m = matrix(trace, node), given = node.attributes || {};
    if (!m) return null;
    const cell = k === 0 ? [Math.floor(index / m.a.shape[1]), index % m.a.shape[1]]
      : [Math.floor(index / m.b.shape[1]), index % m.b.shape[1]];
    if (k === 0 ? given.transpose_a : given.transpose_b) cell.reverse();
    return k === 0
      ? range(m.columns, (j) => [factor('gradient', dy, cell[0] * m.columns + j),
        factor('in1', m.b, m.atB(cell[1], j))])
      : range(m.rows, (i) => [factor('in0', m.a, m.atA(i, cell[0])),
        factor('gradient', dy, i * m.columns + cell[1])]);
  }
  if (node.op === 'bias_add' && k === 1) {
    const first = node.attributes?.data_format === 'channels_first' && dy.shape.length > 1;
    const inner = first ? dy.shape.slice(2).reduce((a, b) => a * b, 1) : 1;
    const channels = inputs[1].size, terms = [];
    for (let i = 0; i < dy.size; ++i)
      if (Math.floor(i / inner) % channels === index) terms.push([factor('gradient', dy, i)]);
    return terms;
  }
  if (node.op === 'sum' || node.op === 'mean' || node.op === 'logsumexp')
    return reductionBackward(node, inputs[0], y, dy, index);
  if (node.op === 'max_pool2d' || node.op === 'avg_pool2d')
    return poolTerms(node, inputs[0], y, dy, index);
  return null;
}

// What the windows around a pixel send back to it.
function poolTerms(node, x, y, dy, index) {
  const windows = new Windows(node, x, y), { n, h, w, c } = windows.x.cell(index), terms = [];
  for (const { p, q } of windows.meeting(h, w)) {
    const inside = [...windows.over(p, q)].map((at) => windows.x.at(n, at.h, at.w, c))
      .filter((i) => i >= 0);
    const at = windows.y.at(n, p, q, c);
    const winner = inside.find((i) => x.data[i] === y.data[at] || Number.isNaN(x.data[i]));
    const share = node.op === 'avg_pool2d' ? 1 / inside.length : winner === index ? 1 : 0;
    if (share) terms.push([factor('gradient', dy, at),
      ...(share === 1 ? [] : [{ role: 'share', index: -2, value: share }])]);
  }
  return terms;
}
