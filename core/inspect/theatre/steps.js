// All steps as a list of sentences: a transcript, searchable, each line a button.
// Invariant: at most `most` lines have elements, whatever the number of steps.
// Read before: words.js. Read next: stage.js.
import { button, element } from './place.js';
import { plural } from './numbers.js';
import { sentence } from './words.js';

const most = 120;

export class Steps {
  constructor(list, search, count, go) {
    Object.assign(this, { list, search, count, go, step: 0 });
    search.addEventListener('input', () => { this.begin = 0; this.find(); });
  }

  load(trace) {
    Object.assign(this, { trace, sentences: null, begin: 0 });
    this.search.value = '';
  }

  find() {
    this.sentences ??= this.trace.events.map((event, step) => sentence(this.trace, step));
    const wanted = this.search.value.trim().toLowerCase();
    this.found = [];
    this.sentences.forEach((text, step) => {
      if (!wanted || text.toLowerCase().includes(wanted)) this.found.push(step);
    });
    this.count.textContent = wanted ? plural(this.found.length, 'step') : '';
    this.draw();
  }

  // Called for each step while the list is in sight.
  show(step) {
    this.step = step;
    if (!this.sentences || !this.found) this.find();
    const at = this.found.indexOf(step);
    if (at >= 0 && (at < this.begin || at >= this.begin + most))
      this.begin = Math.max(0, at - (most >> 1));
    this.draw();
    const lit = this.list.querySelector('.lit'), scroller = this.list.parentElement;
    if (lit) scroller.scrollTop = lit.offsetTop - scroller.clientHeight / 2;
  }

  draw() {
    const rows = [], last = Math.min(this.found.length, this.begin + most);
    const shift = (text, begin) => {
      const row = element('li', 'more');
      row.append(button(text, () => { this.begin = Math.max(0, begin); this.draw(); }));
      rows.push(row);
    };
    if (this.begin > 0) shift(`${this.begin} earlier`, this.begin - most);
    for (const step of this.found.slice(this.begin, last)) {
      const row = element('li', step === this.step ? 'lit' : '');
      row.value = step + 1;
      const line = button(this.sentences[step], () => this.go(step));
      if (step === this.step) line.setAttribute('aria-current', 'step');
      row.append(line);
      rows.push(row);
    }
    if (last < this.found.length) shift(`${this.found.length - last} later`, last);
    this.list.replaceChildren(...rows);
  }
}
