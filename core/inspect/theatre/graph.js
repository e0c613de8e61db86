// The graph of the tape as SVG in a box that scrolls. Only what is in sight has elements.
// Invariant: after `show` the node that the step is about lies inside of the visible part; nothing
// moves while no box opens or closes.
// Read before: edges.js. Read next: focus.js, stage.js.
import { Card, size } from './card.js';
import { drawEdge, edgesOf, lookOf, twinsOf } from './edges.js';
import { glide, target } from './focus.js';
import { layout } from './layout.js';
import { focusOf } from './moments.js';
import { brief, plural } from './numbers.js';
import { runsOf } from './runs.js';
import { strip } from './strip.js';
import { cut, svg, widthOf } from './svg.js';

const many = 60;  // nodes beyond which only boxes that something happens in are open
const margin = 120;  // pixels around the visible part that have elements, too

export class Graph {
  constructor(host, onPick, onFold) {
    Object.assign(this, { host, onPick, onFold, zoom: 1, step: 0, marks: {} });
    host.append(this.root = svg('svg', { class: 'graph', role: 'group',
      'aria-label': 'the graph of the tape' }));
    host.addEventListener('scroll', () => this.draw(), { passive: true });
  }

  load(trace) {
    this.trace = trace;
    const { root, runs } = runsOf(trace);
    Object.assign(this, { tree: root, runs });
    this.many = trace.nodes.length > many;
    this.allOpen = !this.many;
    this.open = new Set(this.many ? [] : this.runs.map((run) => run.id));
    this.pinned = new Set();
    this.build();
  }

  // Opens what holds these nodes; in a large graph closes all else but what a person opened.
  reveal(nodes) {
    if (this.allOpen) return false;
    const wanted = new Set(this.pinned);
    for (const run of this.runs)
      if (nodes.some((id) => run.first <= id && id <= run.last)) wanted.add(run.id);
    if (wanted.size === this.open.size && [...wanted].every((id) => this.open.has(id)))
      return false;
    this.open = wanted;
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
    this.edges = edgesOf(this.trace, this.plan);
    if (!this.many) this.edges.push(...twinsOf(this.trace, this.plan));
    this.cards = new Map();
    this.boxes = new Map();
    this.layers = { boxes: svg('g'), edges: svg('g'), cards: svg('g'), chip: svg('g',
      { class: 'chip' }) };
    this.root.replaceChildren(...Object.values(this.layers));
    this.setZoom(this.zoom);
  }

  setZoom(zoom) {
    this.zoom = Math.min(2, Math.max(0.1, zoom));
    const { width, height } = this.plan;
    this.root.setAttribute('viewBox', `0 0 ${width} ${height}`);
    this.root.setAttribute('width', width * this.zoom);
    this.root.setAttribute('height', height * this.zoom);
  }
  // All of it, or what can be read.
  fit(all = false) {
    const { width, height } = this.plan, { clientWidth: w, clientHeight: h } = this.host;
    const whole = Math.min((w - 8) / width, (h - 8) / height);
    if (all) this.setZoom(whole);
    else if (this.many) this.setZoom(1);
    else if (w < 500) this.setZoom(Math.min(1, Math.max(0.78, (w - 8) / width)));
    else this.setZoom(whole >= 0.85 ? Math.min(1.4, whole) : 1);
  }

  show(step, { picked = -1, followed = -1, smooth = false, look } = {}) {
    const { trace } = this, event = trace.events[step], focus = focusOf(trace, event);
    this.step = step;
    if (this.reveal(look ? [...focus, picked] : focus)) smooth = false;
    const feeds = event.kind === 'forward' ? trace.nodes[event.node].inputs.filter((i) => i >= 0)
      : [];
    const near = followed >= 0 && new Set([followed, ...trace.nodes[followed].inputs,
      ...trace.nodes[followed].uses]);
    this.marks = { event, focus: new Set(focus), feeds: new Set(feeds), picked, followed, near };
    const at = look ? target(this.host, this.zoom, this.plan.place, [picked], picked)
      : target(this.host, this.zoom, this.plan.place, [...focus, ...feeds], focus[0]);
    if (at) glide(this.host, at, smooth);
    this.draw();
  }

  // Elements for what is in sight, as it is at this step.
  draw() {
    const { host, zoom, plan, step, marks } = this;
    if (!marks.event) return;
    const inset = [(host.clientWidth - plan.width * zoom) / 2,
      (host.clientHeight - plan.height * zoom) / 2].map((free) => Math.max(0, free));
    const x0 = (host.scrollLeft - inset[0] - margin) / zoom;
    const y0 = (host.scrollTop - inset[1] - margin) / zoom;
    const x1 = x0 + (host.clientWidth + 2 * margin) / zoom;
    const y1 = y0 + (host.clientHeight + 2 * margin) / zoom;
    const seen = (left, top, right, bottom) => left <= x1 && right >= x0 && top <= y1
      && bottom >= y0;
    const seenBox = (box) => seen(box.x, box.y, box.x + box.w, box.y + box.h);
    for (const box of plan.boxes) this.drawBox(box, seenBox(box));
    for (const [id, place] of plan.place) {
      if (place.run) continue;
      const visible = seenBox(place);
      let card = this.cards.get(id);
      if (!visible) {
        if (card) { card.group.remove(); this.cards.delete(id); }
        continue;
      }
      if (!card) {
        card = new Card(this.trace, this.trace.nodes[id], place, this.onPick, !this.many);
        this.cards.set(id, card);
        this.layers.cards.append(card.group);
      }
      card.dress(this.cardClass(id), step);
    }
    this.layers.chip.replaceChildren();
    const dimmed = marks.near && (([a, b]) => a === marks.followed || b === marks.followed);
    for (const edge of this.edges) {
      if (!seen(edge.x0, edge.y0, edge.x1, edge.y1)) {
        if (edge.element) { edge.element.remove(); edge.element = null; edge.name = ''; }
        continue;
      }
      if (!edge.element) this.layers.edges.append(edge.element = drawEdge(edge));
      const { name, carries } = lookOf(this.trace, edge, step, dimmed);
      if (name !== edge.name) edge.element.setAttribute('class', edge.name = name);
      if (carries) this.drawChip(edge.middle, marks.event);
    }
  }

  cardClass(id) {
    const { event, focus, feeds, picked, near } = this.marks, node = this.trace.nodes[id];
    const kinds = { forward: 'runs', loss: 'runs', update: 'moved', step: 'moved',
      project: 'moved' };
    let name = 'card';
    if (this.trace.madeAt[id] > this.step) name += ' ghost';
    if (focus.has(id)) name += ` ${event.kind === 'backward' && id === event.node
      && id !== event.to ? 'source' : kinds[event.kind] || 'receives'}`;
    else if (feeds.has(id)) name += ' feeds';
    if (!node.watched) name += ' still';
    if (id === picked) name += ' picked';
    if (near && !near.has(id)) name += ' dim';
    return name;
  }

  drawBox(box, visible) {
    const { run } = box, { trace, step } = this;
    let drawn = this.boxes.get(run.id);
    if (!visible) {
      if (drawn) { drawn.group.remove(); this.boxes.delete(run.id); }
      return;
    }
    if (!drawn) {
      const group = svg('g', { transform: `translate(${box.x},${box.y})` });
      const head = svg('g', { class: 'head', role: 'button', tabindex: this.many ? -1 : 0,
        'aria-label': `${box.open ? 'fold' : 'open'} ${run.name}` });
      head.append(svg('rect', { class: 'hit', width: box.w, height: box.open ? 22 : box.h, rx: 8 }),
        svg('path', { class: 'fold', d: box.open ? 'M9 7h10l-5 7z' : 'M11 5v10l7-5z' }),
        svg('text', { x: 24, y: 15 }, cut(run.name, box.w - 32, '600 13px')));
      const bar = svg('rect', { x: 9, y: 44, width: 0, height: 5, rx: 2 });
      if (!box.open) head.append(svg('text', { class: 'sub', x: 9, y: 35 },
        plural(run.last - run.first + 1, 'node')), bar);
      head.addEventListener('click', () => this.fold(run));
      group.append(svg('rect', { width: box.w, height: box.h, rx: 8 }), head);
      this.layers.boxes.append(group);
      this.boxes.set(run.id, drawn = { group, bar });
    }
    let made = 0, back = 0;
    if (!box.open)
      for (let i = run.first; i <= run.last; ++i) {
        if (trace.madeAt[i] <= step) ++made;
        if (trace.gradientAt[i].length && trace.gradientAt[i][0].step <= step) ++back;
      }
    let active = false;
    if (!box.open) for (const id of this.marks.focus) active ||= run.first <= id && id <= run.last;
    const state = `${made}/${back}/${active}`;
    if (drawn.state === state) return;
    drawn.state = state;
    drawn.bar.setAttribute('width', ((box.w - 18) * (back || made)) / (run.last - run.first + 1));
    drawn.bar.setAttribute('class', back ? 'bar back' : 'bar');
    drawn.group.setAttribute('class', box.open ? 'box'
      : `box closed${active ? ' active' : made ? '' : ' ghost'}`);
  }

  // What an edge carries back, written on it.
  drawChip(at, event) {
    const plus = event.had !== undefined;
    const picture = strip(this.trace, event.contribution, event.to, false);
    const text = `${plus ? '+ ' : ''}${picture ? '' : brief(this.trace.value(event.contribution))}`;
    const scale = picture ? Math.min(1, 84 / picture.w) : 1, words = widthOf(text, '700 13px');
    const width = words + 18 + (picture ? picture.w * scale : 0);
    const { chip } = this.layers;
    chip.append(svg('rect', { rx: 9, height: 20, width }), svg('text', { x: 9, y: 14 }, text));
    if (picture) chip.append(svg('image', { href: picture.url, x: 9 + words, y: 1,
      width: picture.w * scale, height: Math.min(18, picture.h), preserveAspectRatio: 'none' }));
    chip.setAttribute('transform', `translate(${at[0] - width / 2},${at[1] - 10})`);
  }
}
