// A value as a small picture for a card or an edge; made once for each value and theme.
// Invariant: null where there is nothing to paint.
// Read before: svg.js. Read next: card.js.
import { colour, scaleOf } from './colour.js';
import { isPicture, paint, planesOf } from './planes.js';

// One canvas for all: another context for each strip would cost more than the strip.
const canvas = document.createElement('canvas');
const context = canvas.getContext('2d', { willReadFrequently: true });
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
  canvas.width = Math.min(1024, columns);
  canvas.height = rows;
  const image = context.createImageData(canvas.width, rows);
  const scale = scaleOf(value) * (isValue && isPicture(value, layout) ? -1 : 1);
  let left = 0;
  for (const plane of planes) {
    paint(image, plane, value, scale, colour, left);
    left += plane.columns + space;
  }
  context.putImageData(image, 0, 0);
  return { url: canvas.toDataURL(), w: canvas.width * zoom, h: rows * zoom };
}
