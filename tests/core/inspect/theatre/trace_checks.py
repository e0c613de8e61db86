#!/usr/bin/env python3
# What a trace promises by itself, and what the page must show of each event.
#
# Sums are recomputed in the dtype of their values: had + contribution = now, and the parts of a
# total give its gradient. Nothing here needs a browser.
# Read before: browser.py. Read next: controls.py.

import base64
import json
import math
import re
import struct

MOST_CELLS = 512  # the page shows larger values as pictures


def trace_of(path, tag="trace"):
    """The trace that a page carries."""
    with open(path, encoding="utf-8") as file:
        found = re.search(rf'<script type="application/json" id="{tag}">(.*?)</script>',
                          file.read(), re.S)
    trace = json.loads(found[1])
    # An index of -1 says the same as a missing key, but for an answer's gradient.
    trace["events"] = [{key: entry for key, entry in event.items()
                        if key in ("gradient", "source") or entry not in (-1, None)}
                       for event in trace["events"]]
    return trace


def number(entry):
    return float(entry)  # "nan", "inf" and "-inf" are words that float() knows


def rounded(x, dtype):
    if dtype != "float32" or math.isnan(x) or math.isinf(x):
        return x
    try:
        return struct.unpack("f", struct.pack("f", x))[0]
    except OverflowError:
        return math.copysign(math.inf, x)


def same(a, b):
    return a == b or (math.isnan(a) and math.isnan(b))


def data_of(trace, index):
    """The numbers of a value; None where the trace does not hold them."""
    value = trace["values"][index]
    if "base64" in value:
        data = base64.b64decode(value["base64"])
        return [x for (x,) in struct.iter_unpack("<f" if value["dtype"] == "float32" else "<d",
                                                 data)]
    if "data" not in value:
        return None
    return [rounded(number(entry), value["dtype"]) for entry in value["data"]]


def sum_problems(trace):
    """(number of sums checked, what is wrong)."""
    checked, problems = 0, []

    def check(what, parts, result):
        nonlocal checked
        columns, wanted = [data_of(trace, part) for part in parts], data_of(trace, result)
        if wanted is None or None in columns:
            return
        dtype = trace["values"][result]["dtype"]
        for i, value in enumerate(wanted):
            total = columns[0][i]
            for column in columns[1:]:
                total = rounded(total + column[i], dtype)
            checked += 1
            if not same(total, value):
                problems.append(f"{what}[{i}]: the parts give {total}, the trace says {value}")

    for k, event in enumerate(trace["events"]):
        if event["kind"] == "backward" and "had" in event:
            check(f"event {k}: now", [event["had"], event["contribution"]], event["now"])
        if event["kind"] == "total" and event.get("gradient", -1) >= 0 and event.get("parts"):
            check(f"event {k}: gradient", event["parts"], event["gradient"])
    return checked, problems


def shown(trace, event):
    """role -> value that the page's equation of an event must show."""
    kind, nodes = event["kind"], trace["nodes"]
    if kind in ("forward", "loss"):
        node = nodes[event["node"]]
        roles = {"result": node["value"]}
        if kind == "forward":
            for k, made in enumerate(node["inputs"]):
                if made >= 0 and node["inputs"].index(made) == k:
                    roles[f"in{k}"] = nodes[made]["value"]
        return roles
    if kind == "seed":
        return {"gradient": event["gradient"]}
    if kind == "backward":
        roles = {"gradient": event["gradient"], "contribution": event["contribution"]}
        if event.get("before_sum", event["gradient"]) != event["gradient"]:
            roles["before_sum"] = event["before_sum"]
        if "had" in event:
            roles.update(had=event["had"], now=event["now"])
            if math.prod(trace["values"][event["had"]]["shape"]) == 1:
                roles["new"] = event["contribution"]
        return roles
    if kind == "total":
        if event.get("gradient", -1) < 0:
            return {}
        roles = {f"part{k}": part for k, part in enumerate(event["parts"])}
        if len(event["parts"]) != 1:
            roles["total"] = event["gradient"]
        return roles
    if kind in ("update", "step", "project"):
        roles = {"before": event["before"], "after": event["after"]}
        if kind == "step" and event.get("gradient", -1) >= 0:
            roles["gradient"] = event["gradient"]
        return roles
    return {}


def main_node(trace, event):
    """The node that must be in sight at an event; None where there is none."""
    kind = event["kind"]
    if kind in ("forward", "seed", "loss"):
        return event["node"]
    if kind == "backward":
        return event["to"]
    nodes = []
    if kind == "pass":
        nodes = event["targets"]
    elif kind == "total":
        nodes = event.get("reads", []) if "variable" in event else [event.get("tensor")]
    elif kind in ("update", "step", "project"):
        nodes = trace["variables"][event["variable"]]["reads"]
    return nodes[0] if nodes else None
