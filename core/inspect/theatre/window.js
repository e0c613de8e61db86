// Windows over images: which cell of the images each weight of a window meets for a cell of the
// result, and the other way around. Convolutions and pooling share it.
// Invariant: padding "same" puts the smaller half before, as TensorFlow does; a position outside of
// the image has index -1 and counts as 0.
// Read before: rules.js. Read next: products.js.
const pair = (entry, otherwise) => {
  if (Array.isArray(entry)) return entry.length === 1 ? [entry[0], entry[0]] : entry.slice(-2);
  if (entry && typeof entry === 'object') return [entry.rows, entry.columns];
  return typeof entry === 'number' ? [entry, entry] : otherwise;
};

// Images of four axes, channels last or first.
export class Images {
  constructor(shape, first) {
    [this.n, this.h, this.w, this.c] = first ? [shape[0], shape[2], shape[3], shape[1]] : shape;
    this.first = first;
  }
  at(n, h, w, c) {
    if (h < 0 || w < 0 || h >= this.h || w >= this.w) return -1;
    return this.first ? ((n * this.c + c) * this.h + h) * this.w + w
      : ((n * this.h + h) * this.w + w) * this.c + c;
  }
  cell(index) {
    const take = (extent) => { const i = index % extent; index = Math.floor(index / extent);
      return i; };
    if (this.first) {
      const w = take(this.w), h = take(this.h), c = take(this.c);
      return { n: index, h, w, c };
    }
    const c = take(this.c), w = take(this.w), h = take(this.h);
    return { n: index, h, w, c };
  }
}

// Of how many groups a dense convolution of images x is that has the kernel k; filter f is in group
// f / (F / groups), which sees as many channels as the kernel has.
export const groupsOf = (node, x, k) => (!node.op.startsWith('conv2d') || !k?.shape[2] ? 1
  : new Images(x.shape, node.attributes?.data_format === 'channels_first').c / k.shape[2]);

export class Windows {
  constructor(node, x, y, size) {
    const given = node.attributes || {}, first = given.data_format === 'channels_first';
    this.x = new Images(x.shape, first);
    this.y = new Images(y.shape, first);
    this.size = size || pair(given.pool_size, [2, 2]);
    this.strides = pair(given.strides, size ? [1, 1] : this.size);
    this.dilations = pair(given.dilations ?? given.dilation_rate, [1, 1]);
    const same = String(given.padding).toLowerCase() === 'same';
    const before = (d, extent, out) => (same ? Math.max(0, (out - 1) * this.strides[d]
      + (this.size[d] - 1) * this.dilations[d] + 1 - extent) >> 1 : 0);
    this.before = [before(0, this.x.h, this.y.h), before(1, this.x.w, this.y.w)];
  }

  row(p, r) { return p * this.strides[0] + r * this.dilations[0] - this.before[0]; }
  column(q, s) { return q * this.strides[1] + s * this.dilations[1] - this.before[1]; }

  // Each (r, s) of the window of result cell (p, q), with the place in the images.
  * over(p, q) {
    for (let r = 0; r < this.size[0]; ++r)
      for (let s = 0; s < this.size[1]; ++s)
        yield { r, s, h: this.row(p, r), w: this.column(q, s) };
  }

  // Each (p, q, r, s) whose window has (h, w) at (r, s).
  * meeting(h, w) {
    for (let r = 0; r < this.size[0]; ++r)
      for (let s = 0; s < this.size[1]; ++s) {
        const p = (h + this.before[0] - r * this.dilations[0]) / this.strides[0];
        const q = (w + this.before[1] - s * this.dilations[1]) / this.strides[1];
        if (Number.isInteger(p) && Number.isInteger(q) && p >= 0 && q >= 0 && p < this.y.h
          && q < this.y.w) yield { p, q, r, s };
      }
  }
}

// A kernel of shape (R, S, C, F).
export const kernelIndex = (shape, r, s, c, f) =>
  ((r * shape[1] + s) * shape[2] + c) * shape[3] + f;
export function kernelCell(shape, index) {
  const f = index % shape[3], rest = Math.floor(index / shape[3]);
  const c = rest % shape[2], place = Math.floor(rest / shape[2]);
  return { r: Math.floor(place / shape[1]), s: place % shape[1], c, f };
}
