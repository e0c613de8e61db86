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
export function cut(text, room, font) {
  if (widthOf(text, font) <= room) return text;
  const letters = [...text];
  let low = 0, high = letters.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (widthOf(`${letters.slice(0, middle).join('')}…`, font) <= room) low = middle;
    else high = middle - 1;
  }
  return `${letters.slice(0, low).join('')}…`;
}
