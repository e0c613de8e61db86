// The user's source beside the graph: the line of the step is lit, a line leads to its first step.
// Invariant: where a file or a line is not known, the panel says so instead of showing another.
// Read before: trace.js. Read next: steps.js.
import { element } from './place.js';

export class Source {
  constructor(host, go) { Object.assign(this, { host, go, shown: null, lit: null }); }

  load(trace) {
    Object.assign(this, { trace, shown: null });
    this.first = new Map();
    trace.events.forEach((event, step) => {
      const { source, line } = trace.place(event), key = `${source}:${line}`;
      if (source >= 0 && !this.first.has(key)) this.first.set(key, step);
    });
  }

  show(event) {
    const { source, line } = this.trace.place(event);
    if (source < 0 && event.node === undefined && this.trace.sources.length) {
      if (this.shown === null || this.shown < 0) this.fill(0);
      this.light(null);
      return;
    }
    if (this.shown !== source) this.fill(source);
    if (source >= 0 && !this.trace.sources[source].lines)
      this.note.textContent = `The source ${this.trace.sources[source].file} is not here. This`
        + ` step: line ${line}.`;
    this.light(this.rows?.[line - 1]);
  }

  fill(source) {
    this.shown = source;
    this.rows = null;
    this.host.replaceChildren(this.note = element('p', 'absent'));
    const file = this.trace.sources[source];
    if (!file) this.note.textContent = 'The trace does not say which line of the source this is.';
    else if (file.lines) {
      this.note.className = 'file';
      this.note.textContent = file.file;
      this.rows = file.lines.map((text, i) => {
        const step = this.first.get(`${source}:${i + 1}`);
        const row = element(step === undefined ? 'div' : 'button', 'line');
        row.append(element('span', 'no', String(i + 1)), element('code', '', text || ' '));
        if (step !== undefined) row.addEventListener('click', () => this.go(step));
        return row;
      });
      this.host.append(...this.rows);
    }
  }

  light(row) {
    if (this.lit === row) return;
    this.lit?.classList.remove('lit');
    row?.classList.add('lit');
    this.lit = row;
    if (!row) return;
    const scroller = this.host.parentElement, top = row.offsetTop - scroller.scrollTop;
    if (top < 30 || top + row.offsetHeight > scroller.clientHeight - 30)
      scroller.scrollTop = row.offsetTop - scroller.clientHeight / 2;
  }
}
