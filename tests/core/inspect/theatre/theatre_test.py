#!/usr/bin/env python3
# Tape Theatre in a real browser, by keyboard, without a network: each page that is given.
#
#   theatre_test.py [--timings] [--pictures FOLDER] PAGE.html...   ends `N passed, N failed`
#
# Each step is visited at two sizes in two themes: no message, no request, nothing cut or outside of
# its place, the node that matters in sight, contrast of at least 4.5, and every number of the event
# in the page and equal to the trace's. Then the controls are used. Last, the test tests itself: a
# trace with one number changed must fail. Exit code 77 without a Chromium: skipped.
# Read before: touch_checks.py, controls.py. Read next: in_page.js.

import argparse
import collections
import copy
import json
import math
import os
import sys
import time

sys.dont_write_bytecode = True  # the tree stays as it is

import browser
from controls import timings, use_controls
from touch_checks import group_problems
from trace_checks import MOST_CELLS, data_of, main_node, number, same, shown, sum_problems, trace_of

SIZES = {"wide": (1280, 720), "phone": (390, 844)}
FEW = 400      # steps that are all visited; of more, some
HERE = os.path.dirname(os.path.abspath(__file__))
passed, problems = 0, []


def expect(condition, text):
    global passed
    if condition:
        passed += 1
    else:
        problems.append(text)


def number_problems(trace, event, seen):
    """(numbers found, what differs) of an event and of what the page shows of it."""
    found, wrong = 0, []
    for role, index in shown(trace, event).items():
        value, figure = trace["values"][index], seen["figures"].get(role)
        if figure is None:
            wrong.append(f"{role} is not shown")
            continue
        data = data_of(trace, index)
        if data is None:
            if "not here" not in figure["text"]:
                wrong.append(f"{role}: nothing says that its numbers are absent")
        elif not data:
            if "Empty" not in figure["text"]:
                wrong.append(f"{role}: nothing says that it is empty")
        elif len(data) > MOST_CELLS:
            if not figure["pictures"]:
                wrong.append(f"{role}: no picture")
        else:
            for i, entry in enumerate(value["data"]):
                title = figure["cells"].get(str(i), "nothing").replace("Infinity", "inf")
                try:
                    if same(float(title), number(entry)):
                        found += 1
                        continue
                except ValueError:
                    pass
                wrong.append(f"{role}[{i}]: {title} is shown, the trace says {entry}")
    if event["kind"] == "project" and "bound" in event and "norms_before" in event:
        for norms in (event["norms_before"], event["norms_after"]):
            for x in data_of(trace, norms) or []:
                if any(same(float(title), x) or abs(float(title) - x) <= 1e-7 * abs(x)
                       for title in seen["norms"] + list(seen["figures"].get("norms_before", {})
                                                         .get("cells", {}).values())):
                    found += 1
                else:
                    wrong.append(f"a norm, {x}, is not shown")
    return found, wrong


def key_of(event):
    # JavaScript writes 0.0 as 0.
    whole = lambda text: int(float(text)) if float(text).is_integer() else float(text)
    return json.dumps(json.loads(json.dumps(event), parse_float=whole), sort_keys=True)


def close_to(a, b):
    return same(a, b) or abs(a - b) <= 2e-4 * max(abs(a), abs(b), 0.05)


def visit(page, name, trace, touch):
    """Every step by keyboard; the lowest contrast, the counts of numbers and of touched groups."""
    with open(os.path.join(HERE, "in_page.js"), encoding="utf-8") as file:
        page.run(file.read() + "; 0")
    count = len(trace["events"])
    expect(page.run("theatre.player.last") == count - 1, f"{name}: the page has all steps")
    steps = range(count)
    if count > FEW:
        steps = [*range(20), *range(count // 2, count // 2 + 20), *range(count - 20, count)]
    lowest, numbers, groups, visited = 99, 0, 0, collections.Counter()
    for step in steps:
        if step and step - 1 in steps:
            page.key("ArrowRight")
        else:
            page.run(f"theatre.go({step})")
        event = page.run("theatre.player.trace.events[theatre.player.step]")
        main = main_node(trace, event)
        seen = page.run(f"inspectStep({json.dumps(main)}, {json.dumps(touch)})")
        place = f"{name}, step {step + 1} ({event['kind']})"
        expect(seen["step"] == step, f"{place}: the page is at {seen['step'] + 1}")
        expect(seen["say"], f"{place}: no sentence")
        for problem in seen["problems"]:
            problems.append(f"{place}: {problem}")
        found, wrong = number_problems(trace, event, seen)
        numbers += found
        expect(not wrong, f"{place}: {wrong[:3]}")
        touched, wrong = group_problems(page, trace, event) if touch else (0, [])
        groups += touched
        expect(not wrong, f"{place}: {wrong[:2]}")
        for said, value in seen["touched"]:
            value = math.nan if value is None else value
            expect(said is None or close_to(said, value), f"{place}: touched: {said}, not {value}")
        lowest = min(lowest, seen["contrast"])
        visited[key_of(event)] += 1
    if count <= FEW:
        expect(visited == collections.Counter(map(key_of, trace["events"])),
               f"{name}: the steps are not the trace's events")
    return lowest, numbers, groups, len(steps)


def changed(trace, index):
    """The trace with another first number in one value."""
    other = copy.deepcopy(trace)
    data = other["values"][index]["data"]
    data[0] = 1.5 if not isinstance(data[0], (int, float)) else data[0] + 1
    return other


def test_itself(page, trace):
    """One number changed: the sums and the comparison with the page must both fail."""
    for step, event in enumerate(trace["events"]):
        if event["kind"] != "backward" or "had" not in event or not data_of(trace, event["now"]):
            continue
        broken = changed(trace, event["now"])
        expect(sum_problems(broken)[1], "a changed sum is not noticed")
        steps = page.run("theatre.player.trace.events.length")
        for k in range(steps):
            page.run(f"theatre.go({k})")
            if page.run("theatre.player.trace.events[theatre.player.step]") == event:
                break
        seen = page.run("inspectStep(null, false)")
        expect(not number_problems(trace, event, seen)[1], "the unchanged number is shown")
        expect(number_problems(broken, event, seen)[1], "a changed number is not noticed")
        return True
    return False


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--timings", action="store_true")
    parser.add_argument("--pictures")
    parser.add_argument("pages", nargs="+")
    options = parser.parse_args()
    path = browser.find()
    if not path:
        print("skipped: no chromium here (REEL_CHROMIUM names one)")
        return 77
    began, tested = time.monotonic(), False
    try:
        chromium = browser.Browser(path)
        chromium.call("Browser.getVersion")
    except (OSError, RuntimeError) as error:
        print(f"skipped: {path} does not start: {error}")
        return 77
    with chromium:
        for file in options.pages:
            trace, title = trace_of(file), os.path.basename(file)
            with open(file, encoding="utf-8") as opened:
                text = opened.read()
            expect("default-src 'none'" in text, f"{title}: no content policy")
            expect("<script src" not in text and "http-equiv=\"refresh" not in text,
                   f"{title}: it loads something")
            sums, wrong = sum_problems(trace)
            expect(not wrong, f"{title}: {wrong[:3]}")
            for size, (width, height) in SIZES.items():
                for theme in ("light", "dark"):
                    name, phone = f"{title} {size} {theme}", size == "phone"
                    page = browser.Page(chromium, width, height, theme, touch=phone)
                    try:
                        page.open(file, "#step=1")
                        lowest, numbers, groups, steps = visit(page, name, trace, theme == "light")
                        if options.pictures:
                            for step in range(0, len(trace["events"]), 6):
                                page.run(f"theatre.go({step})")
                                page.picture(os.path.join(options.pictures, f"{title}-{step + 1}-"
                                                          f"{size}-{theme}.png"))
                        if theme == ("dark" if phone else "light"):
                            use_controls(page, name, trace, phone, expect)
                        if size == "wide" and theme == "light":
                            step, jump, count = timings(page)
                            print(f"{title}: {len(trace['nodes'])} nodes, {len(trace['events'])} "
                                  f"steps, {sums} sums; a step p95 {step:.1f} ms of {count}, a far "
                                  f"jump p95 {jump:.1f} ms")
                            if options.timings:
                                expect(step < 16, f"{name}: a step takes {step:.1f} ms")
                                expect(jump < 100, f"{name}: a jump takes {jump:.1f} ms")
                            if not tested:
                                tested = test_itself(page, trace)
                    except RuntimeError as error:
                        problems.append(f"{name}: {error}")
                        lowest, numbers, groups, steps = 0, 0, 0, 0
                    expect(not page.messages, f"{name}: messages: {page.messages[:3]}")
                    expect(not page.requests, f"{name}: requests: {page.requests[:3]}")
                    page.close()
                    print(f"{name}: {steps} steps, {numbers} numbers, {groups} cells of groups, "
                          f"lowest contrast {lowest:.2f}", flush=True)
    for problem in problems[:60]:
        print("FAILED:", problem)
    print(f"{time.monotonic() - began:.0f} s")
    print(f"{passed} passed, {len(problems)} failed")
    return int(bool(problems))


if __name__ == "__main__":
    sys.exit(main())
