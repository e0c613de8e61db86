// What the tests ask of the page at one step, in one call.
// Invariant: it changes nothing but what it touches and lets go of again.
// Read before: theatre_test.py. Read next: browser.py.
window.inspectStep = (main, touch) => {
  const find = (id) => document.getElementById(id);
  const out = { step: theatre.player.step, say: find('say').textContent, figures: {},
    problems: [] };
  out.event = theatre.player.trace.events[theatre.player.step];
  for (const figure of document.querySelectorAll('#inspect figure[data-role]')) {
    const cells = {};
    for (const cell of figure.querySelectorAll('[data-index]'))
      cells[cell.dataset.index] = cell.title;
    const pictures = figure.querySelectorAll('canvas').length;
    out.figures[figure.dataset.role] ??= { cells, text: figure.textContent, pictures };
  }
  out.norms = [...document.querySelectorAll('.norm span[title]')].map((span) => span.title);
  const problem = (text) => out.problems.push(text);
  const root = document.documentElement;
  if (root.scrollWidth > innerWidth || root.scrollHeight > innerHeight) problem('the page scrolls');
  for (const id of ['inspect', 'say', 'pick', 'touch']) {
    const box = find(id);
    if (box.scrollWidth > box.clientWidth + 1) problem(`#${id} is wider than its place`);
  }
  for (const box of document.querySelectorAll('#say, header, footer'))
    if (box.scrollHeight > box.clientHeight + 1 || box.scrollWidth > box.clientWidth + 1)
      problem(`${box.id || box.tagName} is cut: ${box.textContent.slice(0, 60)}`);
  for (const part of document.querySelectorAll('header > *, footer > *, .zoom, .tabs > *'))
    if (part.getBoundingClientRect().right > innerWidth + 1)
      problem(`${part.id || part.className} is outside of the window`);
  if (/undefined|\[object|null\b/.test(find('say').textContent + find('inspect').textContent))
    problem(`a word of JavaScript: ${/.{20}(undefined|\[object|null\b)/.exec(
      find('say').textContent + find('inspect').textContent)?.[0]}`);
  if (main !== null) {
    const card = document.querySelector(`#graph [data-node="${main}"] .face`)
      || document.querySelector('#graph .box.active > rect');
    const r = card?.getBoundingClientRect(), g = find('graph').getBoundingClientRect();
    if (!r) problem(`node ${main} is not drawn`);
    else if (r.left < g.left - 3 || r.right > g.right + 3 || r.top < g.top - 3
      || r.bottom > g.bottom + 3)
      problem(`node ${main} is outside of the graph's viewport`);
  }
  out.contrast = contrast(problem);
  out.touched = touch ? touchCells() : [];
  return out;
};

// A few cells of the result and of the contribution: [what is said of the sum, the cell's number].
function touchCells() {
  const said = [], all = document.querySelectorAll('figure[data-role=result], '
    + 'figure[data-role=contribution]');
  for (const figure of all) {
    const size = figure.value?.data?.length || 0;
    for (const index of new Set([0, size >> 1, size - 1])) {
      if (index < 0 || index >= size) continue;
      theatre.touch.touch(figure, index);
      const text = document.getElementById('touch').textContent;
      const together = /together (−?[\d.e∞−]+|NaN)/.exec(text);
      if (together && !text.includes('relu of it'))
        said.push([Number(together[1].replace(/−/g, '-')), figure.value.data[index]]);
    }
  }
  theatre.touch.clear();
  return said;
}

// The middle of a cell that the panel of a touched cell would cover; null where there is none.
window.lowCell = () => {
  const inspect = document.getElementById('inspect').getBoundingClientRect();
  for (const cell of document.querySelectorAll('#inspect .cells [data-index]')) {
    const { left, right, top, bottom } = cell.getBoundingClientRect();
    if (bottom < inspect.bottom && top > inspect.bottom - 60 && left > inspect.left)
      return [(left + right) / 2, (top + bottom) / 2];
  }
  return null;
};
// Whether the panel is there, and whether the cell that it is about can be seen.
window.touchedCell = () => {
  const { at } = theatre.touch, cell = at && at.figure.querySelector('.lit');
  const box = cell?.getBoundingClientRect();
  const inspect = document.getElementById('inspect').getBoundingClientRect();
  return { shown: !document.getElementById('touch').hidden, index: at?.index,
    seen: Boolean(box) && box.top >= inspect.top - 1 && box.bottom <= inspect.bottom + 1 };
};

// What is said when a cell is touched, and which cells light in each figure, softly or not.
window.touchOne = (role, index) => {
  const figure = document.querySelector(`#inspect figure[data-role=${role}]`), marked = {};
  theatre.touch.touch(figure, index);
  for (const other of document.querySelectorAll('#inspect figure[data-role]'))
    marked[other.dataset.role] = [...other.querySelectorAll('.lit, .among')]
      .map((cell) => Number(cell.dataset.index)).sort((a, b) => a - b);
  const { textContent: text } = document.getElementById('touch');
  const wide = document.getElementById('touch').scrollWidth
    > document.getElementById('touch').clientWidth + 1;
  theatre.touch.clear();
  return { text, marked, wide };
};

const seen = new Map();
const canvas = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
function rgb(text) {
  canvas.clearRect(0, 0, 1, 1);
  canvas.fillStyle = text;
  canvas.fillRect(0, 0, 1, 1);
  return [...canvas.getImageData(0, 0, 1, 1).data];
}
const linear = (v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
const luminance = ([r, g, b]) =>
  0.2126 * linear(r / 255) + 0.7152 * linear(g / 255) + 0.0722 * linear(b / 255);

// The lowest contrast of texts with what is behind them; each look is measured once.
function contrast(problem) {
  let lowest = 99;
  for (const element of document.querySelectorAll('body *')) {
    if (['SCRIPT', 'STYLE', 'OPTION', 'NOSCRIPT', 'title'].includes(element.tagName)) continue;
    if (![...element.childNodes].some((n) => n.nodeType === 3 && n.textContent.trim())) continue;
    if (element.closest('.ghost, .dim, dialog:not([open])')) continue;
    const name = (e) => e.className?.baseVal ?? e.className;
    const look = [document.documentElement.dataset.theme, document.body.dataset.phase,
      element.tagName, name(element), element.style.cssText, name(element.parentElement),
      name(element.parentElement.parentElement), element.parentElement.parentElement.id].join('|');
    if (!seen.has(look)) {
      if (!element.checkVisibility({ checkVisibilityCSS: true, checkOpacity: true })) continue;
      seen.set(look, measure(element));
    }
    const ratio = seen.get(look);
    if (ratio < 4.5)
      problem(`contrast ${ratio.toFixed(2)} of “${element.textContent.slice(0, 20)}” (${look})`);
    lowest = Math.min(lowest, ratio);
  }
  return lowest;
}
function measure(element) {
  const isSvg = element.namespaceURI.includes('svg');
  let ground = [255, 255, 255];
  for (let e = element; e; e = e.parentElement) {
    const shape = isSvg && e.matches('.card, .chip, .box.closed') && e.querySelector('rect');
    const colour = rgb(shape ? getComputedStyle(shape).fill : getComputedStyle(e).backgroundColor);
    if (colour[3] < 255) continue;
    ground = colour;
    break;
  }
  const style = getComputedStyle(element);
  const a = luminance(rgb(isSvg ? style.fill : style.color)), b = luminance(ground);
  return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
}
