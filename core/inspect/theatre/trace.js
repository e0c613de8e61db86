// The trace as the page asks for it: from the rows of the file to names, users and moments.
// Invariant: nothing changes after the constructor; a step is an index into `events`.
// Read before: numbers.js. Read next: moments.js, words.js.
import { binary } from './elementwise.js';
import { elementsOf, short } from './numbers.js';
import { inOrderOfUse, momentsOf, phasesOf } from './moments.js';

// Without a prototype, as all tables here: an op may be called anything.
const convolutions = { __proto__: null, conv2d: [1], conv2d_with_bias: [1],
  conv2d_with_bias_relu: [1], depthwise_conv2d: [1],
  separable_conv2d: [1, 2], separable_conv2d_relu: [1, 2] };

// How many inputs ops have at least, and of what rank, or ranks if they differ. A user's own op may
// have the name of one of them: with other inputs it is told as an op that no table knows.
const needs = { __proto__: null, conv2d: [2, 4], conv2d_with_bias: [3, [4, 4, 1]],
  conv2d_with_bias_relu: [3, [4, 4, 1]], depthwise_conv2d: [2, 4], separable_conv2d: [3, 4],
  separable_conv2d_relu: [3, 4], max_pool2d: [1, 4], avg_pool2d: [1, 4], matmul: [2, 2],
  bias_add: [2, 1], where: [3, 0] };
for (const op of Object.keys(binary)) needs[op] = [2, 0];

// An index of -1 says the same as a missing key, but for `gradient`, where it is an answer.
const withoutNone = (event) => Object.fromEntries(Object.entries(event).filter(([key, entry]) =>
  key === 'gradient' || key === 'source' || (entry !== -1 && entry !== null)));

export class Trace {
  constructor(raw) {
    this.title = raw.title || 'A tape';
    this.sources = raw.sources || [];
    this.intervals = (raw.intervals || []).map((interval) => ({ ...interval }));
    this.values = raw.values.map((value, id) => ({ ...value, id,
      size: value.shape.reduce((product, extent) => product * extent, 1),
      data: elementsOf(value) }));
    this.variables = (raw.variables || []).map((variable) => ({ ...variable }));
    this.nodes = raw.nodes.map((node, id) => ({ ...node, id, uses: [] }));
    for (const node of this.nodes)
      for (const input of new Set(node.inputs))
        if (input >= 0) this.nodes[input].uses.push(node.id);
    this.setApart();
    this.name();
    this.describeLayouts();
    this.events = inOrderOfUse(raw.events.map(withoutNone), this.nodes);
    Object.assign(this, momentsOf(this));
    this.phases = phasesOf(this.events);
    this.passes = this.events.filter((event) => event.kind === 'pass').length;
  }

  setApart() {
    for (const node of this.nodes) {
      const [count, rank] = needs[node.op] || [0, 0], ranks = [].concat(rank);
      const some = [...this.inputValues(node).slice(0, count), this.of(node.id)];
      if (some.length <= count
        || some.some((x, i) => !x || x.shape.length < (ranks[i] ?? ranks[0])))
        node.op = `own ${node.op}`;
    }
  }

  // A label for each node, no two alike where a name can help. Names are anybody's: what would
  // break a line or turn its direction is left out.
  name() {
    const turning = /[\s\u200e\u200f\u202a-\u202e\u2066-\u2069]+/g;
    const clean = (text) => text.replace(turning, ' ').trim();
    for (const named of [...this.variables, ...this.nodes, ...this.intervals])
      if (named.name) named.name = clean(named.name);
    const ends = new Map(), count = new Map();
    const last = (path) => path.slice(path.lastIndexOf('/') + 1);
    for (const variable of this.variables) {
      const end = last(variable.name);
      ends.set(end, (ends.get(end) || 0) + 1);
    }
    for (const variable of this.variables)
      variable.label = ends.get(last(variable.name)) > 1 ? variable.name : last(variable.name);
    for (const node of this.nodes) count.set(node.name, (count.get(node.name) || 0) + 1);
    for (const node of this.nodes) {
      const variable = node.op === 'read' && this.variables[node.variable];
      const value = this.values[node.value];
      node.again = variable ? variable.reads.indexOf(node.id) : 0;
      if (variable) node.title = variable.label;
      else if (node.name) node.title = node.name;
      else if (node.op === 'constant' && value.size === 1 && value.data)
        node.title = short(value.data[0]);
      node.label = node.title || `${node.op} ${node.id}`;
      if (node.again > 0) node.label += ` (read ${node.again + 1})`;
      if (node.name && !variable && count.get(node.name) > 1) node.label += ` [${node.id}]`;
      node.title ||= node.op;
    }
  }

  // How the numbers of a node lie: those of kernels and of images, channels last or first.
  describeLayouts() {
    this.first = this.nodes.some((node) => node.attributes?.data_format === 'channels_first');
    for (const node of this.nodes) {
      const kind = this.variables[node.variable]?.kind;
      if (['kernel', 'depthwise', 'pointwise'].includes(kind)) node.kernel = true;
      for (const k of convolutions[node.op] || [])
        if (node.inputs[k] >= 0) this.nodes[node.inputs[k]].kernel = true;
    }
  }

  layoutOf(id) {
    if (id === undefined || id < 0) return '';
    if (this.nodes[id].kernel) return 'kernel';
    return this.first ? 'first' : 'last';
  }

  value(id) { return this.values[id]; }
  of(node) { return this.values[this.nodes[node].value]; }
  labels(node) { return node.inputs.map((i) => (i < 0 ? 'nothing' : this.nodes[i].label)); }
  inputValues(node) { return node.inputs.map((i) => (i < 0 ? null : this.of(i))); }

  // What a node's gradient is after `step`, in the pass that runs then or ran last.
  gradient(node, step) {
    const pass = this.passAt[step];
    let found = null;
    for (const entry of this.gradientAt[node])
      if (entry.step <= step && entry.pass === pass) found = entry;
    return found;
  }

  // What a variable behind a read became by updates and steps.
  changed(node, step) {
    let found = null;
    for (const entry of this.changedAt.get(this.nodes[node].variable) || [])
      if (entry.step <= step) found = entry;
    return found;
  }

  place(event) {
    const node = this.nodes[event.node];
    const at = event.source >= 0 && event.line > 0 ? event : node;
    return at && at.source >= 0 ? { source: at.source, line: at.line } : { source: -1, line: 0 };
  }

  path(interval) {
    const names = [];
    for (let i = interval; i >= 0; i = this.intervals[i].outer ?? -1)
      names.unshift(this.intervals[i].name);
    return names.join(' / ');
  }
}
