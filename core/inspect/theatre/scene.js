// What of the graph is in sight, as elements: boxes, edges, cards, and what an edge carries.
// Invariant: elements outlive a new layout: what is still there is moved, not made again; what a
// step does not change is not touched. Only what lies near the visible part is looked at, by bands.
// Read before: edges.js. Read next: graph.js.
import { Card } from './card.js';
import { lookOf } from './edges.js';
import { brief, plural } from './numbers.js';
import { write } from './place.js';
import { strip } from './strip.js';
import { cut, svg, widthOf } from './svg.js';

const band = 256, longest = 12;  // pixels; bands beyond which an item is looked at each time

// How many of these sorted steps have come.
function countUpTo(steps, step) {
  let low = 0, high = steps.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (steps[middle] <= step) low = middle + 1;
    else high = middle;
  }
  return low;
}

// When the nodes of a run were made and when they first got a gradient, in order.
function momentsOfRun(trace, run) {
  if (run.made) return;
  const sorted = (steps) => steps.sort((a, b) => a - b);
  run.made = sorted(trace.madeAt.slice(run.first, run.last + 1));
  run.back = sorted(trace.gradientAt.slice(run.first, run.last + 1).filter((all) => all.length)
    .map((all) => all[0].step));
}

export class Scene {
  constructor(root, { pick, fold }) {
    Object.assign(this, { root, tick: 0 });
    root.addEventListener('click', (e) => {
      const card = e.target.closest('.card'), head = e.target.closest('.head');
      if (card) pick(Number(card.dataset.node));
      else if (head) fold(this.runs.get(head.dataset.run));
    });
  }

  load(trace, focusable) {
    Object.assign(this, { trace, focusable, drawn: new Map() });
    this.layers = { box: svg('g'), edge: svg('g'), card: svg('g'), chip: svg('g',
      { class: 'chip' }) };
    this.root.replaceChildren(...Object.values(this.layers));
  }

  // Another layout of the same trace.
  arrange(plan, edges) {
    Object.assign(this, { bands: new Map(), long: [], runs: new Map() });
    for (const { run } of plan.boxes) this.runs.set(run.id, run);
    for (const box of plan.boxes)
      this.add({ kind: 'box', key: `${box.run.id} ${box.open}`, box, x0: box.x, y0: box.y,
        x1: box.x + box.w, y1: box.y + box.h });
    for (const [id, at] of plan.place)
      if (!at.run) this.add({ kind: 'card', key: id, at, x0: at.x, y0: at.y, x1: at.x + at.w,
        y1: at.y + at.h });
    for (const edge of edges) this.add(edge);
  }
  add(item) {
    const first = Math.floor(item.y0 / band), last = Math.floor(item.y1 / band);
    if (last - first >= longest) { this.long.push(item); return; }
    for (let k = first; k <= last; ++k) {
      if (!this.bands.has(k)) this.bands.set(k, []);
      this.bands.get(k).push(item);
    }
  }

  // All that meets the rectangle [x0, y0, x1, y1], each once, as it is at `step`.
  draw([x0, y0, x1, y1], step, marks) {
    const tick = ++this.tick, look = (item) => {
      if (item.tick === tick || item.x0 > x1 || item.x1 < x0 || item.y0 > y1 || item.y1 < y0)
        return;
      item.tick = tick;
      const old = this.drawn.get(item.key);
      const made = old || this.make(item);
      if (!old) {
        this.drawn.set(item.key, made);
        this.layers[item.kind].append(made.element);
      }
      made.tick = tick;
      if (made.item !== item) this.move(made, item);
      this[item.kind](made, step, marks);
    };
    this.carries = false;
    this.long.forEach(look);
    for (let k = Math.floor(y0 / band); k <= Math.floor(y1 / band); ++k)
      this.bands.get(k)?.forEach(look);
    for (const [key, made] of this.drawn)
      if (made.tick !== tick) { made.element.remove(); this.drawn.delete(key); }
    if (!this.carries) this.layers.chip.replaceChildren();
  }

  make(item) {
    if (item.kind === 'edge') return { element: svg('path'), name: '' };
    if (item.kind === 'box') return this.makeBox(item.box);
    const card = new Card(this.trace, this.trace.nodes[item.key], this.focusable);
    return { element: card.group, card };
  }
  move(made, item) {
    const from = made.item;
    made.item = item;
    if (item.kind === 'edge') {
      if (from?.path !== item.path) made.element.setAttribute('d', item.path);
      return;
    }
    if (item.kind === 'box' && from && (from.box.w !== item.box.w || from.box.h !== item.box.h)) {
      const again = this.makeBox(item.box);
      made.element.replaceWith(again.element);
      Object.assign(made, again, { state: '' });
    } else if (from && from.x0 === item.x0 && from.y0 === item.y0) return;
    made.element.setAttribute('transform', `translate(${item.x0},${item.y0})`);
  }

  edge(made, step, marks) {
    const { name, carries } = lookOf(this.trace, made.item, step, marks.dimmed);
    if (name !== made.name) made.element.setAttribute('class', made.name = name);
    if (carries) this.carry(made.item.middle, marks.event);
  }

  card(made, step, { event, focus, feeds, picked, near }) {
    const id = made.item.key, node = this.trace.nodes[id];
    const kinds = { forward: 'runs', loss: 'runs', update: 'moved', step: 'moved',
      project: 'moved' };
    let name = 'card';
    if (this.trace.madeAt[id] > step) name += ' ghost';
    if (focus.has(id)) name += ` ${event.kind === 'backward' && id === event.node
      && id !== event.to ? 'source' : kinds[event.kind] || 'receives'}`;
    else if (feeds.has(id)) name += ' feeds';
    if (!node.watched) name += ' still';
    if (id === picked) name += ' picked';
    if (near && !near.has(id)) name += ' dim';
    made.card.dress(name, step);
  }

  makeBox({ run, open, w, h }) {
    const element = svg('g'), head = svg('g', { class: 'head', role: 'button', 'data-run': run.id,
      tabindex: this.focusable ? 0 : -1, 'aria-label': `${open ? 'fold' : 'open'} ${run.name}` });
    head.append(svg('rect', { class: 'hit', width: w, height: open ? 22 : h, rx: 8 }),
      svg('path', { class: 'fold', d: open ? 'M9 7h10l-5 7z' : 'M11 5v10l7-5z' }),
      svg('text', { x: 24, y: 15 }, cut(run.name, w - 32, '600 13px')));
    const bar = svg('rect', { x: 9, y: 44, width: 0, height: 5, rx: 2 });
    if (!open) head.append(svg('text', { class: 'sub', x: 9, y: 35 },
      plural(run.last - run.first + 1, 'node')), bar);
    element.append(svg('rect', { width: w, height: h, rx: 8 }), head);
    return { element, bar };
  }

  box(made, step, { focus }) {
    const { run, open, w } = made.item.box;
    let state = 'box', done = 0, all = 0;
    if (!open) {
      momentsOfRun(this.trace, run);
      const back = countUpTo(run.back, step);
      all = back || countUpTo(run.made, step);
      done = back ? 1 : 0;
      const active = [...focus].some((id) => run.first <= id && id <= run.last);
      state += ` closed${active ? ' active' : all ? '' : ' ghost'}`;
    }
    const now = `${state}/${all}/${done}`;
    if (made.state === now) return;
    made.state = now;
    made.bar.setAttribute('width', ((w - 18) * all) / (run.last - run.first + 1));
    made.bar.setAttribute('class', done ? 'bar back' : 'bar');
    made.element.setAttribute('class', state);
  }

  // What an edge carries back, written on it.
  carry(at, event) {
    const plus = event.had !== undefined;
    const picture = strip(this.trace, event.contribution, event.to, false);
    const text = `${plus ? '+ ' : ''}${picture ? '' : brief(this.trace.value(event.contribution))}`;
    const scale = picture ? Math.min(1, 84 / picture.w) : 1, words = widthOf(text, '700 13px');
    const width = words + 18 + (picture ? picture.w * scale : 0);
    const { chip } = this.layers;
    this.carries = true;
    if (!chip.firstChild)
      chip.append(svg('rect', { rx: 9, height: 20 }), svg('text', { x: 9, y: 14 }));
    const [rect, said] = chip.children;
    let image = chip.children[2];
    rect.setAttribute('width', width);
    write(said, text);
    if (!picture) image?.remove();
    else {
      if (!image) chip.append(image = svg('image', { y: 1, preserveAspectRatio: 'none' }));
      image.setAttribute('x', 9 + words);
      image.setAttribute('width', picture.w * scale);
      image.setAttribute('height', Math.min(18, picture.h));
      image.setAttribute('href', picture.url);
    }
    chip.setAttribute('transform', `translate(${at[0] - width / 2},${at[1] - 10})`);
  }
}
