// The page: loads the traces, joins the panels, and draws the one state.
// Invariant: the address names the step, what is followed and the theme, so a link shows the same.
// Read before: player.js, graph.js, equation.js, touch.js.
import { useDark } from './colour.js';
import { Comparison } from './compare.js';
import { equations } from './equation.js';
import './equation_of_update.js';
import { Graph } from './graph.js';
import { listenToKeys, listenToSwipes } from './keys.js';
import { plural } from './numbers.js';
import { button, element, rewrite } from './place.js';
import { Player } from './player.js';
import { Sheet } from './sheet.js';
import { Source } from './source.js';
import { Steps } from './steps.js';
import { forgetStrips } from './strip.js';
import { Touch } from './touch.js';
import { Trace } from './trace.js';
import { sentence } from './words.js';

const $ = (id) => document.getElementById(id);
const still = matchMedia('(prefers-reduced-motion: reduce)');
const raws = ['trace', 'trace2'].map($).filter(Boolean).map((tag) => JSON.parse(tag.textContent))
  .filter((raw) => raw.events?.length);
const traces = [];
const page = { which: 0, comparison: null, themed: false };

const player = new Player((picking) => draw(picking));
const graph = new Graph($('graph'), (node) => player.pick(node), () => draw());
const go = (step) => player.go(step);
const source = new Source($('source'), go);
const steps = new Steps($('script'), $('search'), $('found'), go);
const touch = new Touch($('touch'), $('inspect'));

const traceOf = (which) => (traces[which] ??= new Trace(raws[which]));

function load(which) {
  page.which = which;
  const trace = traceOf(which);
  player.load(trace);
  source.load(trace);
  steps.load(trace);
  if (page.comparison) compare(true);
  document.title = `${trace.title} · Tape Theatre`;
  $('which').value = which;
  const bar = $('phases');
  bar.replaceChildren();
  for (const { phase, start, end } of trace.phases) {
    const part = element('i', phase, phase);
    part.style.flex = end - start;
    bar.append(part);
  }
  $('slider').max = player.last;
  graph.load(trace);
  graph.fit();
}

function compare(on) {
  page.comparison = on && raws.length > 1
    ? new Comparison(traceOf(page.which), traceOf(1 - page.which)) : null;
  $('compare').setAttribute('aria-pressed', Boolean(page.comparison));
}

// What is picked and followed, with the steps that concern it.
function drawPick() {
  const { trace, picked, follow } = player, bar = $('pick');
  bar.replaceChildren();
  if (follow) bar.append(button(`following the ${follow.kind} of ${
    trace.nodes[follow.node].label} · ${plural(player.followed().length, 'step')} ×`,
  () => player.followNode(-1), 'on'));
  if (picked >= 0) {
    bar.append(element('b', '', trace.nodes[picked].label));
    const made = trace.madeAt[picked];
    bar.append(button(`made: ${made + 1}`, () => go(made)));
    const all = trace.gradientAt[picked];
    all.slice(0, 6).forEach(({ step }, k) => bar.append(button(
      `∂${all.length > 1 ? ` ${k + 1} of ${all.length}` : ''}: ${step + 1}`, () => go(step))));
    if (!(follow?.node === picked && follow.kind === 'value'))
      bar.append(button('follow value', () => player.followNode(picked, 'value')));
    if (all.length && !(follow?.node === picked && follow.kind === 'gradient'))
      bar.append(button('follow gradient', () => player.followNode(picked, 'gradient')));
  }
  bar.hidden = !bar.children.length;
}

function drawControls(text) {
  const { trace, step, timer } = player;
  $('count').textContent = `${step + 1} / ${player.last + 1}`;
  $('slider').value = step;
  $('slider').setAttribute('aria-valuetext', text);
  rewrite($('speed'), 'textContent', `${player.speed}×`);
  if (rewrite($('play'), 'ariaLabel', timer ? 'pause' : 'play'))
    $('play').querySelector('path').setAttribute('d', timer ? 'M6 4h4v16H6zM14 4h4v16h-4z'
      : 'M7 4v16l13-8z');
  rewrite(document.body.dataset, 'phase', trace.phases.find((phase) => step < phase.end).phase);
}

function address() {
  const { follow, step } = player, parts = [];
  if (page.which) parts.push('trace=2');
  parts.push(`step=${step + 1}`);
  if (follow) parts.push(`follow=${follow.kind[0]}${follow.node}`);
  if (page.themed) parts.push(`theme=${document.documentElement.dataset.theme}`);
  const hash = `#${parts.join('&')}`;
  // Browsers refuse more than some addresses a second.
  clearTimeout(page.writing);
  page.writing = setTimeout(() => {
    if (location.hash !== hash) history.replaceState(null, '', hash);
  }, 200);
}

function draw(picking = false) {
  const { trace, step } = player, event = trace.events[step], text = sentence(trace, step);
  // First what reads where things are, then what only writes, then the graph, which scrolls: one
  // layout for each step.
  source.show(event);
  const say = $('say');
  rewrite(say, 'textContent', text);
  rewrite(say, 'className', text.length > 230 ? 'longer' : text.length > 150 ? 'long' : '');
  drawControls(text);
  drawPick();
  if (document.body.dataset.tab === 'steps') steps.show(step);
  const sheet = new Sheet(trace, $('inspect'), go, page);
  equations[event.kind]?.(sheet, event);
  page.comparison?.write(sheet, step);
  sheet.end();
  touch.renew(sheet, event);
  graph.show(step, { picked: player.picked, followed: player.follow?.node ?? -1, look: picking,
    smooth: !picking && !still.matches && !player.timer });
  address();
}

function theme(name) {
  document.documentElement.dataset.theme = name;
  $('theme').textContent = name === 'dark' ? 'light' : 'dark';
  useDark(name === 'dark');
  forgetStrips();
  if (!player.trace) return;
  graph.repaint();
  draw();
}

function fromAddress() {
  const given = new URLSearchParams(location.hash.slice(1));
  const which = given.get('trace') === '2' && raws.length > 1 ? 1 : 0;
  const wanted = given.get('theme');
  if (wanted === 'dark' || wanted === 'light') {
    page.themed = true;
    theme(wanted);
  }
  if (!player.trace || which !== page.which) load(which);
  const follow = /^([vg])(\d+)$/.exec(given.get('follow') || '');
  player.follow = null;
  if (follow && player.trace.nodes[follow[2]]) {
    player.follow = { node: Number(follow[2]), kind: follow[1] === 'v' ? 'value' : 'gradient' };
    player.picked = player.follow.node;
  }
  const step = Math.trunc(Number(given.get('step'))) || 1;
  go(step - 1);
}

function tab(name) {
  document.body.dataset.tab = name;
  for (const other of document.querySelectorAll('[role=tab]'))
    other.setAttribute('aria-selected', other.dataset.tab === name);
  draw();
}

const on = (id, act) => $(id).addEventListener('click', act);
const step = (by) => { player.stop(); player.move(by); };
const toggleTheme = () => {
  page.themed = true;
  theme(document.documentElement.dataset.theme === 'dark' ? 'light' : 'dark');
};
const help = () => { const box = $('help'); box[box.open ? 'close' : 'showModal'](); };
const zoom = (factor) => { graph.setZoom(graph.zoom * factor); draw(); };
const other = () => { if (raws.length > 1) { compare(!page.comparison); draw(); } };
const fold = () => graph.foldAll();

function begin() {
  raws.forEach((raw, k) => {
    const option = element('option', '', raw.title || `trace ${k + 1}`);
    option.value = k;
    $('which').append(option);
  });
  $('which').disabled = raws.length < 2;
  $('compare').hidden = raws.length < 2;
  $('which').addEventListener('change', () => {
    const here = player.step;
    load(Number($('which').value));
    go(here);
  });
  on('first', () => go(0));
  on('last', () => go(player.last));
  on('prev', () => step(-1));
  on('next', () => step(1));
  on('play', () => player.play());
  on('speed', () => player.faster());
  on('theme', toggleTheme);
  on('helpButton', help);
  on('closeHelp', help);
  on('compare', other);
  on('fold', fold);
  on('in', () => zoom(1.25));
  on('out', () => zoom(0.8));
  on('fit', () => { graph.fit(true); draw(); });
  $('slider').addEventListener('input', () => go(Number($('slider').value)));
  for (const button_ of document.querySelectorAll('[role=tab]'))
    button_.addEventListener('click', () => tab(button_.dataset.tab));
  listenToKeys(player, { t: toggleTheme, '?': help, c: other, o: fold, '+': () => zoom(1.25),
    '-': () => zoom(0.8), 0: () => { graph.fit(true); draw(); },
    '/': () => { tab('steps'); $('search').focus(); } });
  listenToSwipes([$('say'), $('right'), $('left')], player);
  addEventListener('hashchange', fromAddress);
  let size = '';
  new ResizeObserver(() => {
    const now = `${innerWidth}x${innerHeight}`;
    graph.measure();
    if (size && size !== now) { graph.fit(); draw(); }
    else if (size) graph.show(player.step, { picked: player.picked,
      followed: player.follow?.node ?? -1 });
    size = now;
  }).observe($('graph'));
  new ResizeObserver(() => {
    const room = $('inspect').clientWidth - 28;
    if (room === page.room) return;
    page.room = room;
    draw();
  }).observe($('right'));
  page.room = $('inspect').clientWidth - 28;
  theme(matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light');
  fromAddress();
  window.theatre = { player, graph, touch, page, go };
}
if (raws.length) begin();
else $('say').textContent = 'This trace is empty: no step was recorded.';
