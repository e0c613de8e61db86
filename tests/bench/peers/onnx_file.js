// An ONNX file, written by hand: the few messages of its protocol buffers that a network needs.
//
// A field is its number and how its value is stored (0: a number of seven bits a byte, the lowest
// first; 2: length and bytes; 5: four bytes), then the value. Source: onnx.proto.
// Read next: onnxruntime_contestant.js.
'use strict';

const varint = (value) => {
  const bytes = [];
  for (let rest = BigInt.asUintN(64, BigInt(value)); ; rest >>= 7n) {
    bytes.push(Number(rest & 127n) | (rest > 127n ? 128 : 0));
    if (rest <= 127n) return Buffer.from(bytes);
  }
};
const number = (field, value) => Buffer.concat([varint(field << 3), varint(value)]);
const bytes = (field, value) => {
  const content = Buffer.from(value);
  return Buffer.concat([varint((field << 3) | 2), varint(content.length), content]);
};
const message = (field, ...parts) => bytes(field, Buffer.concat(parts.flat()));
const float = (field, value) => {
  const content = Buffer.alloc(4);
  content.writeFloatLE(value);
  return Buffer.concat([varint((field << 3) | 5), content]);
};

// A whole number, a list of them, a text, or {float: x}.
const attribute = ([name, value]) => {
  const named = (type, ...content) => message(5, bytes(1, name), ...content, number(20, type));
  if (Array.isArray(value)) return named(7, value.map((one) => number(8, one)));
  if (typeof value === 'string') return named(3, bytes(4, value));
  return typeof value === 'number' ? named(2, number(3, value)) : named(1, float(2, value.float));
};

const value_info = (field, name, shape) =>
  message(field, bytes(1, name),
    message(2, message(1, number(1, 1), message(2, shape.map((dim) => message(1, number(1, dim)))))));

// Collects nodes and weights; `bytes` gives the file.
class OnnxFile {
  nodes = [];
  weights = [];
  count = 0;

  // The name of a node's only result.
  node(type, inputs, attributes = {}) {
    const output = `t${this.count++}`;
    this.nodes.push({ type, inputs, attributes, output });
    return output;
  }
  // The name of a float32 weight with these numbers.
  constant(shape, numbers) {
    const name = `w${this.count++}`;
    const content = Buffer.from(Float32Array.from(numbers).buffer);
    this.weights.push(message(5, shape.map((dim) => number(1, dim)), number(2, 1), bytes(8, name),
      bytes(9, content)));
    return name;
  }
  // The same with numbers from -scale to scale.
  weight(shape, scale = 1) {
    const size = shape.reduce((a, b) => a * b, 1);
    return this.constant(shape,
      Array.from({ length: size }, (_, i) => scale * (((i * 7919) % 1009) / 504.5 - 1)));
  }
  // The file of a network in which "x" of shape `x` goes in and `result`, of shape `y`, comes out
  // as "y".
  bytes(x, y, result) {
    const nodes = this.nodes.map(({ type, inputs, attributes, output }) =>
      message(1, inputs.map((name) => bytes(1, name)), bytes(2, output === result ? 'y' : output),
        bytes(4, type), Object.entries(attributes).map(attribute)));
    const graph = message(7, nodes, bytes(2, 'bench'), this.weights, value_info(11, 'x', x),
      value_info(12, 'y', y));
    return Buffer.concat([number(1, 8), graph, message(8, bytes(1, ''), number(2, 13))]);
  }
}

module.exports = { OnnxFile };
