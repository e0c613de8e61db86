// Boxes within boxes: open ones are laid out inside first and then placed as one cell.
// Invariant: every node has a place: its own card's, or that of the closed box around it. What
// joins the items of a box does not depend on what is open, so it is worked out once.
// Read before: rows.js. Read next: graph.js.
import { arrange, gap, lanesBetween, link, newCell, rowsOf } from './rows.js';
import { isNode } from './runs.js';

// Which item of a run holds a node, and the edges between its items by their indices.
function joints(nodes, run) {
  if (run.joints) return run.joints;
  const owner = new Map(), edges = new Map();
  run.items.forEach((item, k) => {
    if (isNode(item)) owner.set(item, k);
    else for (let i = item.first; i <= item.last; ++i) owner.set(i, k);
  });
  for (const [node, b] of owner)
    for (const input of nodes[node].inputs) {
      const a = owner.get(input);
      if (a === undefined || a === b) continue;
      const key = a * 65536 + b;
      if (!edges.has(key)) edges.set(key, { a, b, uses: [] });
      edges.get(key).uses.push([input, node]);
    }
  const sorted = [...edges.values()].sort((p, q) => p.b - q.b || p.a - q.a);
  return (run.joints = { owner, sorted });
}

// { place: node -> {x, y, w, h, run?}, boxes: [{run, open, x, y, w, h}], ways: [{a, b, via}] }
export function layout(nodes, root, isOpen, card) {
  const place = new Map(), boxes = [], ways = new Map(), budget = { lanes: 0 };

  function measure(run) {
    const { owner, sorted } = joints(nodes, run), cells = run.items.map((item) => {
      if (isNode(item)) return newCell({ item, ...card });
      if (!isOpen(item)) return newCell({ item, closed: true, ...card });
      const inner = measure(item);
      return newCell({ item, inner, w: Math.max(inner.w, 8 * item.name.length) + 2 * gap.pad,
        h: inner.h + 2 * gap.pad + gap.head });
    });
    cells.forEach((cell) => {
      cell.argument = 0;
      const user = isNode(cell.item) ? nodes[cell.item].uses[0] : undefined;
      if (user !== undefined) cell.argument = nodes[user].inputs.indexOf(cell.item);
    });
    const rows = rowsOf(cells, sorted), chains = [];
    for (const { a, b, uses } of sorted) {
      const via = lanesBetween(rows, cells[a].row + 1, cells[b].row, budget);
      link(cells[a], via[0] || cells[b]);
      if (via.length) link(via[via.length - 1], cells[b]);
      chains.push({ uses, via });
    }
    // What enters or leaves an open box passes between its rows, too, not through its cards.
    if (run !== root && rows.length > 1 && rows.length <= 40)
      for (const [node, k] of owner) {
        for (const input of nodes[node].inputs) {
          if (input < 0 || owner.has(input) || cells[k].row === 0) continue;
          const via = lanesBetween(rows, 0, cells[k].row, budget);
          if (via.length) link(via[via.length - 1], cells[k]);
          chains.push({ uses: [[input, node]], via });
        }
        for (const user of nodes[node].uses) {
          if (owner.has(user) || cells[k].row >= rows.length - 1) continue;
          const via = lanesBetween(rows, cells[k].row + 1, rows.length, budget);
          if (via.length) link(cells[k], via[0]);
          chains.push({ uses: [[node, user]], via });
        }
      }
    return { ...arrange(rows), cells, chains };
  }

  function put(inner, left, top) {
    for (const cell of inner.cells) {
      const at = { x: left + cell.x, y: top + cell.y, w: cell.w, h: cell.h };
      if (isNode(cell.item)) { place.set(cell.item, at); continue; }
      boxes.push({ run: cell.item, open: !cell.closed, ...at });
      if (cell.closed)
        for (let i = cell.item.first; i <= cell.item.last; ++i)
          place.set(i, { ...at, run: cell.item });
      else put(cell.inner, at.x + gap.pad, at.y + gap.pad + gap.head);
    }
    for (const { uses, via } of inner.chains)
      for (const [a, b] of uses) {
        const key = `${a}>${b}`;
        if (!ways.has(key)) ways.set(key, { a, b, via: [] });
        for (const lane of via)
          ways.get(key).via.push([left + lane.x + 4, top + lane.y],
            [left + lane.x + 4, top + lane.y + lane.h]);
      }
  }

  const all = measure(root);
  put(all, gap.pad, gap.pad);
  const between = [...ways.values()].filter(({ a, b }) => {
    const from = place.get(a).run;
    return !(from && from === place.get(b).run);
  });
  for (const way of between) way.via.sort((p, q) => p[1] - q[1]);
  return { place, boxes, ways: between, width: all.w + 2 * gap.pad, height: all.h + 2 * gap.pad };
}
