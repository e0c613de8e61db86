#!/usr/bin/env python3
# A touched cell of an op that looks at a whole channel or row: what lights, which numbers are said.
# Of a dense convolution: that the products that are told come to the cell.
#
# Statistics are worked out here anew, from the trace.
# Read before: trace_checks.py. Read next: theatre_test.py.

import json
import math
import re

from trace_checks import MOST_CELLS, data_of

CHANNELS = {"batch_normalization", "batch_normalization_inference", "batch_normalization_mean",
            "batch_normalization_variance"}
ROWS = {"softmax", "log_softmax", "softmax_cross_entropy"}
PRODUCTS = {"conv2d", "conv2d_with_bias"}


def group_of(trace, node, index, forward, k):
    """The flat indices in x that a cell of the result, or of the gradient of input k, is from."""
    x = trace["values"][trace["nodes"][node["inputs"][0]]["value"]]
    shape, given = x["shape"], node.get("attributes") or {}
    axis = given.get("axis", -1) if node["op"] != "softmax_cross_entropy" else -1
    axis += len(shape) if axis < 0 else 0
    extent, inner = shape[axis], math.prod(shape[axis + 1:])
    place = lambda i: i // inner % extent
    if node["op"] in CHANNELS:
        whole = node["op"].startswith("batch_normalization_") and node["op"][-1] != "e" and forward
        own = index if whole or (not forward and k > 0) else place(index)
        if node["op"].endswith(("_mean", "_variance")):
            own = index
        return [i for i in range(math.prod(shape)) if place(i) == own]
    if node["op"] == "softmax_cross_entropy" and forward:
        index *= extent
    return [index + (j - place(index)) * inner for j in range(extent)]


def said(pattern, text):
    found = re.search(pattern, text)
    return found and float(found[1].replace("−", "-"))


def near(a, b):
    return a is not None and (abs(a - b) <= 1e-3 * abs(b) + 1e-12 or (a != a and b != b))


def group_problems(page, trace, event):
    """(cells touched, what is wrong) at the step that the page shows."""
    forward = event["kind"] == "forward"
    node = trace["nodes"][event["node"]] if forward or event["kind"] == "backward" else None
    if node is None or node["op"] not in CHANNELS | ROWS | PRODUCTS:
        return 0, []
    k = event.get("input", 0)
    x = data_of(trace, trace["nodes"][node["inputs"][0]]["value"])
    target = data_of(trace, node["value"] if forward else event["contribution"])
    if not x or not target or len(x) > MOST_CELLS:
        return 0, []
    role, wrong = "result" if forward else "contribution", []
    for index in {0, len(target) // 2, len(target) - 1}:
        seen = page.run(f"touchOne({json.dumps(role)}, {index})")
        if node["op"] in PRODUCTS:
            ranks = [len(trace["values"][trace["nodes"][i]["value"]]["shape"])
                     for i in node["inputs"][:2]]
            if ranks != [4, 4]:  # a user's own op of that name
                return 0, []
            if not near(said(r"together (−?[\d.e−]+)", seen["text"]), target[index]):
                wrong.append(f"{node['op']}, {role}[{index}] is {target[index]}: {seen['text']}")
            continue
        own, text = group_of(trace, node, index, forward, k), seen["text"]
        place = f"{node['op']}, {role}[{index}]"
        if node["op"] in CHANNELS:
            given = [data_of(trace, trace["nodes"][i]["value"]) for i in node["inputs"][3:5]]
            channel = re.search(r"channel (\d+): (\d+) elements?", text)
            mean = math.fsum(x[i] for i in own) / len(own)
            variance = math.fsum((x[i] - mean) ** 2 for i in own) / len(own)
            if given:
                mean, variance = (entry[int(channel[1])] for entry in given)
            if not channel or int(channel[2]) != len(own):
                wrong.append(f"{place}: the channel has {len(own)} elements: {text}")
            if not near(said(r", mean (−?[\d.e−]+)", text), mean):
                wrong.append(f"{place}: the mean is {mean}: {text}")
            if not near(said(r", variance (−?[\d.e−]+)", text), variance):
                wrong.append(f"{place}: the variance is {variance}: {text}")
            through = own if not given else []
            if not forward and k == 2:
                through = []
        else:
            through = own if forward or node["op"] == "softmax_cross_entropy" else []
            total = math.fsum(math.exp(x[i] - max(x[j] for j in own)) for i in own)
            if through and not near(said(r"exp\(x − largest\) = ([\d.e−]+)", text), total):
                wrong.append(f"{place}: the sum is {total}: {text}")
        if seen["wide"]:
            wrong.append(f"{place}: what is said is wider than its place")
        if "together" not in text:
            wrong.append(f"{place}: nothing is said of it: {text}")
        marked = seen["marked"].get("in0", [])
        if through and marked != sorted(through):
            wrong.append(f"{place}: of x {marked} are lit, not {sorted(through)}")
    return len({0, len(target) // 2, len(target) - 1}), wrong
