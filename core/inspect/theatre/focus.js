// Where the graph must scroll to.
// Invariant: it scrolls only when what matters is not in sight, and then to its middle; when not
// all of it fits, the main node wins.
// Read before: graph.js. Read next: stage.js.
const edge = 6;

// [left, top] to scroll to, or null.
export function target(host, zoom, place, nodes, main) {
  if (main === undefined || !place.has(main)) return null;
  const boundsOf = (ids) => {
    const places = ids.map((id) => place.get(id)).filter(Boolean);
    return { x0: Math.min(...places.map((p) => p.x)) * zoom,
      y0: Math.min(...places.map((p) => p.y)) * zoom,
      x1: Math.max(...places.map((p) => p.x + p.w)) * zoom,
      y1: Math.max(...places.map((p) => p.y + p.h)) * zoom };
  };
  const { clientWidth: w, clientHeight: h, scrollLeft, scrollTop } = host;
  const fits = (b) => b.x1 - b.x0 <= w - 2 * edge && b.y1 - b.y0 <= h - 2 * edge;
  let box = boundsOf(nodes);
  if (!fits(box)) box = boundsOf(nodes.slice(0, 2));
  if (!fits(box)) box = boundsOf([main]);
  if (box.x0 >= scrollLeft && box.x1 <= scrollLeft + w && box.y0 >= scrollTop
    && box.y1 <= scrollTop + h) return null;
  return [(box.x0 + box.x1 - w) / 2, (box.y0 + box.y1 - h) / 2];
}

// The browser's own smooth scrolling is cut short by the next step; this one starts anew.
let frame = 0;
export function glide(host, to, smooth) {
  cancelAnimationFrame(frame);
  const from = [host.scrollLeft, host.scrollTop];
  if (!smooth || Math.abs(to[1] - from[1]) > host.clientHeight) {
    [host.scrollLeft, host.scrollTop] = to;
    return;
  }
  const began = performance.now();
  const move = (now) => {
    const k = Math.min(1, Math.max(0, (now - began) / 180)), ease = k * (2 - k);
    host.scrollLeft = from[0] + (to[0] - from[0]) * ease;
    host.scrollTop = from[1] + (to[1] - from[1]) * ease;
    if (k < 1) frame = requestAnimationFrame(move);
  };
  frame = requestAnimationFrame(move);
}
