#!/usr/bin/env node
// ONNX Runtime's side of the race of networks: inference from a file that is made of the plan.
//
// Batch normalization stands in the file as a node of its own; its optimizer puts it into the
// weights. Images are (N, C, H, W). The arguments are those of network_plan.h.
// Read before: onnxruntime_contestant.js, onnx_file.js.
'use strict';

const { OnnxFile } = require('./onnx_file.js');
const { contestant, work } = require('./onnxruntime_contestant.js');

const OPERATORS = { relu: 'Relu', sigmoid: 'Sigmoid', tanh: 'Tanh' };

// A tensor on its way through the network: its name in the file, channels and side.
class Flow {
  constructor(net, name, channels, side) {
    Object.assign(this, { net, name, channels, side });
  }
  apply(type, inputs = [], attributes = {}) {
    this.name = this.net.node(type, [this.name, ...inputs], attributes);
  }
  // The attributes of a window with "same" padding; the side becomes that of its result.
  window(kernel, stride) {
    const out = Math.ceil(this.side / stride);
    const total = Math.max((out - 1) * stride + kernel - this.side, 0);
    const before = Math.floor(total / 2);
    this.side = out;
    return {
      kernel_shape: [kernel, kernel], strides: [stride, stride],
      pads: [before, before, total - before, total - before],
    };
  }
  convolution(filters, kernel, stride, groups, bias) {
    const { net } = this;
    const inputs = [net.weight([filters, this.channels / groups, kernel, kernel],
      Math.sqrt(3 * groups / (this.channels * kernel * kernel)))];
    if (bias) inputs.push(net.weight([filters], 0.1));
    this.apply('Conv', inputs, { group: groups, ...this.window(kernel, stride) });
    this.channels = filters;
  }
  step(name, numbers, activation) {
    const { net } = this;
    const [first, second, third] = numbers;
    if (name === 'conv') this.convolution(first, second, third, 1, true);
    else if (name === 'convnorm') this.convolution(first, second, third, 1, false);
    else if (name === 'sepnorm') {
      this.convolution(this.channels, second, third, this.channels, false);
      this.convolution(first, 1, 1, 1, false);
    } else if (name === 'dwnorm')
      this.convolution(this.channels, first, second, this.channels, false);
    else if (name === 'dense') {
      this.apply('Gemm', [net.weight([this.channels, first], Math.sqrt(3 / this.channels)),
        net.weight([first], 0.1)]);
      this.channels = first;
    } else if (name === 'pool') {
      this.apply('MaxPool', [], this.window(first, second));
    } else if (name === 'mean') {
      this.apply('GlobalAveragePool');
      this.apply('Flatten');
    } else if (name === 'up') {
      this.apply('Resize', ['', net.constant([4], [1, 1, 2, 2])],
        { mode: 'nearest', coordinate_transformation_mode: 'asymmetric', nearest_mode: 'floor' });
      this.side *= 2;
    } else if (name === 'flatten') {
      this.apply('Flatten');
      this.channels *= this.side * this.side;
    } else if (name !== 'act') throw new Error(`no step of a network: ${name}`);
    if (name.endsWith('norm')) {
      const each = (value) => net.constant([this.channels], Array(this.channels).fill(value));
      this.apply('BatchNormalization', [each(1), each(0), each(0), each(1)],
        { epsilon: { float: 1e-3 } });
    }
    if (activation) this.apply(OPERATORS[activation]);
  }
}

contestant(() => {
  const [input, steps, , batch, pass, threads] = process.argv.slice(2);
  if (pass === 'train') throw new Error('inference only');
  const extents = input.trim().split(' ').map(Number);
  const net = new OnnxFile();
  const x = [Number(batch), extents.at(-1), ...extents.slice(0, -1)];
  const flow = new Flow(net, 'x', extents.at(-1), extents[0]);
  const kept = [];
  for (const step of steps.split(' ')) {
    const [name, ...parts] = step.split(':');
    const numbers = parts.filter((part) => /^\d/.test(part)).map(Number);
    const activation = parts.find((part) => part in OPERATORS);
    if (name === 'save') kept.push(new Flow(net, flow.name, flow.channels, flow.side));
    else if (name === 'shortcut') kept.at(-1).step('convnorm', [numbers[0], 1, numbers[1]]);
    else if (name === 'add') flow.apply('Add', [kept.pop().name]);
    else if (name === 'concat') {
      flow.apply('Concat', [kept.at(-1).name], { axis: 1 });
      flow.channels += kept.pop().channels;
    } else flow.step(name, numbers, activation);
  }
  const y = [Number(batch), flow.channels];
  if (/ (conv|up|pool)[^ ]*$/.test(steps)) y.push(flow.side, flow.side);
  return work(net.bytes(x, y, flow.name), x, y, Number(threads));
});
