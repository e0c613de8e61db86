#!/usr/bin/env python3
# A page with what is rare in a trace, made of the page of the hand example.
#
#   corner_pages.py HAND.html TO.html
#
# Ops of a user's that have the names of others and one input; the answer for a source that the
# program never used; a target's own gradient, of two seeds; a step of a variable that no op read.
# Read before: trace_checks.py. Read next: theatre_test.py.

import json
import re
import sys

sys.dont_write_bytecode = True  # the tree stays as it is

source, to = sys.argv[1:]
with open(source, encoding="utf-8") as file:
    page = file.read()
found = re.search(r'(<script type="application/json" id="trace">)(.*?)(</script>)', page, re.S)
trace = json.loads(found[2])
values, nodes, events = trace["values"], trace["nodes"], trace["events"]


def value(*data):
    values.append({"shape": [len(data)], "dtype": "float32", "data": data})
    return len(values) - 1


last = max(i for i, event in enumerate(events) if event["kind"] == "forward")
y = events[last]["node"]
own = []
for op in ("conv2d", "matmul", "mul", "where"):
    nodes.append({**nodes[y], "op": op, "inputs": [y], "name": ""})
    own.append({**events[last], "node": len(nodes) - 1})
events[last + 1:last + 1] = own

one = value(1)
end = next(i for i, event in enumerate(events) if event["kind"] == "pass_end")
answer = {**events[end], "kind": "total"}
events[end:end] = [
    {**answer, "reads": [], "parts": [], "gradient": -1},
    {**answer, "tensor": y, "reads": [y, y], "parts": [one, one], "gradient": value(2)}]

trace["variables"].append({"name": "never read", "kind": "none", "trainable": True, "shape": [1],
                           "dtype": "float32", "reads": []})
events += [{"kind": "step", "ns": 0, "at": 0, "optimizer": "SGD", "config": {}, "step": 1,
            "rate": 1, "variable": len(trace["variables"]) - 1, "gradient": one,
            "before": value(3), "after": value(2)},
           {"kind": "step_end", "ns": 0, "at": 0, "optimizer": "SGD", "step": 1}]

text = json.dumps(trace).replace("<", "\\u003c")
with open(to, "w", encoding="utf-8") as file:
    file.write(page[:found.start(2)] + text + page[found.end(2):])
