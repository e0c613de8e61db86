// Elements of the graph and the width of texts.
// Invariant: `cut` never makes a text wider than its room.
// Read before: layout.js. Read next: strip.js.
export function svg(tag, attributes = {}, text) {
  const made = document.createElementNS('http://www.w3.org/2000/svg', tag);
  for (const key in attributes) made.setAttribute(key, attributes[key]);
  if (text !== undefined) made.textContent = text;
  return made;
}

const ruler = document.createElement('canvas').getContext('2d');
const widths = new Map();  // the same names and ops come again and again
export function widthOf(text, font) {
  const key = `${font} ${text}`;
  let width = widths.get(key);
  if (width === undefined) {
    ruler.font = `${font} system-ui, sans-serif`;
    if (widths.size > 5000) widths.clear();
    widths.set(key, width = ruler.measureText(text).width);
  }
  return width;
}
// The last `tail` letters stay: of long names the end tells more than the middle.
export function cut(text, room, font, tail = 0) {
  if (widthOf(text, font) <= room) return text;
  const letters = [...text], end = tail ? letters.slice(-tail).join('') : '';
  const shortened = (count) => `${letters.slice(0, count).join('')}…${end}`;
  let low = 0, high = letters.length - 1 - tail;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (widthOf(shortened(middle), font) <= room) low = middle;
    else high = middle - 1;
  }
  return low > 0 || !tail ? shortened(Math.max(0, low)) : cut(text, room, font);
}
