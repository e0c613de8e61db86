// A value as what it is: a number, a table of cells, pictures, or what is left of it.
// Invariant: a cell's title is its number to the last digit; `light` marks cells by flat index, and
// more softly those of a group, and works on tables and on pictures.
// Read before: planes.js. Read next: equation.js.
import { colour, ink, scaleOf } from './colour.js';
import { cellText, exact, exponentOf, plural, powerText, shapeText, short } from './numbers.js';
import { isPicture, paint, planesOf } from './planes.js';

const mostCells = 512, readable = 23;  // pixels of a cell that has its number in it

export function element(tag, name = '', text) {
  const made = document.createElement(tag);
  if (name) made.className = name;
  if (text !== undefined) made.textContent = text;
  return made;
}
export function button(text, act, name = '') {
  const made = element('button', name, text);
  made.addEventListener('click', act);
  return made;
}

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

// Hundreds of cells at each step: as text, which is parsed faster than elements are made. All of
// it is made of numbers.
function table(plane, value, scale, width, exponent, lights) {
  const grid = element('div', width < 28 ? 'cells tight' : 'cells'), unit = 10 ** exponent;
  const indices = [], height = Math.min(width, 28);
  grid.style.cssText = `grid-template-columns:repeat(${plane.columns},${width}px);grid-auto-rows:${
    height}px;line-height:${height}px`;
  let html = '';
  for (let row = 0; row < plane.rows; ++row)
    for (let column = 0; column < plane.columns; ++column) {
      const index = plane.at(row, column), x = value.data[index];
      indices.push(index);
      if (index < 0) { html += '<span></span>'; continue; }
      const rgb = colour(x, scale), text = width >= readable ? cellText(x / unit, width) : '';
      const style = `background-color:rgb(${rgb})${ink(rgb) === '#000' ? '' : ';color:#fff'}`;
      html += `<span data-index="${index}" title="${exact(x)}" style="${style}">${text}</span>`;
    }
  grid.innerHTML = html;
  lights.push((wanted, among) => indices.forEach((index, k) => {
    const { classList } = grid.children[k];
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

function picture(plane, value, scale, zooms, lights) {
  const box = element('div', 'picture'), canvas = element('canvas');
  canvas.width = plane.columns;
  canvas.height = plane.rows;
  canvas.style.cssText = `width:${plane.columns * zooms.x}px;height:${plane.rows * zooms.y}px`;
  const context = canvas.getContext('2d');
  const image = context.createImageData(plane.columns, plane.rows);
  paint(image, plane, value, scale, colour);
  context.putImageData(image, 0, 0);
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

export function figure(value, { role = '', layout = '', scale = 0, room = 320, note = '',
  isValue = false } = {}) {
  const box = element('figure', 'value'), lights = [];
  box.dataset.role = role;
  box.light = (wanted, among) => lights.forEach((light) => light(wanted, among));
  scale ||= scaleOf(value) * (isValue && isPicture(value, layout) ? -1 : 1);
  let caption = note;
  if (!value.data) box.append(summary(value));
  else if (value.size === 0) box.append(element('p', 'absent', 'Empty: it has no elements.'));
  else if (value.size === 1) {
    const number = element('span', 'number', short(value.data[0], 7));
    number.title = exact(value.data[0]);
    number.dataset.index = 0;
    lights.push((wanted) => number.classList.toggle('lit', wanted.has(0)));
    box.append(number);
  } else {
    const { planes, more } = planesOf(value, layout), wrap = element('div', 'planes');
    const few = value.size <= mostCells, least = Math.abs(scale);
    const exponent = few && least > 1e-29 ? exponentOf(least) : 0;
    if (exponent) caption += ` · cells × ${powerText(exponent)}`;
    const { across, width, own } = arrangement(planes, few ? 3 : 4, few, room);
    wrap.style.gridTemplateColumns = `repeat(${across}, max-content)`;
    planes.forEach((plane, k) => {
      const part = element('div', 'plane');
      if (own && plane.group !== planes[k - 1]?.group) part.style.gridColumn = 1;
      part.append(few ? table(plane, value, scale, width, exponent, lights)
        : picture(plane, value, scale, zoomOf(plane, room / across - 8, planes.length === 1),
          lights));
      if (plane.label) part.append(element('small', '', plane.label));
      wrap.append(part);
    });
    if (few) {
      wrap.tabIndex = 0;
      wrap.setAttribute('role', 'group');
      wrap.setAttribute('aria-label', `${note}: cells, moved through with the arrow keys`);
    }
    box.append(wrap);
    if (more) box.append(element('small', '', `and ${more} more`));
  }
  if (value.size !== 1 || !value.data)
    caption += `${caption ? ' · ' : ''}${shapeText(value.shape)}${
      value.data && value.size > 3 ? rangeText(value) : ''}`;
  box.append(element('figcaption', '', caption));
  return box;
}
