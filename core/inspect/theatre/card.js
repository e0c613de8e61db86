// A node's card: its name, its op, its value, and its gradient when there is one.
// Invariant: a card is made once while it is in sight; `dress` changes only what differs.
// Read before: strip.js. Read next: edges.js.
import { brief } from './numbers.js';
import { write } from './place.js';
import { strip } from './strip.js';
import { cut, svg, widthOf } from './svg.js';

export const size = { w: 146, h: 62 };

// A value as text, as a picture, or as a picture behind a sign; what is there is written again.
function writeValue(group, trace, value, node, prefix) {
  const picture = strip(trace, value, node, !prefix);
  let text = group.querySelector('text'), image = group.querySelector('image');
  if (!picture) image?.remove();
  if (picture && !prefix) text?.remove();
  else {
    if (!text) group.prepend(text = svg('text', { y: 14 }));
    write(text, picture ? prefix : cut(prefix + brief(trace.value(value), 2), size.w - 12,
      '650 13.5px'));
  }
  if (!picture) return;
  const left = prefix ? 18 : 0;
  if (!image) group.append(image = svg('image', { x: left, preserveAspectRatio: 'none' }));
  image.setAttribute('width', Math.min(picture.w, size.w - 16 - left));
  image.setAttribute('height', Math.min(18, picture.h));
  image.setAttribute('href', picture.url);
}

// All that cards have, to be copied.
const pattern = svg('g', { role: 'button' });
pattern.append(svg('title'), svg('rect', { class: 'face', width: size.w, height: size.h, rx: 7 }),
  svg('text', { class: 'name', x: 8, y: 16 }), svg('g', { transform: 'translate(8,21)' }),
  svg('g', { transform: 'translate(8,41)' }));

export class Card {
  constructor(trace, node, focusable) {
    this.trace = trace;
    this.node = node;
    this.className = this.gradient = null;
    const label = `${node.label}, ${node.op}`;
    this.group = pattern.cloneNode(true);
    const [title, , text, value, below] = this.group.children;
    this.below = below;
    this.group.dataset.node = node.id;
    this.group.setAttribute('aria-label', label);
    this.group.setAttribute('tabindex', focusable ? 0 : -1);
    const font = '650 13px', name = cut(node.title, size.w - 14, font, 5);
    title.textContent = label;
    text.textContent = name;
    const kind = node.again > 0 ? `read ${node.again + 1}` : node.op;
    const room = size.w - 24 - widthOf(name, font);
    if (node.title !== node.op && room > 26)
      text.after(svg('text', { class: 'op', x: size.w - 7, y: 16, 'text-anchor': 'end' },
        cut(kind, room, '11.5px')));
    writeValue(value, trace, node.value, node.id, '');
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
    const name = changed ? 'below new' : 'below';
    if (name !== this.belowName) this.below.setAttribute('class', this.belowName = name);
  }
}
