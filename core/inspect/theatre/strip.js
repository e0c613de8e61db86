// A value as a small picture for a card or an edge; made once for each value and theme.
// Invariant: null where there is nothing to paint.
// Read before: svg.js. Read next: card.js.
import { colour, scaleOf } from './colour.js';
import { isPicture, paint, planesOf } from './planes.js';

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
  const rows = Math.max(...planes.map((plane) => plane.rows)), space = 3;
  const zoom = Math.max(1, Math.min(9, Math.floor(18 / rows)));
  const columns = planes.reduce((sum, plane) => sum + plane.columns, 0);
  const canvas = document.createElement('canvas');
  canvas.width = Math.min(4096, columns * zoom + space * (planes.length - 1));
  canvas.height = rows * zoom;
  const context = canvas.getContext('2d');
  const scale = scaleOf(value) * (isValue && isPicture(value, layout) ? -1 : 1);
  let left = 0;
  for (const plane of planes) {
    paint(context, plane, value, scale, colour, left, zoom);
    left += plane.columns * zoom + space;
  }
  const larger = canvas.height < 10 ? 2 : 1;
  return { url: canvas.toDataURL(), w: canvas.width * larger, h: canvas.height * larger };
}
