// A value as what it is: a number, a table of cells, pictures, or what is left of it.
// Invariant: a cell's title is its number to the last digit; `light` marks cells by flat index, and
// more softly those of a group, and works on tables and on pictures.
// Read before: planes.js, place.js. Read next: sheet.js.
import { cellLook, colour, scaleOf } from './colour.js';
import { cellText, exact, exponentOf, plural, powerText, shapeText, short } from './numbers.js';
import { element, rewrite, write } from './place.js';
import { isPicture, paint, planesOf } from './planes.js';

const mostCells = 512, readable = 23;  // pixels of a cell that has its number in it

const rangeText = (value) => {
  let least = Infinity, greatest = -Infinity;
  for (const x of value.data) {
    if (x < least) least = x;
    if (x > greatest) greatest = x;
  }
  return least <= greatest ? ` · ${short(least, 3)} … ${short(greatest, 3)}` : '';
};

// Beyond the budget of the trace: its range, its mean and sixteen counts.
function summary(value) {
  const box = element('div', 'summary');
  box.append(element('p', 'absent', 'Too large for the trace: its numbers are not here.'));
  const facts = ['least', 'greatest', 'mean'].filter((key) => value[key] !== undefined)
    .map((key) => `${key} ${typeof value[key] === 'number' ? short(value[key]) : value[key]}`);
  if (value.nans) facts.push(`${value.nans} NaN`);
  if (value.infinities) facts.push(plural(value.infinities, 'infinity', 'infinities'));
  const { least = 0, greatest = 0, histogram } = value;
  if (histogram) {
    const bars = element('div', 'histogram'), top = Math.max(...histogram, 1);
    histogram.forEach((count, k) => {
      const bar = element('i'), from = least + (k / histogram.length) * (greatest - least);
      bar.style.height = `${100 * Math.sqrt(count / top)}%`;  // else a peak hides all others
      bar.style.background = `rgb(${colour(from, Math.max(Math.abs(least), Math.abs(greatest)))})`;
      bar.title = `${count} from ${short(from, 3)}`;
      bars.append(bar);
    });
    box.append(bars);
  }
  box.append(element('p', '', facts.join(' · ')));
  return box;
}

// Hundreds of cells: as text, which is parsed faster than elements are made. What the numbers are is
// written by the painter, and only where it changes.
function table(plane, width, { lights, painters }) {
  const grid = element('div', width < 28 ? 'cells tight' : 'cells'), height = Math.min(width, 28);
  grid.style.cssText = `grid-template-columns:repeat(${plane.columns},${width}px);grid-auto-rows:${
    height}px;line-height:${height}px`;
  const indices = [];
  let html = '';
  for (let row = 0; row < plane.rows; ++row)
    for (let column = 0; column < plane.columns; ++column) {
      const index = plane.at(row, column);
      indices.push(index);
      html += index < 0 ? '<span></span>' : `<span data-index="${index}"> </span>`;
    }
  grid.innerHTML = html;
  const cells = [...grid.children], looks = [];
  painters.push((value, scale, unit) => indices.forEach((index, k) => {
    if (index < 0) return;
    const x = value.data[index], look = cellLook(x, scale), cell = cells[k];
    if (looks[k] !== look) cell.style.cssText = looks[k] = look;
    rewrite(cell.firstChild, 'data', width >= readable ? cellText(x / unit, width) : '');
    cell.title = exact(x);
  }));
  lights.push((wanted, among) => indices.forEach((index, k) => {
    const { classList } = cells[k];
    classList.toggle('lit', wanted.has(index));
    classList.toggle('among', among.has(index) && !wanted.has(index));
  }));
  return grid;
}

// How many planes stand side by side, and how wide a cell is: so many that numbers can be read,
// the planes of one image (`own`) in rows of their own, of equal length where that goes.
function arrangement(planes, most, few, room) {
  const group = planes.filter((plane) => plane.group === planes[0].group).length;
  const own = group > 1 && planes[0].group !== undefined;
  const widest = Math.max(...planes.map((plane) => plane.columns));
  const widthOf = (across) => Math.floor((room - (across - 1) * 10 - across * (widest + 1))
    / (across * widest));
  const counts = [];
  for (let n = Math.min(most, own ? group : planes.length); n > 0; --n) counts.push(n);
  const legible = counts.filter((n) => widthOf(n) >= readable && n * 2 >= Math.min(most, 4));
  const across = few ? legible.find((n) => group % n === 0) ?? legible[0] ?? counts[0] : counts[0];
  return { across, own, width: Math.max(12, Math.min(planes.length === 1 ? 58 : 34,
    widthOf(across))) };
}

// `room` pixels wide at most. Pixels are square, but in what is much longer than wide or wider
// than long.
function zoomOf({ rows, columns }, room, alone) {
  if (Math.max(rows, columns) > 5 * Math.min(rows, columns))
    return { x: Math.min(12, room / columns), y: Math.min(12, 220 / rows) };
  const zoom = Math.max(1, Math.floor((alone ? 200 : 72) / Math.max(rows, columns)));
  return { x: Math.min(zoom, room / columns), y: Math.min(zoom, 300 / rows) };
}

function picture(plane, zooms, { lights, painters }) {
  const box = element('div', 'picture'), canvas = element('canvas');
  canvas.width = plane.columns;
  canvas.height = plane.rows;
  canvas.style.cssText = `width:${plane.columns * zooms.x}px;height:${plane.rows * zooms.y}px`;
  const context = canvas.getContext('2d');
  const image = context.createImageData(plane.columns, plane.rows);
  painters.push((value, scale) => {
    paint(image, plane, value, scale, colour);
    context.putImageData(image, 0, 0);
  });
  canvas.indexAt = (x, y) => plane.at(Math.floor(y / zooms.y),
    Math.floor(x / zooms.x));
  const mark = element('i', 'mark'), wider = element('i', 'mark wider');
  mark.hidden = wider.hidden = true;
  box.append(canvas, wider, mark);
  lights.push((...both) => [mark, wider].forEach((frame, k) => {
    const wanted = both[k];
    let top = Infinity, left = Infinity, bottom = -1, right = -1;
    for (let row = 0; row < plane.rows; ++row)
      for (let column = 0; column < plane.columns; ++column)
        if (wanted.has(plane.at(row, column))) {
          top = Math.min(top, row); bottom = Math.max(bottom, row + 1);
          left = Math.min(left, column); right = Math.max(right, column + 1);
        }
    frame.hidden = bottom < 0;
    if (bottom >= 0)
      frame.style.cssText = `top:${top * zooms.y}px;left:${left * zooms.x}px;width:${
        (right - left) * zooms.x}px;height:${(bottom - top) * zooms.y}px`;
  }));
  return box;
}

// The planes of a value side by side, all sizes given: then the browser need not ask the cells for
// them.
function tables({ planes, more }, few, { across, width, own }, room) {
  const made = framed(), wrap = element('div', 'planes'), [first] = planes;
  const zooms = few ? null : zoomOf(first, room / across - 8, planes.length === 1);
  const wide = Math.ceil(few ? first.columns * (width + 1) + 1 : first.columns * zooms.x);
  wrap.style.gridTemplateColumns = `repeat(${across},${wide}px)`;
  if (across * (wide + 10) - 10 > room) wrap.classList.add('wide');
  planes.forEach((plane, k) => {
    const part = element('div', 'plane');
    if (own && plane.group !== planes[k - 1]?.group) part.style.gridColumn = 1;
    part.append(few ? table(plane, width, made) : picture(plane, zooms, made));
    if (plane.label) part.append(element('small', '', plane.label));
    wrap.append(part);
  });
  if (few) {
    wrap.tabIndex = 0;
    wrap.setAttribute('role', 'group');
  }
  made.prepend(wrap);
  if (more) wrap.after(element('small', '', `and ${more} more`));
  return made;
}

// A figure with its caption: `light` marks its cells, `painters` write a value into them.
function framed(...parts) {
  const made = element('figure', 'value'), lights = [], painters = [];
  made.append(...parts, element('figcaption'));
  made.light = (wanted, among) => lights.forEach((light) => light(wanted, among));
  return Object.assign(made, { lights, painters });
}

function single() {
  const number = element('span', 'number', ' '), made = framed(number);
  number.dataset.index = 0;
  made.lights.push((wanted) => number.classList.toggle('lit', wanted.has(0)));
  made.painters.push(({ data: [x] }) => {
    write(number, short(x, 7));
    number.title = exact(x);
  });
  return made;
}

// Takes `place` for a value; what stands there is kept where it has the same shape.
export function figure(value, { role = '', layout = '', scale = 0, room = 320, note = '',
  isValue = false } = {}, place) {
  let caption = note, made, unit = 1;
  scale ||= scaleOf(value) * (isValue && isPicture(value, layout) ? -1 : 1);
  if (!value.data) place.put(made = framed(summary(value)));
  else if (value.size === 0)
    place.put(made = framed(element('p', 'absent', 'Empty: it has no elements.')));
  else if (value.size === 1) made = place.take('number', single);
  else {
    const few = value.size <= mostCells, least = Math.abs(scale);
    const exponent = few && least > 1e-29 ? exponentOf(least) : 0;
    unit = 10 ** exponent;
    if (exponent) caption += ` · cells × ${powerText(exponent)}`;
    made = place.take(`${layout} ${value.shape} ${room}`, () => {
      const all = planesOf(value, layout);
      return tables(all, few, arrangement(all.planes, few ? 3 : 4, few, room), room);
    });
    if (few) rewrite(made.firstChild, 'ariaLabel',
      `${note}: cells, moved through with the arrow keys`);
  }
  for (const painter of made.painters) painter(value, scale, unit);
  rewrite(made.dataset, 'role', role);
  if (value.size !== 1 || !value.data)
    caption += `${caption ? ' · ' : ''}${shapeText(value.shape)}${
      value.data && value.size > 3 ? rangeText(value) : ''}`;
  write(made.lastChild, caption);
  return made;
}
