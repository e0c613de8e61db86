#!/usr/bin/env python3
# The controls of the page, used as a person would: keys, clicks, a finger; and how long steps take.
#
# Read before: browser.py. Read next: theatre_test.py.

import json
import time

from trace_checks import main_node


def at(page):
    return page.run("theatre.player.step")


def hover(page, name, last, expect):
    """The panel that opens over a touched cell stays, and the cell comes into sight again."""
    for step in range(min(last + 1, 60)):
        page.run(f"theatre.go({step})")
        place = page.run("lowCell()")
        if place:
            break
    else:
        return
    x, y = place
    page.move(x - 500, y)
    page.move(x, y)
    touched = page.run("touchedCell()")
    expect(touched["shown"], f"{name}: the mouse touches a cell")
    for k in range(1, 5):
        page.move(x + k % 2, y)
        now = page.run("touchedCell()")
        expect(now["shown"] and now["index"] == touched["index"],
               f"{name}: what is touched changes below a mouse that stays: {touched}, {now}")
    expect(page.run("touchedCell()")["seen"], f"{name}: the panel covers the touched cell")
    page.move(x - 500, y)
    expect(not page.run("touchedCell()")["shown"], f"{name}: a mouse that leaves lets go")


SETTLE = """new Promise((done) => {
  const graph = document.getElementById('graph');
  let last = '', same = 0;
  const look = () => {
    const now = `${graph.scrollLeft} ${graph.scrollTop}`;
    same = now === last ? same + 1 : 0;
    last = now;
    if (same > 20) done(); else requestAnimationFrame(look);
  };
  look();
  setTimeout(done, 3000);  // a machine that is busy with other things may draw no frames
})"""


def glide(page, name, trace, expect):
    """Steps faster than the graph glides: in the end the last one's node is in sight."""
    last = len(trace["events"]) - 1
    page.motion(True)
    for first in range(0, last - 2, max(1, last // 12)):
        page.run(f"theatre.go({first})")
        for _ in range(3):
            page.key("ArrowRight")
        page.run(SETTLE)
        event = page.run("theatre.player.trace.events[theatre.player.step]")
        main = main_node(trace, event)
        problems = page.run(f"inspectStep({json.dumps(main)}, false)")["problems"]
        expect(not problems, f"{name}: after quick steps from {first + 1}: {problems[:2]}")
    page.motion(False)


def use_controls(page, name, trace, phone, expect):
    """Play, slider, address, follow, fold, theme, search, compare, help, swipe."""
    last = len(trace["events"]) - 1
    page.key("Home")
    expect(at(page) == 0, f"{name}: Home")
    page.key("End")
    expect(at(page) == last, f"{name}: End")
    page.key("PageUp")
    expect(at(page) < last or last == 0, f"{name}: PageUp")
    page.key("Home")
    page.run("for (const _ of [1, 2]) document.getElementById('speed').click()")
    expect(page.run("document.getElementById('speed').textContent") == "4×", f"{name}: speed")
    page.click("#play")
    page.wait("theatre.player.step >= 2")
    page.key(" ", " ")
    here = at(page)
    time.sleep(0.5)
    expect(at(page) == here, f"{name}: the space key pauses")
    middle = last // 2
    page.run(f"(() => {{ const s = document.getElementById('slider'); s.value = {middle};"
             "s.dispatchEvent(new Event('input')); })()")
    expect(at(page) == middle, f"{name}: slider")
    page.wait(f"location.hash.includes('step={middle + 1}')")
    page.run("location.hash = '#step=3'")
    page.wait("theatre.player.step === 2")
    expect(True, "")

    watched = next(i for i, node in enumerate(trace["nodes"]) if node["inputs"])
    page.run(f"theatre.player.pick({watched})")
    page.key("v", "v")
    page.wait("/follow=v/.test(location.hash)")
    page.key("Home")
    steps = page.run("theatre.player.followed()")
    seen = []
    for _ in steps:
        seen.append(at(page))
        page.key("ArrowRight")
    expect(set(seen[1:]) <= set(steps), f"{name}: following a value leaves its steps")
    page.key("Escape")
    expect(page.run("theatre.player.follow") is None, f"{name}: Escape lets go")

    boxes = page.run("theatre.graph.runs.length")
    open_before = page.run("theatre.graph.allOpen")
    if boxes:
        page.key("o", "o")
        expect(page.run("theatre.graph.allOpen") != open_before, f"{name}: o folds or opens")
        if len(trace["nodes"]) <= 60:
            for step in range(last + 1):
                page.run(f"theatre.go({step})")
            expect(not page.messages, f"{name}: folded, all steps: {page.messages[:1]}")
        page.key("o", "o")
    theme = page.run("document.documentElement.dataset.theme")
    page.key("t", "t")
    expect(page.run("document.documentElement.dataset.theme") != theme, f"{name}: theme")
    page.key("t", "t")

    page.click("[data-tab=steps]")
    page.run("(() => { const s = document.getElementById('search'); s.value = 'gradient';"
             "s.dispatchEvent(new Event('input')); })()")
    found = page.run("[...document.querySelectorAll('#script li:not(.more)')].map((l) => "
                     "l.textContent.toLowerCase().includes('gradient'))")
    expect(found and all(found), f"{name}: search")
    page.click("#script li button")
    expect(page.run("document.querySelector('#script .lit') !== null"),
           f"{name}: a step in the list")
    page.click("[data-tab=values]" if phone else "[data-tab=source]")
    page.run("document.activeElement.blur()")
    page.key("?", "?")
    expect(page.run("document.getElementById('help').open"), f"{name}: help opens")
    page.click("#closeHelp")
    page.run("document.activeElement.blur()")
    if page.run("!document.getElementById('compare').hidden"):
        page.key("c", "c")
        for step in range(min(last + 1, 100)):
            page.run(f"theatre.go({step})")
        expect(page.run("document.getElementById('inspect').textContent.includes('The same in') || "
                        "theatre.player.trace.events[theatre.player.step].kind.endsWith('end')"),
               f"{name}: compare")
        page.key("c", "c")
    glide(page, name, trace, expect)
    if not phone:
        hover(page, name, last, expect)
    if phone:
        page.run("theatre.go(2)")
        page.swipe("#say", -150)
        expect(at(page) == 3, f"{name}: a swipe to the left")
        page.swipe("#say", 150)
        expect(at(page) == 2, f"{name}: a swipe to the right")
    # Arrow keys in a table of cells touch its cells instead of stepping.
    if page.run("(() => { const w = document.querySelector('.planes[tabindex]'); w?.focus();"
                "return Boolean(w); })()"):
        here = at(page)
        page.key("ArrowRight")
        page.key("ArrowDown")
        expect(at(page) == here and page.run("!document.getElementById('touch').hidden"),
               f"{name}: arrow keys in a table")


def timings(page):
    """p95 of milliseconds of steps and of far jumps, and how many steps: time of the page's thread
    with the style, layout and painting that they cause, whatever else the machine does."""
    page.call("Performance.enable", timeDomain="threadTicks")
    page.run("location.hash = '#step=1'")

    def spent():
        return {metric["name"]: metric["value"]
                for metric in page.call("Performance.getMetrics")["metrics"]}["TaskDuration"]

    def of_steps(steps):
        times = []
        for step in steps:
            began = spent()
            page.run(f"theatre.go({step}); new Promise((done) => requestAnimationFrame(() => "
                     "setTimeout(done, 0)))")
            times.append(1000 * (spent() - began))
        times.sort()
        return times[int(0.95 * (len(times) - 1))]

    count = page.run("theatre.player.last + 1")
    first, back = min(300, count // 3), int(count * 0.7)
    steps = [*range(first, min(first + 60, count)), *range(back, min(back + 60, count))]
    return of_steps(steps), of_steps([(i * 997) % count for i in range(20)]), len(steps)
