#!/usr/bin/env python3
# A page of ops that look at a whole channel or row, or at some channels: groups_page.py PAGE OUT
#
# OUT is PAGE with another trace, which owes nothing to the library: results are written as their
# definitions, gradients are differences of them (central, in double precision). What the page says
# of a touched cell must come to these numbers. Two data formats, axes first and last, integer and
# dense labels that do not sum to one, smoothing, statistics given and not.
# Read before: touch_checks.py. Read next: theatre_test.py.

import json
import math
import random
import re
import sys

EPSILON = 1e-3


def lanes(shape, axis):
    """(extent, inner) of an axis of row-major elements."""
    return shape[axis], math.prod(shape[axis + 1:])


def normalized(shape, axis, x, gamma, beta, mean=None, variance=None):
    channels, inner = lanes(shape, axis)
    result = [0.0] * len(x)
    for c in range(channels):
        own = [i for i in range(len(x)) if i // inner % channels == c]
        m = mean[c] if mean else math.fsum(x[i] for i in own) / len(own)
        v = variance[c] if variance else math.fsum((x[i] - m) ** 2 for i in own) / len(own)
        for i in own:
            hat = (x[i] - m) / math.sqrt(v + EPSILON)
            result[i] = (gamma[c] if gamma else 1) * hat + (beta[c] if beta else 0)
    return result


def log_softmax(shape, axis, x):
    extent, inner = lanes(shape, axis)
    row = lambda i: [x[i + (j - i // inner % extent) * inner] for j in range(extent)]
    return [x[i] - math.log(math.fsum(map(math.exp, row(i)))) for i in range(len(x))]


def softmax(shape, axis, x):
    return [math.exp(y) for y in log_softmax(shape, axis, x)]


def cross_entropy(shape, smoothing, x, labels):
    classes, logs = shape[-1], log_softmax(shape, len(shape) - 1, x)
    targets = [label * (1 - smoothing) + smoothing / classes for label in labels]
    return [-math.fsum(targets[i * classes + j] * logs[i * classes + j] for j in range(classes))
            for i in range(len(x) // classes)]


def logsumexp(shape, x):
    rows = [x[i:i + shape[1]] for i in range(0, len(x), shape[1])]
    return [math.log(math.fsum(map(math.exp, row))) for row in rows]


def convolved(x_shape, w_shape, first, x, w, bias=None):
    """Of one image of 1 x 2 pixels by a kernel of one tap, in as many groups as the shapes say."""
    channels, pixels, depth, filters = x_shape[1 if first else 3], 2, w_shape[2], w_shape[3]
    place = lambda pixel, c, count: c * pixels + pixel if first else pixel * count + c
    y = [0.0] * (pixels * filters)
    for f in range(filters):
        seen = [f // (filters * depth // channels) * depth + c for c in range(depth)]
        for pixel in range(pixels):
            y[place(pixel, f, filters)] = (bias[f] if bias else 0) + math.fsum(
                x[place(pixel, channel, channels)] * w[c * filters + f]
                for c, channel in enumerate(seen))
    return y


class Writer:
    def __init__(self):
        self.values, self.nodes, self.forward, self.back = [], [], [], []

    def value(self, shape, data):
        self.values.append({"shape": list(shape), "dtype": "float64", "data": data})
        return len(self.values) - 1

    def node(self, op, inputs, shape, data, **given):
        self.nodes.append({"op": op, "inputs": inputs, "value": self.value(shape, data),
                           "watched": True, **given})
        self.forward.append({"kind": "forward", "node": len(self.nodes) - 1})
        return len(self.nodes) - 1

    def case(self, op, compute, inputs, shape, attributes, number):
        """One op: `inputs` are (name, shape, data), or None for what is left out."""
        given = [entry and self.node("watch", [], entry[1], entry[2], name=entry[0] + number)
                 for entry in inputs]
        data = [entry and entry[2] for entry in inputs]
        node = self.node(op, [-1 if i is None else i for i in given], shape, compute(*data),
                         attributes=attributes, name="y" + number)
        dy = [random.uniform(-1, 1) for _ in range(math.prod(shape))]
        gradient = self.value(shape, dy)
        self.back.append({"kind": "seed", "pass": 0, "node": node, "gradient": gradient})
        for k, entry in enumerate(inputs):
            if entry:
                part = self.value(entry[1], [self.slope(compute, data, k, i, dy)
                                             for i in range(len(entry[2]))])
                self.back.append({"kind": "backward", "pass": 0, "node": node, "to": given[k],
                                  "input": k, "gradient": gradient, "contribution": part,
                                  "now": part})

    @staticmethod
    def slope(compute, data, k, i, dy, step=1e-5):
        ends = []
        for sign in (1, -1):
            moved = [entry and list(entry) for entry in data]
            moved[k][i] += sign * step
            ends.append(math.fsum(a * b for a, b in zip(compute(*moved), dy)))
        return (ends[0] - ends[1]) / (2 * step)

    def trace(self, title):
        targets = [event["node"] for event in self.back if event["kind"] == "seed"]
        events = [*self.forward, {"kind": "pass", "pass": 0, "targets": targets, "tensors": []},
                  *self.back, {"kind": "pass_end", "pass": 0}]
        return {"schema": "reel.trace/1", "title": title, "sources": [], "values": self.values,
                "nodes": self.nodes, "events": events}


def groups():
    random.seed(7)
    some = lambda count, low=-1.0, high=2.0: [random.uniform(low, high) for _ in range(count)]
    writer, channel = Writer(), ("gamma", "beta", "mean", "variance")
    for shape, axis, parts, number in (((2, 3, 2, 3), 3, 2, "1"), ((2, 3, 1, 5), 1, 2, "2"),
                                       ((4, 3), 1, 0, "3"), ((2, 2, 2, 3), 3, 4, "4"),
                                       ((3, 2, 2), 1, 4, "5")):
        own = [(name, (shape[axis],), some(shape[axis], 0.3)) for name in channel[:parts]]
        inputs = [("x", shape, some(math.prod(shape))), *own, *[None] * (2 - len(own))]
        writer.case("batch_normalization_inference" if parts == 4 else "batch_normalization",
                    lambda *data, s=shape, a=axis: normalized(s, a, *data), inputs, shape,
                    {"axis": axis, "epsilon": EPSILON}, number)
    for op, compute in (("softmax", softmax), ("log_softmax", log_softmax)):
        for shape, axis in (((3, 4), 1), ((3, 4), 0)):
            writer.case(op, lambda x, s=shape, a=axis, f=compute: f(s, a, x),
                        [("logits", shape, some(12, -3, 3))], shape, {"axis": axis},
                        f" {op}{axis}")
    shape, chosen = (3, 4), [2, 0, 3]
    hot = [float(chosen[i // 4] == i % 4) for i in range(12)]
    writer.case("softmax_cross_entropy", lambda x: cross_entropy(shape, 0.1, x, hot),
                [("logits", shape, some(12, -3, 3))], (3,),
                {"labels": chosen, "label_smoothing": 0.1}, " chosen")
    writer.case("softmax_cross_entropy", lambda x, l: cross_entropy(shape, 0, x, l),
                [("logits", shape, some(12, -3, 3)), ("labels", shape, some(12, 0, 1))], (3,),
                {"label_smoothing": 0.0}, " dense")
    writer.case("logsumexp", lambda x: logsumexp(shape, x), [("x", shape, some(12))], (3,),
                {"axes": [1], "keepdims": False}, " lse")
    for first, number in ((False, " last"), (True, " first")):
        x, w = ((1, 6, 1, 2) if first else (1, 1, 2, 6)), (1, 1, 3, 4)
        y = (1, 4, 1, 2) if first else (1, 1, 2, 4)
        attributes = {"strides": [1, 1], "padding": "valid", "dilations": [1, 1],
                      "data_format": "channels" + number.replace(" ", "_")}
        for op, more in (("conv2d", []), ("conv2d_with_bias", [("b", (4,), some(4))])):
            writer.case(op, lambda *data, a=x, b=first: convolved(a, w, b, *data),
                        [("images", x, some(12)), ("w", w, some(12)), *more], y, attributes,
                        f" {op}{number}")
    return writer.trace("Channels and rows")


def main():
    page, out = sys.argv[1:]
    with open(page, encoding="utf-8") as file:
        text = file.read()
    trace = json.dumps(groups()).replace("<", "\\u003c")
    other, count = re.subn(r'(<script type="application/json" id="trace">).*?(</script>)',
                           lambda found: found[1] + trace + found[2], text, flags=re.S)
    assert count == 1, "the page holds no trace"
    with open(out, "w", encoding="utf-8") as file:
        file.write(other)


if __name__ == "__main__":
    main()
