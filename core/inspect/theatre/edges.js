// Edges: which nodes they join, the curve they take, how they look at a step.
// Invariant: an argument used twice has two edges side by side; edges into a closed box are one.
// Read before: card.js. Read next: scene.js.

// Where on the consumer's upper side an edge ends: arguments from left to right as they stand.
function port(trace, place, { a, b }) {
  const to = place.get(b);
  if (to.run) return 0;
  const inputs = [...new Set(trace.nodes[b].inputs)].filter((i) => i >= 0);
  if (inputs.length < 2) return 0;
  const middle = (i) => place.get(i).x + place.get(i).w / 2;
  inputs.sort((p, q) => middle(p) - middle(q));
  return ((inputs.indexOf(a) + 0.5) / inputs.length - 0.5) * to.w * 0.6;
}

function curve(from, to, via, shift, parallel) {
  let at = [from.x + from.w / 2 + (parallel ? shift : 0), from.y + from.h], path = `M${at}`;
  const points = [...via, [to.x + to.w / 2 + shift, to.y]];
  // Between the last two rows, where no card stands.
  const [before, end] = [at, ...points].slice(-2), middle = [0, 1].map((d) =>
    (before[d] + end[d]) / 2);
  for (const point of points) {
    const bend = Math.max(10, (point[1] - at[1]) / 2);
    path += point[0] === at[0] ? ` L${point}`
      : ` C${at[0]},${at[1] + bend} ${point[0]},${point[1] - bend} ${point}`;
    at = point;
  }
  return { path, middle };
}

// [{kind, key, pairs: [[a, b]], input, path, x0, y0, x1, y1}]; input is -1 where the edge has all
// arguments.
export function edgesOf(trace, { place, ways }) {
  const edges = [], joined = new Map();
  const add = (way, pairs, input, shift, parallel) => {
    const from = place.get(way.a), to = place.get(way.b);
    const xs = [from.x, from.x + from.w, to.x, to.x + to.w, ...way.via.map((point) => point[0])];
    const { path, middle } = curve(from, to, way.via, shift, parallel);
    const key = `${from.run?.id ?? way.a}>${to.run?.id ?? way.b}>${input}`;
    const edge = { kind: 'edge', key, pairs, input, path, middle,
      x0: Math.min(...xs), x1: Math.max(...xs), y0: Math.min(from.y, to.y),
      y1: Math.max(from.y + from.h, to.y + to.h) };
    edges.push(edge);
    return edge;
  };
  for (const way of ways) {
    const from = place.get(way.a).run, to = place.get(way.b).run, pair = [way.a, way.b];
    if (from || to) {
      const key = `${from?.id ?? way.a}>${to?.id ?? way.b}`;
      if (joined.has(key)) joined.get(key).pairs.push(pair);
      else joined.set(key, add(way, [pair], -1, port(trace, place, way), false));
      continue;
    }
    const inputs = trace.nodes[way.b].inputs.flatMap((i, k) => (i === way.a ? [k] : []));
    inputs.forEach((input, k) => (inputs.length > 1
      ? add(way, [pair], input, (k - (inputs.length - 1) / 2) * 44, true)
      : add(way, [pair], -1, port(trace, place, way), false)));
  }
  return edges;
}

// Two reads of one variable: a dotted line from each to the next.
export function twinsOf(trace, { place }) {
  const edges = [];
  for (const { reads } of trace.variables)
    for (let k = 1; k < reads.length; ++k) {
      const [a, b] = [place.get(reads[k - 1]), place.get(reads[k])];
      if (!a || !b || (a.run && a.run === b.run)) continue;
      const from = [a.x + a.w - 12, a.y + a.h], to = [b.x + b.w - 12, b.y];
      const bend = Math.max(40, (to[1] - from[1]) / 3);
      edges.push({ kind: 'edge', key: `twin ${reads[k]}`, twin: true, input: -1,
        pairs: [[reads[k - 1], reads[k]]],
        path: `M${from} C${from[0]},${from[1] + bend} ${to[0]},${to[1] - bend} ${to}`,
        x0: Math.min(from[0], to[0]), x1: Math.max(from[0], to[0]), y0: Math.min(a.y, b.y),
        y1: Math.max(from[1], to[1]) });
    }
  return edges;
}

// When gradients pass an edge: [{step, pass}], looked up once.
function passagesOf(trace, edge) {
  edge.passages ??= edge.twin ? [] : edge.pairs.flatMap(([a, b]) => {
    const inputs = edge.input >= 0 ? [edge.input]
      : trace.nodes[b].inputs.flatMap((i, k) => (i === a ? [k] : []));
    return inputs.flatMap((k) => trace.passedAt.get(`${a}>${b}>${k}`) || []);
  });
  return edge.passages;
}

// What an edge is at a step: { name, carries }.
export function lookOf(trace, edge, step, dimmed) {
  const event = trace.events[step];
  let name = edge.twin ? 'edge twin' : 'edge', made = false, carries = false;
  const focus = edge.twin && ['total', 'step', 'project'].includes(event.kind)
    && trace.nodes[edge.pairs[0][0]].variable === event.variable;
  if (focus) name += ' flows';
  for (const [a, b] of edge.pairs) {
    made ||= trace.madeAt[b] <= step;
    if (edge.twin) continue;
    if (event.kind === 'forward' && b === event.node) name = 'edge flows';
    if (event.kind === 'backward' && b === event.node && a === event.to
      && (edge.input < 0 || edge.input === event.input)) {
      name = 'edge carries';
      carries = true;
    }
  }
  if (!made) name += ' ghost';
  else if (name === 'edge' && passagesOf(trace, edge).some((entry) => entry.step <= step
    && entry.pass === trace.passAt[step])) name += ' passed';
  if (dimmed && !edge.pairs.some(dimmed)) name += ' dim';
  return { name, carries };
}
