// Colours of numbers: blue below zero, red above, the page's ground at zero; images are grey.
// Invariant: the ink on a cell is the better of black and white, so contrast is never below 4.5.
// Read before: numbers.js. Read next: planes.js.
let dark = false;
export const useDark = (now) => { dark = now; };

// The largest finite magnitude of some values, which all that is compared shares.
export function scaleOf(...values) {
  let scale = 1e-30;
  for (const value of values)
    for (const x of value?.data || [])
      if (Number.isFinite(x) && Math.abs(x) > scale) scale = Math.abs(x);
  return scale;
}

// A negative scale asks for grey. NaN and infinities are of no scale: violet.
export function colour(x, scale) {
  if (!Number.isFinite(x)) return dark ? [196, 120, 255] : [126, 34, 206];
  if (scale < 0) {
    const level = Math.round(dark ? 20 - (225 * x) / scale : 252 + (225 * x) / scale);
    return [level, level, level];
  }
  const amount = Math.min(1, Math.abs(x) / scale) ** 0.8;
  const base = dark ? [30, 34, 42] : [250, 250, 248];
  const end = x < 0 ? (dark ? [72, 142, 240] : [37, 99, 200])
    : (dark ? [238, 92, 80] : [200, 48, 40]);
  return base.map((b, i) => Math.round(b + (end[i] - b) * amount));
}

const linear = (v) => (v <= 10 ? v / 3294 : ((v / 255 + 0.055) / 1.055) ** 2.4);
export const ink = (rgb) =>
  (0.2126 * linear(rgb[0]) + 0.7152 * linear(rgb[1]) + 0.0722 * linear(rgb[2]) > 0.179
    ? '#000' : '#fff');

// The style of a cell, looked up: hundreds of them are written at each step, in few colours.
const looks = new Map();
export function cellLook(x, scale) {
  const level = !Number.isFinite(x) ? 'none' : scale < 0 ? `grey ${Math.round((-255 * x) / scale)}`
    : Math.round(255 * Math.max(-1, Math.min(1, x / scale)));
  const key = `${dark} ${level}`;
  let look = looks.get(key);
  if (look === undefined) {
    const rgb = colour(x, scale);
    look = `background-color:rgb(${rgb})${ink(rgb) === '#000' ? '' : ';color:#fff'}`;
    looks.set(key, look);
  }
  return look;
}
