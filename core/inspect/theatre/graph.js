// The graph of the tape as SVG in a box that scrolls: which boxes are open, what is shown where.
// Invariant: after `show` the node that the step is about lies inside of the visible part; nothing
// moves while no box opens or closes. What was measured is remembered, so that a step asks the
// browser for nothing before it has written all: else each question costs a layout.
// Read before: scene.js, focus.js. Read next: stage.js.
import { size } from './card.js';
import { edgesOf, twinsOf } from './edges.js';
import { Glide, target } from './focus.js';
import { layout } from './layout.js';
import { focusOf } from './moments.js';
import { runsOf } from './runs.js';
import { Scene } from './scene.js';
import { svg } from './svg.js';

const many = 60;  // nodes beyond which only boxes that something happens in are open
const kept = 6;  // boxes that stay open behind the step: else each step would move the graph
const margin = 96;  // pixels around the visible part that have elements, too

export class Graph {
  constructor(host, onPick, onFold) {
    Object.assign(this, { host, onFold, zoom: 1, step: 0, marks: {}, drawn: null });
    host.append(this.root = svg('svg', { class: 'graph', role: 'group',
      'aria-label': 'the graph of the tape' }));
    this.scene = new Scene(this.root, { pick: onPick, fold: (run) => this.fold(run) });
    this.view = { left: 0, top: 0, w: 0, h: 0 };
    this.glide = new Glide(host, this.view);
    host.addEventListener('scroll', () => {
      Object.assign(this.view, { left: host.scrollLeft, top: host.scrollTop });
      if (this.leaves()) this.draw();
    }, { passive: true });
  }

  load(trace) {
    this.trace = trace;
    const { root, runs } = runsOf(trace);
    Object.assign(this, { tree: root, runs });
    this.many = trace.nodes.length > many;
    this.allOpen = !this.many;
    this.open = new Set(this.many ? [] : this.runs.map((run) => run.id));
    this.pinned = new Set();
    this.scene.load(trace, !this.many);
    this.build();
  }

  // Opens what holds these nodes; in a large graph closes what was opened longest ago, but for what
  // a person opened.
  reveal(nodes) {
    if (this.allOpen) return false;
    const wanted = new Set(this.pinned);
    for (const run of this.runs)
      if (nodes.some((id) => run.first <= id && id <= run.last)) wanted.add(run.id);
    const news = [...wanted].some((id) => !this.open.has(id));
    // The latest last.
    for (const id of wanted) if (this.open.delete(id) || news) this.open.add(id);
    if (!news) return false;
    const old = [...this.open].slice(0, -wanted.size);
    old.slice(0, -kept).forEach((id) => this.open.delete(id));
    this.build();
    return true;
  }

  fold(run) {
    if (this.open.delete(run.id)) this.pinned.delete(run.id);
    else { this.open.add(run.id); this.pinned.add(run.id); }
    this.build();
    this.onFold();
  }
  foldAll() {
    this.allOpen = !this.allOpen;
    this.pinned.clear();
    this.open = new Set(this.allOpen ? this.runs.map((run) => run.id) : []);
    this.build();
    this.onFold();
  }

  build() {
    this.plan = layout(this.trace.nodes, this.tree, (run) => this.open.has(run.id), size);
    this.plan.boxes.sort((a, b) => a.run.depth - b.run.depth);
    const edges = edgesOf(this.trace, this.plan);
    if (!this.many) edges.push(...twinsOf(this.trace, this.plan));
    this.scene.arrange(this.plan, edges);
    this.setZoom(this.zoom);
  }

  // In another theme pictures have other colours.
  repaint() {
    this.scene.load(this.trace, !this.many);
    this.build();
  }

  measure() {
    const { clientWidth: w, clientHeight: h } = this.host;
    Object.assign(this.view, { w, h });
    return this.view;
  }

  setZoom(zoom) {
    this.zoom = Math.min(2, Math.max(0.1, zoom));
    const { width, height } = this.plan;
    this.root.setAttribute('viewBox', `0 0 ${width} ${height}`);
    this.root.setAttribute('width', width * this.zoom);
    this.root.setAttribute('height', height * this.zoom);
    this.drawn = null;
  }
  // All of it, or what can be read.
  fit(all = false) {
    const { width, height } = this.plan, { w, h } = this.measure();
    const whole = Math.min((w - 8) / width, (h - 8) / height);
    if (all) this.setZoom(whole);
    else if (this.many) this.setZoom(1);
    else if (w < 500) this.setZoom(Math.min(1, Math.max(0.78, (w - 8) / width)));
    else this.setZoom(whole >= 0.85 ? Math.min(1.4, whole) : 1);
  }

  show(step, { picked = -1, followed = -1, smooth = false, look } = {}) {
    const { trace, view } = this, event = trace.events[step], focus = focusOf(trace, event);
    this.step = step;
    if (this.reveal(look ? [...focus, picked] : focus)) smooth = false;
    const feeds = event.kind === 'forward' ? trace.nodes[event.node].inputs.filter((i) => i >= 0)
      : [];
    const near = followed >= 0 && new Set([followed, ...trace.nodes[followed].inputs,
      ...trace.nodes[followed].uses]);
    this.marks = { event, focus: new Set(focus), feeds: new Set(feeds), picked, near,
      dimmed: near && (([a, b]) => a === followed || b === followed) };
    // Where the browser lets it scroll to.
    const inside = ([left, top]) => [
      Math.max(0, Math.min(left, Math.ceil(this.plan.width * this.zoom) - view.w)),
      Math.max(0, Math.min(top, Math.ceil(this.plan.height * this.zoom) - view.h))];
    [view.left, view.top] = inside([view.left, view.top]);
    const nodes = look ? [picked] : [...focus, ...feeds];
    // The buttons stand over the lower edge where there is room.
    const clear = { ...view, h: view.h - (view.w > 500 ? 46 : 0) };
    const wanted = target(clear, this.zoom, this.plan.place, nodes, nodes[0]);
    const at = wanted && inside(wanted);
    const slow = smooth && at && Math.abs(at[1] - view.top) <= view.h;
    if (at && !slow) [view.left, view.top] = at;
    this.draw();
    // Scrolling waits for the layout of all that was written: it comes last. A glide of the step
    // before would carry away what is in sight now.
    if (at) this.glide.to(at, slow);
    else this.glide.stop();
  }

  // The visible part in the graph's own units, with `margin` pixels around it.
  sight(around) {
    const { view, zoom, plan } = this;
    const left = view.left - Math.max(0, (view.w - plan.width * zoom) / 2);
    const top = view.top - Math.max(0, (view.h - plan.height * zoom) / 2);
    return [left - around, top - around, left + view.w + around, top + view.h + around]
      .map((pixels) => pixels / zoom);
  }
  // Whether something without elements has come into sight.
  leaves() {
    if (!this.drawn) return true;
    const [x0, y0, x1, y1] = this.sight(0), [left, top, right, bottom] = this.drawn;
    return x0 < left || y0 < top || x1 > right || y1 > bottom;
  }
  draw() {
    if (!this.marks.event) return;
    this.drawn = this.sight(margin);
    this.scene.draw(this.drawn, this.step, this.marks);
  }
}
