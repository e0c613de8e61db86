// A value as a small picture for a card or an edge; made once for each value and theme.
// Invariant: null where there is nothing to paint.
// Read before: png.js. Read next: card.js.
import { colour, scaleOf } from './colour.js';
import { isPicture, paint, planesOf } from './planes.js';
import { pngOf } from './png.js';

const made = new Map();
export const forgetStrips = () => made.clear();

export function strip(trace, id, node, isValue) {
  const layout = trace.layoutOf(node), key = `${id} ${layout} ${isValue}`;
  if (!made.has(key)) made.set(key, make(trace.value(id), layout, isValue));
  return made.get(key);
}

function make(value, layout, isValue) {
  if (!value.data || value.size < 3 || value.size > 40000) return null;
  const planes = planesOf(value, layout).planes.slice(0, 6);
  const rows = Math.max(...planes.map((plane) => plane.rows));
  const zoom = Math.max(1, Math.floor(18 / rows)), space = Math.ceil(3 / zoom);
  const columns = planes.reduce((sum, plane) => sum + plane.columns + space, -space);
  const width = Math.min(1024, columns);
  const image = { width, height: rows, data: new Uint8Array(4 * width * rows) };
  const scale = scaleOf(value) * (isValue && isPicture(value, layout) ? -1 : 1);
  let left = 0;
  for (const plane of planes) {
    paint(image, plane, value, scale, colour, left);
    left += plane.columns + space;
  }
  return { url: pngOf(image), w: width * zoom, h: rows * zoom };
}
