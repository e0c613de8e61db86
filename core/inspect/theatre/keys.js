// Keyboard and swipes.
// Invariant: a key does nothing while a text is typed, and never takes a shortcut of the browser.
// Read before: player.js. Read next: stage.js.
export function listenToKeys(player, actions) {
  const keys = {
    ArrowRight: () => { player.stop(); player.move(1); },
    ArrowLeft: () => { player.stop(); player.move(-1); },
    ArrowDown: () => player.pickNext(1), ArrowUp: () => player.pickNext(-1),
    Home: () => player.go(0), End: () => player.go(player.last),
    PageDown: () => player.phase(1), PageUp: () => player.phase(-1),
    ' ': () => player.play(), Escape: () => player.release(),
    v: () => player.followNode(player.picked, 'value'),
    g: () => player.followNode(player.picked, 'gradient'), ...actions };
  addEventListener('keydown', (e) => {
    if (e.ctrlKey || e.metaKey || e.altKey || !Object.hasOwn(keys, e.key)) return;
    if (e.target.matches?.('select, input:not([type=range]), dialog *')) return;
    if (e.key === ' ' && e.target.matches?.('button, summary')) return;
    e.preventDefault();
    keys[e.key]();
  });
  // What is drawn as a button in the graph answers like one.
  addEventListener('keydown', (e) => {
    if (e.key !== 'Enter' || !e.target.matches?.('svg [role=button]')) return;
    e.target.dispatchEvent(new MouseEvent('click', { bubbles: true }));
  });
}

// A finger drawn sideways over what does not scroll sideways itself: the next step, or the last.
export function listenToSwipes(areas, player) {
  for (const area of areas) {
    let from = null;
    area.addEventListener('touchstart', (e) => {
      from = e.touches.length === 1 ? [e.touches[0].clientX, e.touches[0].clientY] : null;
    }, { passive: true });
    area.addEventListener('touchend', (e) => {
      if (!from) return;
      const touch = e.changedTouches[0];
      const across = touch.clientX - from[0], down = touch.clientY - from[1];
      from = null;
      if (Math.abs(across) < 45 || Math.abs(across) < 1.6 * Math.abs(down)) return;
      player.stop();
      player.move(across < 0 ? 1 : -1);
    }, { passive: true });
  }
}
