// What each known op is and why it hands on the gradient that it does, in words and as loops.
// Invariant: an op that no table knows is told without its reason: nothing else may fail.
// Read before: elementwise.js. Read next: words.js, window.js.
import { binary, fill, slopeWords, unary } from './elementwise.js';
import { groupsOf } from './window.js';

// say: {0} {1} are the inputs. why: one text, or one for each input. beside: which inputs to show
// beside the gradient of input k, one or a list; 'y' is the result. loops and back: naive code;
// back has one for each input.
const convolution = {
  say: '{0} convolved with {1}',
  why: ['each pixel collects from every window that saw it',
    'each weight met every position of {0}, so their products are summed'],
  beside: [1, 0], sign: '⋆',
  loops: `for n, p, q, f:                  # each cell of the result
  for r, s, c:                   # its window
    y[n,p,q,f] += x[n, p·stride+r−pad, q·stride+s−pad, c] · w[r,s,c,f]`,
  back: [`for n, p, q, f, r, s, c:
  dx[n, p·stride+r−pad, q·stride+s−pad, c] += dy[n,p,q,f] · w[r,s,c,f]`,
  `for n, p, q, f, r, s, c:
  dw[r,s,c,f] += dy[n,p,q,f] · x[n, p·stride+r−pad, q·stride+s−pad, c]`],
};
const biased = {
  say: '{0} convolved with {1}, plus {2}',
  why: [...convolution.why, 'it was added at every position, so the positions are summed'],
  beside: [1, 0, -1], sign: '⋆',
  loops: `for n, p, q, f:                  # each cell of the result
  y[n,p,q,f] = bias[f]
  for r, s, c:                   # its window
    y[n,p,q,f] += x[n, p·stride+r−pad, q·stride+s−pad, c] · w[r,s,c,f]`,
  back: [...convolution.back, 'for n, p, q, f: dbias[f] += dy[n,p,q,f]'],
};
const separable = {
  say: '{0} through {1} (each channel alone), then {2} (mixing channels), plus {3}',
  why: ['each pixel collects from every window that saw it',
    'each weight met every position of {0}, so their products are summed',
    'it mixed the channels at every position, so the positions are summed',
    'it was added at every position, so the positions are summed'],
  beside: [1, 0, 0, -1], sign: '⋆',
  loops: `for n, p, q, k=(c,m):            # each channel alone
  for r, s:
    d[n,p,q,k] += x[n, p·stride+r−pad, q·stride+s−pad, c] · w[r,s,c,m]
for n, p, q, f:                  # then the channels are mixed
  y[n,p,q,f] = bias[f]
  for k: y[n,p,q,f] += d[n,p,q,k] · v[0,0,k,f]`,
  back: [`for n, p, q, k=(c,m):
  dd = 0
  for f: dd += dy[n,p,q,f] · v[0,0,k,f]
  for r, s: dx[n, p·stride+r−pad, q·stride+s−pad, c] += dd · w[r,s,c,m]`,
  `for n, p, q, k=(c,m):
  dd = 0
  for f: dd += dy[n,p,q,f] · v[0,0,k,f]
  for r, s: dw[r,s,c,m] += dd · x[n, p·stride+r−pad, q·stride+s−pad, c]`,
  `for n, p, q, k, f:
  dv[0,0,k,f] += dy[n,p,q,f] · d[n,p,q,k]   # d is computed again`,
  'for n, p, q, f: dbias[f] += dy[n,p,q,f]'],
};
const pool = (word, body, why, back) => ({ say: `${word} of each window of {0}`, why, beside: [0],
  loops: `for n, p, q, c:
  for r, s: ${body}`, back: [back] });
const reduction = (what, why, body, back) => ({ say: `${what} of {0}{axes}`, why, beside: [0],
  loops: `for i in the axes that stay:\n  for j in the axes that go: ${body}`,
  back: [`for i, j: dx[i,j] += ${back}`] });

const largest = 'all of it goes to the largest element of each window: only that one mattered';
const rules = {
  __proto__: null,
  conv2d: convolution,
  conv2d_with_bias: biased,
  conv2d_with_bias_relu: { ...biased, say: `relu of ${biased.say}` },
  depthwise_conv2d: { ...convolution,
    say: '{0}, each channel convolved with its own filters of {1}',
    loops: `for n, p, q, c, m:               # each channel alone
  for r, s:
    y[n,p,q,c·M+m] += x[n, p·stride+r−pad, q·stride+s−pad, c] · w[r,s,c,m]`,
    back: [`for n, p, q, c, m, r, s:
  dx[n, p·stride+r−pad, q·stride+s−pad, c] += dy[n,p,q,c·M+m] · w[r,s,c,m]`,
    `for n, p, q, c, m, r, s:
  dw[r,s,c,m] += dy[n,p,q,c·M+m] · x[n, p·stride+r−pad, q·stride+s−pad, c]`] },
  separable_conv2d: separable,
  separable_conv2d_relu: { ...separable, say: `relu of ${separable.say}` },
  max_pool2d: pool('the largest', 'y[n,p,q,c] = max(y[n,p,q,c], x[n, p·stride+r, q·stride+s, c])',
    largest, 'for n, p, q, c: dx[n, where the largest was, c] += dy[n,p,q,c]'),
  avg_pool2d: pool('the mean', 'y[n,p,q,c] += x[n, p·stride+r, q·stride+s, c] / size',
    'each element of a window gets an equal share',
    'for n, p, q, c, r, s: dx[n, p·stride+r, q·stride+s, c] += dy[n,p,q,c] / size'),
  matmul: { say: '{0} × {1} (matrices)', sign: '×', beside: [1, 0],
    why: ['it is multiplied by {1} transposed, from the right',
      'it is multiplied by {0} transposed, from the left'],
    loops: 'for i, j:\n  for k: y[i,j] += a[i,k] · b[k,j]',
    back: ['for i, j, k: da[i,k] += dy[i,j] · b[k,j]',
      'for i, j, k: db[k,j] += a[i,k] · dy[i,j]'] },
  bias_add: { say: '{0} + {1} at each position', sign: '+', beside: [-1, -1],
    why: ['a sum hands its gradient on unchanged',
      '{1} was added at every position, so the gradients of all positions are summed'],
    loops: 'for i, c: y[i,c] = x[i,c] + bias[c]',
    back: ['for i, c: dx[i,c] += dy[i,c]', 'for i, c: dbias[c] += dy[i,c]'] },
  sum: { ...reduction('sum', 'each element counted once in the sum, so each gets the same',
    'y[i] += x[i,j]', 'dy[i]'), beside: [-1] },
  mean: { ...reduction('mean', 'each of {count} elements gets an equal share, 1/{count}',
    'y[i] += x[i,j] / count', 'dy[i] / count'), beside: [-1] },
  max: reduction('largest', 'it goes to the largest', 'y[i] = max(y[i], x[i,j])',
    'dy[i] if x[i,j] is the largest'),
  min: reduction('smallest', 'it goes to the smallest', 'y[i] = min(y[i], x[i,j])',
    'dy[i] if x[i,j] is the smallest'),
  prod: reduction('product', 'each factor gets the product of the others', 'y[i] *= x[i,j]',
    'dy[i] · product of the others'),
  variance: reduction('variance', 'each gets 2 (x − mean) / count',
    'y[i] += (x[i,j] − mean[i])² / count',
    'dy[i] · 2 (x[i,j] − mean[i]) / count'),
  l2_norm: reduction('length', 'each gets its share x / length',
    'y[i] = sqrt(y[i]² + x[i,j]²)', 'dy[i] · x[i,j] / y[i]'),
  logsumexp: reduction('log of the sum of exp', 'each gets its share softmax({0})',
    'y[i] = log(exp(y[i]) + exp(x[i,j]))', 'dy[i] · softmax(x)[i,j]'),
  softmax: { say: 'softmax of {0}{axes}', beside: ['y'],
    why: 'each gets y (dy − the mean of dy weighed by y): what one gains, others lose',
    loops: 'for i:\n  total = 0\n  for j: total += exp(x[i,j])\n'
      + '  for j: y[i,j] = exp(x[i,j]) / total',
    back: ['for i:\n  m = 0\n  for j: m += y[i,j] · dy[i,j]\n'
      + '  for j: dx[i,j] += y[i,j] · (dy[i,j] − m)'] },
  log_softmax: { say: 'log of softmax of {0}{axes}', beside: ['y'],
    why: 'each gets dy − softmax({0}) times the sum of dy',
    loops: 'for i:\n  total = 0\n  for j: total += exp(x[i,j])\n'
      + '  for j: y[i,j] = x[i,j] − log(total)',
    back: ['for i:\n  s = 0\n  for j: s += dy[i,j]\n'
      + '  for j: dx[i,j] += dy[i,j] − exp(y[i,j]) · s'] },
  softmax_cross_entropy: { say: 'cross-entropy of softmax({0}) against the labels, one a row',
    beside: [[0, 1], 0], sign: '→', why: ['it is softmax({0}) − labels in each row',
      'the labels get −log of the softmax'],
    loops: 'for i:\n  for j: y[i] −= labels[i,j] · log(softmax(x[i])[j])',
    back: ['for i, j: dx[i,j] += dy[i] · (softmax(x[i])[j] − labels[i,j])'] },
  sigmoid_cross_entropy: { say: 'cross-entropy of sigmoid({0}) against {1}, one an element',
    beside: [1, 0], why: ['it is sigmoid({0}) − labels', 'the labels get −logits'] },
  batch_normalization: { beside: [[0, 1], 0, -1],
    say: '{0} with mean 0 and variance 1 in each channel, times {1}, plus {2}',
    why: ['what all elements of a channel share is taken out, since the mean and the variance '
      + 'undo it', 'each channel of {1} multiplied all positions, so they are summed',
      'each channel of {2} was added at all positions, so they are summed'],
    loops: `for c:
  mean = average of x[…,c]; variance = average of (x[…,c] − mean)²
  for i: y[i,c] = gamma[c] · (x[i,c] − mean) / sqrt(variance + epsilon) + beta[c]`,
    back: [`for c:                           # x̂ is x with mean 0 and variance 1
  for i: dx[i,c] += gamma[c] / sqrt(variance + epsilon)
      · (dy[i,c] − average of dy[…,c] − x̂[i,c] · average of dy[…,c] · x̂[…,c])`,
    'for i, c: dgamma[c] += dy[i,c] · x̂[i,c]', 'for i, c: dbeta[c] += dy[i,c]'] },
  batch_normalization_inference: { beside: [[1, 4], [0, 3, 4], -1, [1, 4], [0, 1, 3, 4]],
    say: '{0} minus {3}, divided by the root of {4}, times {1}, plus {2}, channel by channel',
    why: ['{3} and {4} are given, so it is only scaled',
      'each channel of {1} multiplied all positions, so they are summed',
      'each channel of {2} was added at all positions, so they are summed',
      'it was taken off at all positions, so they are summed',
      'it divided all positions, so they are summed'],
    loops: `for i, c:
  y[i,c] = gamma[c] · (x[i,c] − mean[c]) / sqrt(variance[c] + epsilon) + beta[c]`,
    back: ['for i, c: dx[i,c] += dy[i,c] · gamma[c] / sqrt(variance[c] + epsilon)',
      'for i, c: dgamma[c] += dy[i,c] · x̂[i,c]', 'for i, c: dbeta[c] += dy[i,c]'] },
  batch_normalization_mean: { say: 'mean of {0} in each channel' },
  batch_normalization_variance: { say: 'variance of {0} in each channel' },
  dropout: { say: '{0} with some elements set to 0', why: 'it passes where the element was kept' },
  reshape: { say: '{0} in another shape', why: 'the same numbers in the shape of {0}' },
  transpose: { say: '{0} with axes exchanged', why: 'its axes are exchanged back' },
  broadcast_to: { say: '{0} repeated', why: 'what was repeated is summed' },
  stop_gradient: { say: '{0}, where gradients stop' },
  concat: { say: '{all} joined', why: 'each gets its own piece' },
  add_n: { say: 'the sum of {all}', why: 'a sum hands its gradient on unchanged' },
  where: { say: '{1} where {0}, else {2}', why: 'it passes where this one was chosen' },
  slice: { say: 'a piece of {0}', why: 'it goes back to where the piece came from; 0 elsewhere' },
  gather: { say: 'chosen elements of {0}', why: 'each goes back to where it was taken from' },
  upsample2d: { say: '{0} enlarged', why: 'what one pixel became is summed' },
  conv2d_input_gradient: { say: 'the gradient of a convolution in its images' },
  conv2d_filter_gradient: { say: 'the gradient of a convolution in its kernel' },
};

const handOn = 'a sum hands its gradient on unchanged';
function elementRule(op) {
  if (unary[op]) {
    const [text, slope] = unary[op];
    return { say: fill(text, { x: '{0}' }), beside: [0], sign: '·',
      loops: `for i: y[i] = ${fill(text, { x: 'x[i]' })}`,
      back: [`for i: dx[i] += dy[i] · (${fill(slope, { x: 'x[i]', y: 'y[i]' })})`] };
  }
  if (!binary[op]) return null;
  const [text, sign, slopes] = binary[op], indexed = { a: 'a[i]', b: 'b[i]', y: 'y[i]' };
  return { say: fill(text, { a: '{0}', b: '{1}' }), beside: [1, 0], sign,
    why: op === 'add' ? handOn : op === 'sub' ? ['a difference hands it on unchanged',
      'what is subtracted gets it with the other sign'] : undefined,
    loops: `for i: y[i] = ${fill(text, indexed)}`,
    back: slopes.map((slope, k) => `for i: d${'ab'[k]}[i] += dy[i] · (${fill(slope, indexed)})`) };
}

// Null for an op that is not known here.
export const ruleOf = (op) => rules[op] || elementRule(op);

// Loops of that op, or what leads back through it: in groups a filter sees some channels only.
export function loopsOf(trace, node, text) {
  const [x, k] = trace.inputValues(node), groups = text && k ? groupsOf(node, x, k) : 1;
  return groups === 1 ? text : text.replaceAll('−pad, c]',
    `−pad, ⌊f/${k.shape[3] / groups}⌋·${k.shape[2]}+c]`);
}

function axesText(node) {
  const axes = node.attributes?.axes ?? node.attributes?.axis;
  if (axes === undefined || axes === null || (Array.isArray(axes) && !axes.length)) return '';
  const several = Array.isArray(axes) && axes.length > 1;
  return ` over ${several ? 'axes' : 'axis'} ${[].concat(axes).join(', ')}`;
}

function insert(text, trace, node) {
  const labels = trace.labels(node);
  const count = () => trace.of(node.inputs[0]).size / Math.max(1, trace.of(node.id).size);
  return text.replace(/\{(\w+)\}/g, (whole, key) =>
    key === 'axes' ? axesText(node) : key === 'all' ? labels.join(', ')
      : key === 'count' ? count() : labels[key] ?? 'nothing');
}

// The right side of "y = …".
export function formula(trace, node) {
  if (node.expression) return node.expression;
  const rule = ruleOf(node.op);
  if (rule) return insert(rule.say, trace, node).replace(', plus nothing', '');
  return `${node.op}(${trace.labels(node).join(', ')})`;
}

// Why the k-th input gets what it gets; empty when nothing is known.
export function reason(trace, node, k) {
  const rule = ruleOf(node.op), why = Array.isArray(rule?.why) ? rule.why[k] : rule?.why;
  if (why) return insert(why, trace, node);
  const slope = slopeWords(node, k, trace.labels(node));
  if (slope) return `it is multiplied by the slope, ${slope}${trace.of(node.id).size > 1
    ? ', element by element' : ''}`;
  return node.sentence || '';
}
