// A node's card: its name, its op, its value, and its gradient when there is one.
// Invariant: a card is made once while it is in sight; `dress` changes only what differs.
// Read before: strip.js. Read next: edges.js.
import { brief } from './numbers.js';
import { strip } from './strip.js';
import { cut, svg, widthOf } from './svg.js';

export const size = { w: 146, h: 62 };

function writeValue(group, trace, value, node, prefix) {
  group.replaceChildren();
  const picture = strip(trace, value, node, !prefix);
  if (!picture) {
    group.append(svg('text', { y: 14 }, cut(prefix + brief(trace.value(value), 2), size.w - 12,
      '650 13.5px')));
    return;
  }
  const left = prefix ? 18 : 0;
  if (prefix) group.append(svg('text', { y: 14 }, prefix));
  group.append(svg('image', { href: picture.url, x: left, width: Math.min(picture.w,
    size.w - 16 - left), height: Math.min(18, picture.h), preserveAspectRatio: 'none' }));
}

export class Card {
  constructor(trace, node, focusable) {
    this.trace = trace;
    this.node = node;
    this.className = this.gradient = null;
    const label = `${node.label}, ${node.op}`;
    this.group = svg('g', { 'data-node': node.id, role: 'button', 'aria-label': label,
      tabindex: focusable ? 0 : -1 });
    const font = '650 13px', name = cut(node.title, size.w - 14, font, 5);
    this.group.append(svg('title', {}, label), svg('rect', { class: 'face', width: size.w,
      height: size.h, rx: 7 }), svg('text', { class: 'name', x: 8, y: 16 }, name));
    const kind = node.again > 0 ? `read ${node.again + 1}` : node.op;
    const room = size.w - 24 - widthOf(name, font);
    if (node.title !== node.op && room > 26)
      this.group.append(svg('text', { class: 'op', x: size.w - 7, y: 16, 'text-anchor': 'end' },
        cut(kind, room, '11.5px')));
    const value = svg('g', { transform: 'translate(8,21)' });
    this.below = svg('g', { transform: 'translate(8,41)' });
    writeValue(value, trace, node.value, node.id, '');
    this.group.append(value, this.below);
  }

  dress(className, step) {
    if (className !== this.className) this.group.setAttribute('class', className);
    this.className = className;
    const changed = this.trace.changed(this.node.id, step);
    const shown = changed || this.trace.gradient(this.node.id, step);
    const value = shown ? shown.value : null;
    if (value === this.gradient) return;
    this.gradient = value;
    if (value === null) this.below.replaceChildren();
    else writeValue(this.below, this.trace, value, this.node.id, changed ? '→ ' : '∂ ');
    this.below.setAttribute('class', changed ? 'below new' : 'below');
  }
}
