// Reductions touched: which elements a cell of the result was made from.
// Invariant: axes that are not said are all axes, as in the library.
// Read before: products.js. Read next: touch.js.
const reductions = new Set(['sum', 'mean', 'max', 'min', 'prod', 'variance', 'l2_norm',
  'logsumexp']);
export const isReduction = (op) => reductions.has(op);

function axesOf(node, rank) {
  const given = node.attributes?.axes ?? node.attributes?.axis;
  const list = given === undefined || given === null ? [] : [].concat(given);
  const numbers = list.filter(Number.isInteger).map((axis) => (axis < 0 ? axis + rank : axis));
  return new Set(numbers.length ? numbers : Array.from({ length: rank }, (_, axis) => axis));
}

// The flat index in the result that element `index` of x went into.
export function reducedIndex(node, shape, index) {
  const gone = axesOf(node, shape.length);
  let at = 0, stride = 1;
  for (let axis = shape.length - 1; axis >= 0; --axis) {
    if (!gone.has(axis)) { at += (index % shape[axis]) * stride; stride *= shape[axis]; }
    index = Math.floor(index / shape[axis]);
  }
  return at;
}

export function reductionTerms(node, x, index) {
  const terms = [];
  x.data.forEach((value, i) => {
    if (reducedIndex(node, x.shape, i) === index) terms.push([{ role: 'in0', index: i, value }]);
  });
  return terms;
}

// Of sum, mean and logsumexp: the one gradient that an element gets, or its share of it.
export function reductionBackward(node, x, y, dy, index) {
  const from = reducedIndex(node, x.shape, index);
  const term = [{ role: 'gradient', index: from, value: dy.data[from] }];
  if (node.op === 'mean') term.push({ role: 'share', index: -2, value: y.size / x.size });
  if (node.op === 'logsumexp')
    term.push({ role: 'share', index: -2, value: Math.exp(x.data[index] - y.data[from]) });
  return [term];
}
