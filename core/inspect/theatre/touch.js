// A cell touched, by pointer, finger or arrow keys: what it was summed from lights up, with the
// numbers.
// Invariant: what is shown is computed from the trace's own values; the trace's number stands
// beside the sum, so that a difference would be seen.
// Read before: products.js, equation.js. Read next: stage.js.
import { colour, ink, scaleOf } from './colour.js';
import { binary, broadcastIndex, isRepeated } from './elementwise.js';
import { element } from './place.js';
import { groupBackward, groupForward } from './groups.js';
import { cellText, exact, plural, short, typeset } from './numbers.js';
import { sumOf, termsBackward, termsForward } from './products.js';

const mostTerms = 128, mostBlocks = 8, mostLit = 24;

function indexText(value, index) {
  if (!value.shape.length) return '';
  const at = [];
  for (let d = value.shape.length - 1; d >= 0; --d) {
    at.unshift(index % value.shape[d]);
    index = Math.floor(index / value.shape[d]);
  }
  return `[${at.join(', ')}]`;
}

// The result's or the contribution's terms.
function termsOf(trace, event, role, index) {
  if (event.kind === 'forward' && role === 'result')
    return termsForward(trace, trace.nodes[event.node], index);
  if (event.kind !== 'backward') return null;
  const before = event.before_sum !== undefined && trace.value(event.before_sum);
  const part = trace.value(event.contribution);
  if (role === 'contribution' && before?.data && before.size > part.size) {
    const from = event.before_sum === event.gradient ? 'gradient' : 'before_sum', terms = [];
    before.data.forEach((value, i) => {
      if (broadcastIndex(i, before.shape, part.shape) === index)
        terms.push([{ role: from, index: i, value }]);
    });
    return terms;
  }
  return role === 'contribution' || role === 'new' ? termsBackward(trace, trace.nodes[event.node],
    event.input, trace.value(event.gradient), index) : null;
}

// One cell in all figures of its shape: elementwise ops, sums, moves; a broadcast is undone.
const alike = (figures, figure, index, op) => figures.flatMap((other) => {
  const { shape } = figure.value;
  if (!other.value.data || !other.value.size) return [];
  if (other.value.size === figure.value.size) return [{ figure: other, index }];
  return binary[op] && isRepeated(other.value.shape, shape)
    ? [{ figure: other, index: broadcastIndex(index, shape, other.value.shape) }] : [];
});

// The channel or the row that a cell depends on, of ops that look at all of it.
function groupOf(trace, event, role, index) {
  const node = trace.nodes[event.node];
  if (event.kind === 'forward' && role === 'result') return groupForward(trace, node, index);
  return event.kind === 'backward' && (role === 'contribution' || role === 'new')
    ? groupBackward(trace, node, event.input, trace.value(event.gradient), index) : null;
}

export class Touch {
  constructor(panel, host) {
    Object.assign(this, { panel, host, sheet: null, event: null, at: null });
    host.addEventListener('pointerover', (e) => { if (e.pointerType === 'mouse') this.take(e); });
    // The panel opens over the lower cells: a mouse that it covers has not left what it touched.
    const leave = (e) => { if (e.pointerType === 'mouse' && !this.held
      && ![host, panel].some((part) => part.contains(e.relatedTarget))) this.clear(); };
    host.addEventListener('pointerleave', leave);
    panel.addEventListener('pointerleave', leave);
    panel.addEventListener('pointerenter', () => this.reveal());
    host.addEventListener('click', (e) => { if ((this.held = this.take(e))) this.reveal(); });
    host.addEventListener('keydown', (e) => this.key(e));
  }

  // The touched cell, where the panel covers it. Not while a mouse moves over the cells: what
  // scrolls below it would be touched next.
  reveal() {
    const cell = this.at?.figure.querySelector('.lit, .mark:not([hidden])');
    cell?.scrollIntoView({ block: 'nearest' });
  }

  renew(sheet, event) {
    if (this.at) this.clear();
    Object.assign(this, { sheet, event, held: false, at: null });
    this.panel.hidden = true;
  }

  clear() {
    this.at = null;
    this.panel.hidden = true;
    if (this.sheet) for (const figure of this.sheet.figures) figure.light(new Set(), new Set());
  }

  take(e) {
    const figure = e.target.closest?.('figure');
    if (!figure || !figure.value) return false;
    const index = e.target.indexAt ? e.target.indexAt(e.offsetX, e.offsetY)
      : Number(e.target.dataset.index ?? -1);
    if (!(index >= 0)) return false;
    this.touch(figure, index);
    return true;
  }

  // Arrow keys move the touched cell while a table has the focus.
  key(e) {
    const wrap = e.target.closest?.('.planes'), figure = wrap?.closest('figure');
    const moves = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: 'down', ArrowUp: 'up' };
    if (!figure || !(e.key in moves) || e.ctrlKey || e.metaKey || e.altKey) return;
    const cells = [...wrap.querySelectorAll('[data-index]')];
    const here = cells.findIndex((cell) => this.at?.figure === figure
      && Number(cell.dataset.index) === this.at.index);
    let next = here + moves[e.key];
    if (here < 0) next = 0;
    else if (typeof moves[e.key] === 'string') {
      const box = cells[here].getBoundingClientRect(), down = moves[e.key] === 'down';
      const off = (cell) => (cell.getBoundingClientRect().top - box.top) * (down ? 1 : -1);
      const near = (cell) => Math.abs(cell.getBoundingClientRect().left - box.left);
      const rows = cells.map((cell, i) => ({ i, off: off(cell), near: near(cell) }))
        .filter((cell) => cell.off > 2).sort((a, b) => a.off - b.off || a.near - b.near);
      next = rows.length ? rows.filter((cell) => cell.off < rows[0].off + 4)
        .sort((a, b) => a.near - b.near)[0].i : here;
    }
    e.preventDefault();
    e.stopPropagation();
    if (cells[next]) this.touch(figure, Number(cells[next].dataset.index));
    this.held = true;
    this.reveal();
  }

  touch(figure, index) {
    const { trace, figures } = this.sheet, { role } = figure.dataset;
    this.at = { figure, index };
    const asked = figure.value.size && role;
    const group = asked ? groupOf(trace, this.event, role, index) : null;
    const terms = group ? group.terms : asked ? termsOf(trace, this.event, role, index) : null;
    const lit = new Map(figures.map((other) => [other, new Set()]));
    const among = new Map(figures.map((other) => [other, new Set()]));
    lit.get(figure)?.add(index);
    const light = (parts) => {
      for (const part of parts) {
        for (const other of figures)
          if (other.dataset.role === part.role && part.index >= 0) lit.get(other).add(part.index);
        if (part.from) for (const inner of part.from) light(inner);
      }
    };
    this.panel.replaceChildren();
    const value = figure.value.data[index];
    this.panel.append(element('b', '', `${figure.note || 'cell'} ${indexText(figure.value, index)}`
      + ` = ${typeset(exact(value))}`));
    if (group) {
      light(group.lit);
      for (const { role: name, index: i } of group.among)
        for (const other of figures) if (other.dataset.role === name) among.get(other).add(i);
      for (const line of group.lines) this.panel.append(element('span', 'formula', line));
      if (!terms) this.panel.append(element('span', 'term', `together ${short(group.value, 6)}`));
    }
    if (terms) {
      terms.forEach(light);
      this.sum(terms, value);
    } else if (!group)
      for (const other of alike(figures, figure, index, trace.nodes[this.event.node]?.op)) {
        lit.get(other.figure).add(other.index);
        if (other.figure !== figure) this.panel.append(element('span', 'term',
          `${other.figure.note}: ${typeset(exact(other.figure.value.data[other.index]))}`));
      }
    // Many lit cells would only hide each other.
    for (const [other, indices] of lit)
      if (other !== figure && indices.size > mostLit)
        other.light(new Set(), new Set([...indices, ...among.get(other)]));
      else other.light(indices, among.get(other));
    this.panel.hidden = false;
  }

  // A window beside its kernel, cell by cell; null where the terms have no such order.
  block(terms, name) {
    const [first] = terms, box = element('div', 'block');
    if (terms.length > mostTerms) return null;
    first.forEach((_, k) => {
      const scale = scaleOf({ data: terms.map((term) => term[k].value) });
      const part = element('div', 'plane'), grid = element('div', 'cells tight');
      const columns = first.columns || Math.min(8, terms.length);
      grid.style.gridTemplateColumns = `repeat(${columns}, 26px)`;
      for (const term of terms) {
        const rgb = colour(term[k].value, scale);
        const cell = element('span', '', term[k].index === -1 ? '' : cellText(term[k].value, 26));
        cell.style.cssText = `background:rgb(${rgb});color:${ink(rgb)};height:20px;`
          + 'line-height:20px';
        cell.title = exact(term[k].value);
        grid.append(cell);
      }
      part.append(grid, element('small', '', name(first[k].role)));
      box.append(...(k ? [element('b', '', '·'), part] : [part]));
    });
    if (first.length > 1) box.append(element('b', '', `= ${short(sumOf(terms), 5)}`));
    return box;
  }

  blocks(terms, name) {
    const groups = new Map();
    for (const term of terms) {
      if (!groups.has(term.group)) groups.set(term.group, []);
      groups.get(term.group).push(term);
    }
    for (const [group, members] of [...groups].slice(0, mostBlocks)) {
      if (group) this.panel.append(element('span', 'term', group));
      const box = this.block(members, name);
      if (box) this.panel.append(box);
    }
    if (groups.size > mostBlocks)
      this.panel.append(element('span', 'term', `and ${groups.size - mostBlocks} more`));
  }

  sum(terms, value) {
    const { trace, figures } = this.sheet, node = trace.nodes[this.event.node];
    const notes = new Map(figures.map((figure) => [figure.dataset.role, figure.note]));
    const name = (role) => notes.get(role) || ({ middle: 'middle', share: 'share',
      'middle gradient': 'gradient of the middle' }[role]
      ?? (role.startsWith('in') ? trace.labels(node)[Number(role.slice(2))] : role));
    const product = (term) => term.reduce((all, part) => all * part.value, 1);
    const say = (text) => text && this.panel.append(element('span', 'term', text));
    const forward = this.event.kind === 'forward';
    const pooling = forward && { max_pool2d: 'the largest of', avg_pool2d: 'the mean of',
      max: 'the largest of', min: 'the smallest of', mean: 'the mean of', prod: 'the product of',
      variance: 'the variance of', l2_norm: 'the length of',
      logsumexp: 'log of the sum of exp of' }[node.op];
    const names = new Set(terms.map((term) => term.map((part) => name(part.role)).join(' · ')));
    say(`${pooling || 'the sum of'} ${plural(terms.length, 'term')}${
      pooling ? '' : `: ${[...names].join(' + ')}`}`);
    // What lies between the two kernels of a separable layer comes first.
    terms.forEach((term) => term.forEach((part) => {
      if (part.role !== 'middle' || !forward) return;
      const box = this.block(part.from, name);
      if (!box) return;
      say(`${part.from[0].group}: the middle, computed here, since it was never stored`);
      this.panel.append(box);
    }));
    if (terms.every((term) => term.columns)) this.blocks(terms, name);
    else {
      const used = terms.filter((term) => product(term) !== 0);
      const lines = used.slice(0, mostTerms).map((term) => (term.length > 1
        ? `${term.map((part) => short(part.value)).join(' · ')}` : short(term[0].value)));
      this.panel.append(element('span', 'terms', lines.join('  +  ')));
      say([used.length > mostTerms ? `${used.length - mostTerms} more` : '',
        used.length < terms.length ? `${plural(terms.length - used.length, 'term')} 0` : '']
        .filter(Boolean).join(' · '));
    }
    const outside = terms.filter((term) => term.some((part) => part.index === -1)).length;
    if (outside) say(`${outside} lie outside of the image and count as 0`);
    if (terms.some((term) => term.some((part) => part.role === 'middle gradient')))
      say('the gradient of the middle, between the two kernels, is computed here: never stored');
    if (pooling) return;
    const relu = node.op.endsWith('_relu') && forward;
    say(`together ${short(sumOf(terms), 6)}${
      relu ? `, and relu of it is ${short(value, 6)}` : ''}`);
  }
}
