#!/usr/bin/env python3
# The schema of a trace (core/inspect/trace_json.h), checked key by key: schema_test.py FILE...
#
# FILE is a trace as JSON or a page that carries one. Each object has the keys that it must have and
# no other; each index is one of what it points to; intervals are nested; sums add up.
# Ends with a line `N passed, N failed`. Read before: trace_checks.py.

import json
import sys

sys.dont_write_bytecode = True

from trace_checks import data_of, sum_problems, trace_of

INT, NUMBER, TEXT, FLAG, MAP = (int,), (int, float), (str,), (bool,), (dict,)

# key: (type, what an index points to, whether it must be there)
VALUE = {"shape": ([int], None, True), "dtype": (TEXT, None, True), "data": ([object], None, False),
         "base64": (TEXT, None, False),
         "least": (NUMBER, None, False), "greatest": (NUMBER, None, False),
         "mean": (NUMBER, None, False), "nans": (INT, None, False),
         "infinities": (INT, None, False), "histogram": ([int], None, False)}
VARIABLE = {"name": (TEXT, None, True), "kind": (TEXT, None, True),
            "trainable": (FLAG, None, True), "shape": ([int], None, True),
            "dtype": (TEXT, None, True), "reads": ([int], "nodes", True)}
INTERVAL = {"kind": (TEXT, None, True), "name": (TEXT, None, True), "path": (TEXT, None, True),
            "outer": (INT, "intervals", True), "first": (INT, None, True),
            "last": (INT, None, True)}
PLACE = {"source": (INT, "sources", False), "line": (INT, None, False)}
NODE = {**PLACE, "op": (TEXT, None, True), "name": (TEXT, None, False),
        "inputs": ([int], "nodes", True), "value": (INT, "values", True),
        "watched": (FLAG, None, True), "interval": (INT, "intervals", True),
        "bytes": (INT, None, True), "ns": (INT, None, True), "flops": (NUMBER, None, True),
        "attributes": (MAP, None, False), "variable": (INT, "variables", False),
        "pass": (INT, None, False), "sentence": (TEXT, None, False),
        "expression": (TEXT, None, False)}
EVENT = {**PLACE, "kind": (TEXT, None, True), "ns": (INT, None, True), "at": (INT, None, True)}


def values(*names):
    return {name: (INT, "values", True) for name in names}


def maybe(*names):
    return {name: (INT, "values", False) for name in names}


NODE_OF = {"node": (INT, "nodes", True)}
PASS = {"pass": (INT, None, True)}
VARIABLE_OF = {"variable": (INT, "variables", True)}
MOVE = {"optimizer": (TEXT, None, True), **VARIABLE_OF, **values("before", "after")}
EVENTS = {
    "forward": NODE_OF,
    "pass": {**PASS, "targets": ([int], "nodes", True), "variables": ([int], "variables", True),
             "tensors": ([int], "nodes", True)},
    "seed": {**PASS, **NODE_OF, **values("gradient", "now"), **maybe("had")},
    "backward": {**PASS, **NODE_OF, "to": (INT, "nodes", True), "input": (INT, None, True),
                 **values("gradient", "contribution", "now"), **maybe("had", "before_sum")},
    "total": {**PASS, "variable": (INT, "variables", False), "tensor": (INT, "nodes", False),
              "reads": ([int], "nodes", True), "parts": ([int], "values", True),
              "gradient": (INT, "values", True)},
    "pass_end": PASS,
    "loss": {"owner": (TEXT, None, True), "loss": (TEXT, None, True), **NODE_OF,
             "variable": (INT, "variables", False), **values("value")},
    "update": {"owner": (TEXT, None, True), **VARIABLE_OF, **values("before", "after")},
    "step": {**MOVE, "config": (MAP, None, True), "step": (INT, None, True),
             "rate": (NUMBER, None, True), **values("gradient")},
    "project": {**MOVE, "constraint": (MAP, None, True), "axes": (object, None, False),
                "bound": (NUMBER, None, False), **maybe("norms_before", "norms_after")},
    "step_end": {"optimizer": (TEXT, None, True), "step": (INT, None, True)},
}


def problems_of(thing, schema, trace, where):
    for key in thing:
        if key not in schema:
            yield f"{where}: {key} is not in the schema"
    for key, (kind, points_to, must) in schema.items():
        if key not in thing:
            if must:
                yield f"{where}: {key} must be there"
            continue
        entries = thing[key] if isinstance(kind, list) else [thing[key]]
        of = kind[0] if isinstance(kind, list) else kind
        for entry in entries:
            if not isinstance(entry, of) or (of != FLAG and of is not object and entry is True):
                yield f"{where}: {key} is {entry!r}"
            elif points_to and not -1 <= entry < len(trace[points_to]):
                yield f"{where}: {key} {entry} is none of {len(trace[points_to])} {points_to}"


def problems_in(trace):
    for key in ("schema", "title", "made_by"):
        if not isinstance(trace.get(key), str):
            yield f"{key} must be a text"
    if trace["schema"] != "reel.trace/1":
        yield f"schema {trace['schema']}"
    for source in trace["sources"]:
        if set(source) != {"file", "lines"}:
            yield f"source {source.get('file')}"
    for name, schema in (("values", VALUE), ("variables", VARIABLE), ("intervals", INTERVAL),
                         ("nodes", NODE)):
        for i, thing in enumerate(trace[name]):
            yield from problems_of(thing, schema, trace, f"{name} {i}")
    for i, value in enumerate(trace["values"]):
        size = 1
        for extent in value["shape"]:
            size *= extent
        data = data_of(trace, i)
        if data is not None and len(data) != size:
            yield f"value {i} has {len(data)} numbers for {value['shape']}"
    for i, interval in enumerate(trace["intervals"]):
        outer = interval["outer"]
        if outer >= i:
            yield f"interval {i} is in a later one"
        elif outer >= 0 and interval["first"] <= interval["last"]:
            around = trace["intervals"][outer]
            if interval["first"] < around["first"] or interval["last"] > around["last"]:
                yield f"interval {i} is not inside of {outer}"
    for i, node in enumerate(trace["nodes"]):
        if any(entry >= i for entry in node["inputs"]):
            yield f"node {i} has a later input"
    forward = [event["node"] for event in trace["events"] if event["kind"] == "forward"]
    if forward != list(range(len(trace["nodes"]))):
        yield "each node must run once, in the order of their numbers"
    for i, event in enumerate(trace["events"]):
        yield from problems_of(event, {**EVENT, **EVENTS[event["kind"]]}, trace,
                               f"event {i} ({event['kind']})")


def main():
    passed, failed = 0, 0
    for path in sys.argv[1:]:
        if path.endswith(".json"):
            with open(path, encoding="utf-8") as file:
                trace = json.load(file)
        else:
            trace = trace_of(path)
        found = list(problems_in(trace))
        checked, wrong = sum_problems(trace)
        found += wrong
        print(f"{path}: {len(trace['nodes'])} nodes, {len(trace['events'])} events, "
              f"{checked} sums checked, {len(found)} problems")
        for text in found[:20]:
            print("  " + text)
        passed, failed = passed + (not found), failed + bool(found)
    print(f"{passed} passed, {failed} failed")
    sys.exit(failed > 0 or passed == 0)


main()
