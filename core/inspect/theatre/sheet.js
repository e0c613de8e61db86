// Where equations are written: titles, rows of figures and signs, facts, ways to other steps.
// Invariant: what a sheet holds is written in order, between its constructor and `end`; elements of
// the sheet before are kept where they are of the same kind.
// Read before: figure.js. Read next: equation.js.
import { figure } from './figure.js';
import { Place, element, rewrite, write } from './place.js';

// Writes figures and signs into `host`, as `put(value id or value, options)`.
export class Sheet {
  constructor(trace, host, go, { room, height }) {
    Object.assign(this, { trace, go, figures: [], tail: [], row: null });
    this.room = Math.max(200, room);
    this.height = height;
    this.y = 0;
    this.place = Place.of(host).begin();
  }
  title(text) {
    this.endRow();
    this.place.text('h2', '', text);
    this.row = this.place.take('row', () => element('div', 'equation'));
    this.inRow = Place.of(this.row).begin();
    this.tall = false;
  }
  endRow() {
    if (!this.row) return;
    this.inRow.end();
    this.row.classList.toggle('tall', this.tall);
    this.row = null;
  }
  put(given, options = {}) {
    const value = typeof given === 'number' ? this.trace.value(given) : given;
    if (!value) return;
    if (value.size !== 1 || !value.data) this.tall = true;
    const made = figure(value, { room: this.room, ...options }, this.inRow);
    Object.assign(made, { value, note: options.note });
    this.figures.push(made);
  }
  node(id, role, options = {}) {
    const label = this.trace.nodes[id].label;
    this.put(this.trace.of(id), { role, note: label, layout: this.trace.layoutOf(id), isValue: true,
      ...options });
  }
  sign(text, words = '') {
    const made = this.inRow.take(words ? 'sign words' : 'sign', () => {
      const sign = element('div', 'sign');
      sign.append(element('b'), ...(words ? [element('span', 'words')] : []));
      return sign;
    });
    write(made.firstChild, text);
    if (words) write(made.lastChild, words);
  }
  // Within the row, of no kind.
  add(...parts) { for (const part of parts) this.inRow.put(part); }
  // Below the row.
  absent(text) { this.place.text('p', 'absent', text); }
  table(rows) {
    for (const [text, step] of rows)
      this.place.text('button', 'jump', text).onclick = () => this.go(step);
  }

  // Loops and facts stand below all else, a comparison included.
  facts(entries) {
    this.tail.push(() => {
      const facts = Place.of(this.place.take('facts', () => element('dl', 'facts'))).begin();
      for (const [name, text] of entries)
        if (text !== '' && text !== undefined) {
          facts.text('dt', '', name);
          facts.text('dd', '', text);
        }
      facts.end();
    });
  }
  loops(text) {
    if (!text) return;
    this.tail.push(() => {
      const made = this.place.take('loops', () => {
        const loops = element('details', 'loops');
        loops.append(element('summary', '', 'As plain loops'), element('pre'));
        loops.addEventListener('toggle', () => { Sheet.loopsOpen = loops.open; });
        return loops;
      });
      write(made.lastChild, text);
      rewrite(made, 'open', Boolean(Sheet.loopsOpen));
    });
  }
  end() {
    this.endRow();
    for (const part of this.tail) part();
    this.place.end();
  }
}
