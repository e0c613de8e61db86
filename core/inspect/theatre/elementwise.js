// Ops that treat each element alone: how they are written, what they multiply a gradient by.
// Invariant: x, a and b stand for the inputs and y for the result; a slope that cannot be told
// from these numbers alone has no function, only words.
// Read before: trace.js. Read next: rules.js.
const sigmoid = (x) => 1 / (1 + Math.exp(-x));

// op: [what it is, its slope in words, its slope]
export const unary = {
  __proto__: null,
  neg: ['−x', '−1', () => -1],
  abs: ['|x|', 'sign(x)', (x) => Math.sign(x)],
  sign: ['sign(x)', '0', () => 0],
  square: ['x²', '2 x', (x) => 2 * x],
  sqrt: ['√x', '1 / (2 y)', (x, y) => 0.5 / y],
  rsqrt: ['1 / √x', '−y³ / 2', (x, y) => -0.5 * y * y * y],
  reciprocal: ['1 / x', '−y²', (x, y) => -y * y],
  exp: ['exp(x)', 'y', (x, y) => y],
  expm1: ['exp(x) − 1', 'exp(x)', (x) => Math.exp(x)],
  log: ['log(x)', '1 / x', (x) => 1 / x],
  log1p: ['log(1 + x)', '1 / (1 + x)', (x) => 1 / (1 + x)],
  sin: ['sin(x)', 'cos(x)', (x) => Math.cos(x)],
  cos: ['cos(x)', '−sin(x)', (x) => -Math.sin(x)],
  tanh: ['tanh(x)', '1 − y²', (x, y) => 1 - y * y],
  erf: ['erf(x)', '2 exp(−x²) / √π', (x) => (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x)],
  sigmoid: ['sigmoid(x)', 'y (1 − y)', (x, y) => y * (1 - y)],
  softplus: ['log(1 + exp(x))', 'sigmoid(x)', sigmoid],
  softsign: ['x / (1 + |x|)', '1 / (1 + |x|)²', (x) => 1 / (1 + Math.abs(x)) ** 2],
  relu: ['max(x, 0)', '1 where x > 0, else 0', (x) => (x > 0 ? 1 : 0)],
  relu6: ['min(max(x, 0), 6)', '1 where 0 < x < 6, else 0', (x) => (x > 0 && x < 6 ? 1 : 0)],
  leaky_relu: ['leaky_relu(x)', '1 where x > 0, else its small slope'],
  elu: ['elu(x)', '1 where x > 0, else its own exponential'],
  selu: ['selu(x)', 'its scale where x > 0, else its own exponential'],
  gelu: ['gelu(x)', 'its slope at x'],
  gelu_tanh: ['gelu(x)', 'its slope at x'],
  swish: ['x sigmoid(x)', 'y + sigmoid(x) (1 − y)', (x, y) => y + sigmoid(x) * (1 - y)],
  mish: ['x tanh(softplus(x))', 'its slope at x'],
  hard_sigmoid: ['hard_sigmoid(x)', 'its slope where it rises, else 0'],
  clip: ['x within its bounds', '1 inside of the bounds, else 0'],
  log_cosh: ['log(cosh(x))', 'tanh(x)', (x) => Math.tanh(x)],
  huber: ['huber(x)', 'x within delta, else delta with its sign'],
  cast: ['x in another dtype', '1', () => 1],
};

// op: [what it is, its sign, the slopes in words, the slopes]
export const binary = {
  __proto__: null,
  add: ['a + b', '+', ['1', '1'], [() => 1, () => 1]],
  sub: ['a − b', '−', ['1', '−1'], [() => 1, () => -1]],
  mul: ['a · b', '·', ['b', 'a'], [(a, b) => b, (a) => a]],
  div: ['a / b', '/', ['1 / b', '−y / b'], [(a, b) => 1 / b, (a, b, y) => -y / b]],
  maximum: ['max(a, b)', '', ['1 where a is larger, else 0', '1 where b is larger, else 0']],
  minimum: ['min(a, b)', '', ['1 where a is smaller, else 0', '1 where b is smaller, else 0']],
  pow: ['a ^ b', '^', ['b a ^ (b − 1)', 'y log(a)'],
    [(a, b) => b * a ** (b - 1), (a, b, y) => y * Math.log(a)]],
  squared_difference: ['(a − b)²', '', ['2 (a − b)', '−2 (a − b)'],
    [(a, b) => 2 * (a - b), (a, b) => -2 * (a - b)]],
};

// Names for x, a, b and y in a text of the tables.
export const fill = (text, names) => text.replace(/\b[abxy]\b/g, (letter) => names[letter]);

// The slope of the k-th input in words, with the names of this node.
export function slopeWords(node, k, labels) {
  const names = { a: labels[0], b: labels[1], x: labels[0], y: node.label };
  const entry = unary[node.op] ? unary[node.op][1] : binary[node.op]?.[2][k];
  return entry && fill(entry, names);
}

// Whether `shape` repeats to `result`.
export const isRepeated = (shape, result) => shape.length <= result.length && shape.every((n, d) =>
  n === 1 || n === result[d + result.length - shape.length]);

// Numpy's broadcast: the flat index in `shape` of what stands at `index` of `result`.
export function broadcastIndex(index, result, shape) {
  let at = 0, stride = 1;
  for (let d = 1; d <= result.length; ++d) {
    const extent = result[result.length - d], own = shape[shape.length - d];
    const place = index % extent;
    index = Math.floor(index / extent);
    if (own !== undefined) { if (own > 1) at += place * stride; stride *= own; }
  }
  return at;
}

// The slope as numbers, element by element of the result; null where it cannot be told.
export function slopeOf(node, k, inputs, result) {
  const rule = unary[node.op] ? unary[node.op][2] : binary[node.op]?.[3]?.[k];
  if (!rule || !result.data || inputs.some((value) => !value?.data)) return null;
  const at = (value, i) =>
    value.data[value.size === result.size ? i : broadcastIndex(i, result.shape, value.shape)];
  const data = result.data.map((y, i) => rule(...inputs.map((value) => at(value, i)), y));
  return { shape: result.shape, dtype: result.dtype, size: result.size, data };
}
