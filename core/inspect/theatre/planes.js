// A value as rows of numbers: planes {label, rows, columns, at(row, column) -> flat index}.
// Invariant: each element of the value stands in exactly one place of one plane; what is left out
// is counted in `more`.
// Read before: colour.js. Read next: figure.js.
const mostPlanes = 32;

function all(shape, layout) {
  const [a, b, c, d] = shape;
  if (shape.length === 0) return [{ label: '', rows: 1, columns: 1, at: () => 0 }];
  if (shape.length === 1) {
    const columns = a > 512 ? Math.ceil(1.5 * Math.sqrt(a)) : a > 12 ? 8 : a;
    return [{ label: '', rows: Math.ceil(a / columns) || 0, columns,
      at: (row, column) => (row * columns + column < a ? row * columns + column : -1) }];
  }
  if (shape.length === 2)
    return [{ label: '', rows: a, columns: b, at: (row, column) => row * b + column }];
  const planes = [];
  if (shape.length === 4 && layout === 'kernel' && a === 1 && b === 1)
    return [{ label: 'in ↓ · out →', rows: c, columns: d, at: (row, column) => row * d + column }];
  if (shape.length === 4 && layout === 'kernel') {
    for (let i = 0; i < c; ++i)
      for (let f = 0; f < d; ++f)
        planes.push({ label: `${c > 1 ? `in ${i}` : ''}${d > 1 ? ` out ${f}` : ''}`, group: i,
          rows: a, columns: b, at: (row, column) => ((row * b + column) * c + i) * d + f });
    return planes;
  }
  if (shape.length === 4 && layout === 'last') {
    for (let n = 0; n < a; ++n)
      for (let i = 0; i < d; ++i)
        planes.push({ label: `${a > 1 ? `image ${n} · ` : ''}ch ${i}`, group: n, rows: b,
          columns: c,
          at: (row, column) => ((n * b + row) * c + column) * d + i });
    return planes;
  }
  const rows = shape[shape.length - 2], columns = shape[shape.length - 1];
  const count = shape.slice(0, -2).reduce((product, extent) => product * extent, 1);
  const images = shape.length === 4 && layout === 'first';
  for (let i = 0; i < count; ++i)
    planes.push({ rows, columns, at: (row, column) => (i * rows + row) * columns + column,
      group: images ? Math.floor(i / b) : 0, label: images
        ? `${a > 1 ? `image ${Math.floor(i / b)} · ` : ''}ch ${i % b}` : `[${i}]` });
  return planes;
}

export function planesOf(value, layout) {
  const planes = all(value.shape, layout);
  return { planes: planes.slice(0, mostPlanes), more: Math.max(0, planes.length - mostPlanes) };
}

// Activations and images without negative elements are pictures in grey.
export const isPicture = (value, layout) => layout !== 'kernel' && value.shape.length === 4
  && value.shape[1] > 1 && value.data !== null && value.data.every((x) => x >= 0);

// One pixel for each number, `left` pixels from the left of an ImageData.
export function paint(image, plane, value, scale, colour, left = 0) {
  for (let row = 0; row < plane.rows; ++row)
    for (let column = 0; column < plane.columns; ++column) {
      const index = plane.at(row, column), at = 4 * (row * image.width + left + column);
      if (index < 0 || left + column >= image.width) continue;
      const rgb = colour(value.data[index], scale);
      for (let c = 0; c < 3; ++c) image.data[at + c] = rgb[c];
      image.data[at + 3] = 255;
    }
}
