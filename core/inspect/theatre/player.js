// The one state of the page and what moves it: the step, what is picked, what is followed.
// Invariant: all that is shown follows from this state; `change` is called after each change.
// Read before: trace.js. Read next: keys.js, stage.js.
const speeds = [0.5, 1, 2, 4];

export class Player {
  constructor(change) {
    Object.assign(this, { change, trace: null, step: 0, picked: -1, follow: null, timer: 0,
      speed: 1 });
  }
  load(trace) { Object.assign(this, { trace, step: 0, picked: -1, follow: null }); }
  get last() { return this.trace.events.length - 1; }

  go(step, playing = false) {
    if (!playing) this.stop();
    this.step = Math.max(0, Math.min(this.last, step));
    this.change();
  }

  // The steps of what is followed, or null for all.
  followed() {
    const { follow, trace } = this;
    return follow && (follow.kind === 'value' ? trace.asValue : trace.asGradient)[follow.node];
  }

  move(by, playing = false) {
    const steps = this.followed();
    if (!steps) return this.go(this.step + by, playing);
    const next = by > 0 ? steps.find((step) => step > this.step)
      : steps.findLast((step) => step < this.step);
    if (next !== undefined) this.go(next, playing);
    else this.stop();
  }

  phase(by) {
    const starts = this.trace.phases.map((phase) => phase.start);
    this.go((by > 0 ? starts.find((step) => step > this.step)
      : starts.findLast((step) => step < this.step)) ?? (by > 0 ? this.last : 0));
  }

  followNode(node, kind) {
    const same = this.follow && this.follow.node === node && this.follow.kind === kind;
    this.follow = node >= 0 && !same ? { node, kind } : null;
    this.change();
  }
  pick(node) {
    this.picked = this.picked === node ? -1 : node;
    this.change();
  }
  pickNext(by) {
    const count = this.trace.nodes.length;
    this.picked = this.picked < 0 ? (by > 0 ? 0 : count - 1)
      : Math.max(0, Math.min(count - 1, this.picked + by));
    this.change(true);
  }
  release() {
    this.picked = -1;
    this.follow = null;
    this.change();
  }

  play() {
    if (this.timer) return this.stop();
    if (this.step === this.last) this.step = 0;
    this.timer = setInterval(() => (this.step >= this.last ? this.stop() : this.move(1, true)),
      1500 / this.speed);
    this.change();
  }
  stop() {
    if (!this.timer) return;
    clearInterval(this.timer);
    this.timer = 0;
    this.change();
  }
  faster() {
    this.speed = speeds[(speeds.indexOf(this.speed) + 1) % speeds.length];
    if (this.timer) { this.stop(); this.play(); } else this.change();
  }
}
