// Two steps compared: the same moment of another trace, with the difference.
// Invariant: a moment is the same when its kind, op and names are; else the panel says that there
// is none.
// Read before: equation.js. Read next: stage.js.
import { scaleOf } from './colour.js';
import { short } from './numbers.js';

const keyOf = (trace, event) => {
  const node = trace.nodes[event.node];
  const name = event.variable !== undefined ? trace.variables[event.variable].name
    : node ? node.label : '';
  return [event.kind, node?.op, name, event.to !== undefined ? trace.nodes[event.to].label : '',
    event.input ?? ''].join('|');
};

// Key and how often it came before -> step.
function indexOf(trace) {
  const seen = new Map(), steps = new Map(), keys = [];
  trace.events.forEach((event, step) => {
    const key = keyOf(trace, event), count = seen.get(key) || 0;
    seen.set(key, count + 1);
    keys.push(`${key}|${count}`);
    steps.set(`${key}|${count}`, step);
  });
  return { keys, steps };
}

const resultOf = (trace, event) => {
  const id = event.kind === 'forward' || event.kind === 'loss' ? trace.nodes[event.node].value
    : event.now ?? event.after ?? event.gradient;
  return id >= 0 ? trace.value(id) : null;
};

export class Comparison {
  constructor(here, there) {
    Object.assign(this, { here, there, keys: indexOf(here).keys, steps: indexOf(there).steps });
  }

  write(sheet, step) {
    const other = this.steps.get(this.keys[step]);
    const mine = resultOf(this.here, this.here.events[step]);
    if (!mine) return;
    sheet.title(`The same in “${this.there.title}”`);
    if (other === undefined) {
      sheet.absent('No such moment there.');
      return;
    }
    const theirs = resultOf(this.there, this.there.events[other]);
    const node = this.here.events[step].to ?? this.here.events[step].node
      ?? this.here.variables[this.here.events[step].variable]?.reads[0];
    const layout = this.here.layoutOf(node), scale = scaleOf(mine, theirs);
    sheet.put(theirs, { note: `there, step ${other + 1}`, layout, scale });
    if (!mine.data || !theirs?.data || mine.size !== theirs.size) return;
    const data = mine.data.map((x, i) => (x === theirs.data[i] ? 0 : x - theirs.data[i]));
    const most = data.reduce((a, x) => Math.max(a, Math.abs(x)), 0);
    sheet.sign('−', most === 0 ? 'no difference' : `largest difference ${short(most, 6)}`);
    sheet.put({ ...mine, data }, { note: 'here − there', layout });
  }
}
