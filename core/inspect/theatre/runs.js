// Boxes of the graph. A box is a run: nodes next to each other on the tape in one interval.
// Invariant: the tape is in order, so edges between runs go forward only and cannot form cycles.
// Read before: trace.js. Read next: rows.js.
const chunk = 40;  // items that one box holds at most where nothing else divides them

const newRun = (id, first, depth, interval) => ({ id, first, last: first, depth, interval,
  items: [] });
export const isNode = (item) => typeof item === 'number';
const firstOf = (item) => (isNode(item) ? item : item.first);
const lastOf = (item) => (isNode(item) ? item : item.last);

function nameOf(trace, run) {
  const interval = trace.intervals[run.interval];
  if (!interval) return `nodes ${run.first} … ${run.last}`;
  const again = { recompute: 'again: ', pass: 'pass: ' }[interval.kind] || '';
  return `${again}${interval.name}${interval.kind === 'function' ? '( )' : ''}`;
}

// Long runs of many items become boxes of some, so that thousands of nodes stay readable.
function divide(run) {
  for (const item of run.items) if (!isNode(item)) divide(item);
  while (run.items.length > 2 * chunk) {
    const groups = [];
    for (let i = 0; i < run.items.length; i += chunk) {
      const items = run.items.slice(i, i + chunk);
      const group = newRun(`${run.id}+${firstOf(items[0])}.${run.items.length}`, firstOf(items[0]),
        run.depth + 1, -1);
      group.items = items;
      group.last = lastOf(items[items.length - 1]);
      groups.push(group);
    }
    run.items = groups;
  }
}

// A box around one node, or around one box of the same nodes, says nothing.
function flatten(run) {
  run.items = run.items.map((item) => {
    if (isNode(item)) return item;
    flatten(item);
    return item.items.length === 1 ? item.items[0] : item;
  });
}

export function runsOf(trace) {
  const root = newRun('all', 0, 0, -1), open = [root];
  for (const node of trace.nodes) {
    const chain = [];
    for (let i = node.interval ?? -1; i >= 0; i = trace.intervals[i].outer ?? -1) chain.unshift(i);
    let keep = 0;
    while (keep < chain.length && open[keep + 1]?.interval === chain[keep]) ++keep;
    open.length = keep + 1;
    for (; keep < chain.length; ++keep) {
      const run = newRun(`${chain[keep]}@${node.id}`, node.id, keep + 1, chain[keep]);
      open[keep].items.push(run);
      open.push(run);
    }
    for (const run of open) run.last = node.id;
    open[open.length - 1].items.push(node.id);
  }
  flatten(root);
  divide(root);
  const runs = [], collect = (run) => run.items.forEach((item) => {
    if (isNode(item)) return;
    item.name = nameOf(trace, item);
    runs.push(item);
    collect(item);
  });
  collect(root);
  return { root, runs };
}
