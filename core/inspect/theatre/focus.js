// Where the graph must scroll to.
// Invariant: it scrolls only when what matters is not in sight, and then to its middle; when not
// all of it fits, the main node wins.
// Read before: layout.js. Read next: graph.js.
const edge = 6;

// [left, top] to scroll to, or null.
export function target({ left, top, w, h }, zoom, place, nodes, main) {
  if (main === undefined || !place.has(main)) return null;
  const boundsOf = (ids) => {
    const places = ids.map((id) => place.get(id)).filter(Boolean);
    return { x0: Math.min(...places.map((p) => p.x)) * zoom,
      y0: Math.min(...places.map((p) => p.y)) * zoom,
      x1: Math.max(...places.map((p) => p.x + p.w)) * zoom,
      y1: Math.max(...places.map((p) => p.y + p.h)) * zoom };
  };
  const fits = (b) => b.x1 - b.x0 <= w - 2 * edge && b.y1 - b.y0 <= h - 2 * edge;
  let box = boundsOf(nodes);
  if (!fits(box)) box = boundsOf(nodes.slice(0, 2));
  if (!fits(box)) box = boundsOf([main]);
  if (box.x0 >= left && box.x1 <= left + w && box.y0 >= top && box.y1 <= top + h) return null;
  return [(box.x0 + box.x1 - w) / 2, (box.y0 + box.y1 - h) / 2];
}

// The browser's own smooth scrolling is cut short by the next step; this one starts anew. `view`
// is told at once: scroll events come a frame late.
export class Glide {
  constructor(host, view) { Object.assign(this, { host, view, frame: 0 }); }
  stop() { cancelAnimationFrame(this.frame); }
  to([left, top], smooth) {
    const { host } = this;
    this.stop();
    if (!smooth) { host.scrollTo(left, top); return; }
    const { view } = this, from = [view.left, view.top], began = performance.now();
    const move = (now) => {
      const k = Math.min(1, Math.max(0, (now - began) / 180)), ease = k * (2 - k);
      view.left = from[0] + (left - from[0]) * ease;
      view.top = from[1] + (top - from[1]) * ease;
      host.scrollTo(view.left, view.top);
      if (k < 1) this.frame = requestAnimationFrame(move);
    };
    this.frame = requestAnimationFrame(move);
  }
}
