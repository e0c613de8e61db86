// A place that is written anew at each step, from its top. What stands there of the wanted kind is
// kept and only its text changes: elements that are made anew cost the browser most.
// Invariant: after `end` the place holds what was taken since `begin`, in that order; two elements
// of one kind differ in nothing but what each taker writes.
// Read before: page.html. Read next: figure.js.
const mostSpare = 8;  // of one kind: what went out of sight and comes again

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

// Writing the same again would cost the browser as much as something new.
export function rewrite(thing, key, entry) {
  if (thing[key] === entry) return false;
  thing[key] = entry;
  return true;
}
// The text of an element that has nothing else in it.
export function write(made, text) {
  if (made.firstChild) rewrite(made.firstChild, 'data', text);
  else if (text) made.textContent = text;
}

export class Place {
  constructor(host) { Object.assign(this, { host, next: null, spare: new Map() }); }
  static of(host) { return (host.place ??= new Place(host)); }

  begin() {
    this.next = this.host.firstElementChild;
    return this;
  }
  take(kind, make) {
    const old = this.next;
    if (old?.kind === kind) {
      this.next = old.nextElementSibling;
      return old;
    }
    const made = this.spare.get(kind)?.pop() ?? make();
    made.kind = kind;
    if (old) {
      this.next = old.nextElementSibling;
      old.replaceWith(made);
      this.keep(old);
    } else this.host.append(made);
    return made;
  }
  text(tag, name, text) {
    const made = this.take(`${tag} ${name}`, () => element(tag, name));
    write(made, text);
    return made;
  }
  // Something of no kind.
  put(made) { this.take(made, () => made); }
  end() {
    while (this.next) {
      const old = this.next;
      this.next = old.nextElementSibling;
      old.remove();
      this.keep(old);
    }
  }

  keep(old) {
    if (typeof old.kind !== 'string') return;
    if (!this.spare.has(old.kind)) this.spare.set(old.kind, []);
    const same = this.spare.get(old.kind);
    if (same.length < mostSpare) same.push(old);
  }
}
