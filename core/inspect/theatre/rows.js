// One box laid out inside: which row a cell stands in, in what order, and where.
// Invariant: a cell stands below all that feeds it; a long edge has a cell without a card (a lane)
// in each row that it crosses, so that no edge runs through a card.
// Read before: runs.js. Read next: layout.js.
export const gap = { x: 16, y: 30, pad: 10, head: 22 };
const mostLanes = 4000;

export const newCell = (size) => ({ ...size, up: new Map(), down: new Map() });
export const newLane = (row) => newCell({ lane: true, row, w: 8, h: 0 });
// Straight first: long edges, then what the data flows through, then what only enters here.
export function link(from, to) {
  const weight = from.lane && to.lane ? 12 : from.leaf ? 1 : 6;
  from.down.set(to, weight);
  to.up.set(from, weight);
}

// edges: [{a, b}] between indices of `cells`, each a < b.
export function rowsOf(cells, edges) {
  const outs = cells.map(() => []), fed = new Set();
  for (const cell of cells) cell.row = 0;
  for (const { a, b } of edges) {
    cells[b].row = Math.max(cells[b].row, cells[a].row + 1);
    outs[a].push(cells[b]);
    fed.add(cells[b]);
  }
  // What comes from nowhere stands right above what uses it.
  for (let k = cells.length; k-- > 0;) {
    cells[k].leaf = !fed.has(cells[k]);
    if (cells[k].leaf && outs[k].length)
      cells[k].row = Math.min(...outs[k].map((cell) => cell.row)) - 1;
  }
  const rows = [];
  for (const cell of cells) (rows[cell.row] ??= []).push(cell);
  for (let r = 0; r < rows.length; ++r) rows[r] ??= [];
  return rows;
}

export function lanesBetween(rows, from, to, budget) {
  const lanes = [];
  if (budget.lanes + to - from > mostLanes) return lanes;
  for (let r = from; r < to; ++r) {
    const lane = newLane(r);
    if (lanes.length) link(lanes[lanes.length - 1], lane);
    rows[r].push(lane);
    lanes.push(lane);
  }
  budget.lanes += lanes.length;
  return lanes;
}

const sweeps = (rows, passes, body) => {
  for (let pass = 0; pass < passes; ++pass)
    for (let r = 0; r < rows.length; ++r)
      body(rows[pass % 2 ? rows.length - 1 - r : r], pass % 2 ? 'down' : 'up');
};

// Within rows by the mean place of neighbours; what only enters here by its place as an argument,
// on both sides of what the data flows through.
function order(rows) {
  const number = (row) => row.forEach((cell, i) => { cell.i = i; });
  rows.forEach(number);
  sweeps(rows, 6, (row, side) => {
    for (const cell of row) {
      const near = [...cell[side].keys()];
      const mean = near.reduce((sum, other) => sum + other.i, 0) / near.length;
      cell.key = (near.length ? mean : cell.i) + (cell.leaf ? 1e-3 * cell.argument : 0);
    }
    row.sort((a, b) => a.key - b.key);
    number(row);
  });
  for (const row of rows) {
    const leaves = row.filter((cell) => cell.leaf), heavy = row.filter((cell) => !cell.leaf);
    if (heavy.length === 1 && leaves.length > 1)
      row.splice(0, row.length, ...leaves.slice(0, leaves.length >> 1), heavy[0],
        ...leaves.slice(leaves.length >> 1));
  }
}

// Cells of a row as near to where they want to be as their neighbours let them.
function settle(row) {
  let right = -Infinity, limit = Infinity;
  const left = row.map((cell) => {
    const x = Math.max(cell.want, right);
    right = x + cell.w + gap.x;
    return x;
  });
  const other = new Array(row.length);
  for (let i = row.length - 1; i >= 0; --i) {
    other[i] = Math.min(row[i].want, limit - row[i].w);
    limit = other[i] - gap.x;
  }
  const heavy = row.filter((cell) => !cell.leaf);
  if (heavy.length === 1 && row.length > 1) {  // the one that carries the data keeps its place
    const k = row.indexOf(heavy[0]);
    left[k] = other[k] = heavy[0].want;
    for (let i = k + 1; i < row.length; ++i)
      left[i] = other[i] = Math.max(row[i].want, left[i - 1] + row[i - 1].w + gap.x);
    for (let i = k - 1; i >= 0; --i)
      left[i] = other[i] = Math.min(row[i].want, left[i + 1] - gap.x - row[i].w);
  }
  row.forEach((cell, i) => { cell.x = (left[i] + other[i]) / 2; });
  for (let i = 1; i < row.length; ++i)
    row[i].x = Math.max(row[i].x, row[i - 1].x + row[i - 1].w + gap.x);
}

// Gives each cell x and y, from 0; the size of all.
export function arrange(rows) {
  order(rows);
  for (const row of rows) {
    let x = 0;
    for (const cell of row) { cell.x = x; x += cell.w + gap.x; }
    for (const cell of row) cell.x -= (x - gap.x) / 2;
  }
  sweeps(rows, 8, (row, side) => {
    for (const cell of row) {
      let sum = 0, all = 0;
      for (const [other, weight] of cell[side]) {
        sum += weight * (other.x + other.w / 2);
        all += weight;
      }
      cell.want = all ? sum / all - cell.w / 2 : cell.x;
    }
    settle(row);
  });
  let y = 0, low = Infinity, high = -Infinity;
  for (const row of rows) {
    const height = Math.max(0, ...row.map((cell) => cell.h));
    for (const cell of row) {
      if (cell.lane) cell.h = height;
      cell.y = y + (height - cell.h) / 2;
      low = Math.min(low, cell.x);
      high = Math.max(high, cell.x + cell.w);
    }
    y += height + gap.y;
  }
  for (const row of rows) for (const cell of row) cell.x -= low;
  return { w: Math.max(high - low, 60), h: Math.max(y - gap.y, 10) };
}
