// Numbers as text. The trace holds the shortest text that gives the same number back, so a number
// that is read from it prints exactly; NaN and the infinities stand in it as words.
// Invariant: `exact` loses nothing; all others are for eyes and may round.
// Read before: page.html. Read next: trace.js.
const words = { nan: NaN, inf: Infinity, '-inf': -Infinity };
export const fromTrace = (entry) => (typeof entry === 'number' ? entry : words[entry]);

// The elements of a value: a list, or of many their bytes in base64; null where it has none. A
// float32 has nine digits, which give it back.
export function elementsOf({ data, base64, dtype }) {
  if (base64 === undefined) return data ? data.map(fromTrace) : null;
  const { buffer } = Uint8Array.from(atob(base64), (byte) => byte.charCodeAt(0));
  return dtype === 'float32'
    ? Array.from(new Float32Array(buffer), (x) => Number(x.toPrecision(9)))
    : Array.from(new Float64Array(buffer));
}

export const exact = (x) => String(x);

// A true minus sign, no plus in exponents, a sign for infinity.
export const typeset = (text) =>
  text.replace('Infinity', '∞').replace('e+', 'e').replace(/-/g, '−');

export function short(x, digits = 4) {
  if (!Number.isFinite(x) || x === 0) return typeset(String(x));
  const size = Math.abs(x);
  if (size >= 1e6 || size < 1e-3)
    return typeset(Number(x.toPrecision(digits > 4 ? digits : 3)).toExponential());
  return typeset(String(Number(x.toPrecision(digits))));
}

// The power of ten that all cells of a table are divided by, where they would be too small or too
// large to be read; 0 where they are not.
export function exponentOf(scale) {
  return scale < 0.0995 || scale >= 9950 ? 3 * Math.floor(Math.log10(scale) / 3) : 0;
}
const raised = (sign) => (sign === '-' ? '⁻' : '⁰¹²³⁴⁵⁶⁷⁸⁹'[sign]);
export const powerText = (exponent) => `10${[...String(exponent)].map(raised).join('')}`;

// What fits into a cell `width` pixels wide: .25, −1.3, 12, ~0.
export function cellText(x, width) {
  if (!Number.isFinite(x)) return Number.isNaN(x) ? 'NaN' : typeset(String(x));
  const size = Math.abs(x);
  let text = '0';
  if (size >= 1e4) text = '>9k';
  else if (size >= 99.5 || (width < 30 && size >= 9.95)) text = size.toFixed(0);
  else if (size >= 9.95 || (width < 30 && size >= 0.995)) text = size.toFixed(1);
  else if (size >= 0.005) text = String(Number(size.toFixed(2))).replace(/^0\./, '.');
  else if (size > 0) text = '~0';
  return (x < 0 && text !== '~0' ? '−' : '') + text;
}

export const shapeText = (shape) => (shape.length ? `(${shape.join(', ')})` : 'a number');

// A value in a few letters: its numbers where they are three at most, else its shape.
export function brief(value, digits = 3) {
  if (!value.data || value.size > 3 || value.size === 0) return shapeText(value.shape);
  if (value.size === 1) return short(value.data[0], Math.max(digits, 6));
  return `(${Array.from(value.data, (x) => short(x, digits)).join(', ')})`;
}

export const plural = (count, one, many = `${one}s`) => `${count} ${count === 1 ? one : many}`;

export function list(items, joint = 'and') {
  if (items.length < 2) return items.join('');
  return `${items.slice(0, -1).join(', ')} ${joint} ${items[items.length - 1]}`;
}

export const times = (count) => (count === 2 ? 'twice' : `${count} times`);
