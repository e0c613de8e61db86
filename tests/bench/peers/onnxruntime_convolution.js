#!/usr/bin/env node
// ONNX Runtime's side of the race: inference of a convolution or two, with bias and relu.
//
// Its convolutions want channels first. Format "plain" turns channels-last tensors within the
// network, "preferred" gives and takes channels-first ones. The arguments are those of
// workload_text.h, the shape as bare numbers. Read before: onnxruntime_contestant.js, onnx_file.js.
'use strict';

const { OnnxFile } = require('./onnx_file.js');
const { contestant, work } = require('./onnxruntime_contestant.js');

contestant(() => {
  const [kind, shape, pass, layout, dtype, threads, format] = process.argv.slice(2);
  if (pass === 'train' || dtype === 'f64') throw new Error('inference in float32 only');
  const parts = shape.split(',');
  const kernel = (parts[5] ?? '3').split('x').map(Number);
  const [batch, rows, columns, channels, filters, , stride = 1, dilation = 1, last = 1] =
    parts.map((part) => Number(part) || 1);
  const size = { r: kernel[0], s: kernel.at(-1) };
  const separable = kind === 'separable';
  const between = separable ? channels * last : filters;
  const groups = kind === 'dense' ? last : channels;

  // What "same" pads an axis with, before and after.
  const padding = (extent, taps) => {
    const reach = (Math.ceil(extent / stride) - 1) * stride + dilation * (taps - 1) + 1;
    const total = Math.max(reach - extent, 0);
    return [Math.floor(total / 2), total - Math.floor(total / 2)];
  };
  const [top, bottom] = padding(rows, size.r);
  const [left, right] = padding(columns, size.s);

  const net = new OnnxFile();
  const turned = layout === 'nhwc' && format === 'plain';
  let t = turned ? net.node('Transpose', ['x'], { perm: [0, 3, 1, 2] }) : 'x';
  const first = [t, net.weight([between, channels / groups, size.r, size.s], 0.1)];
  if (!separable) first.push(net.weight([filters]));
  t = net.node('Conv', first, {
    group: groups, kernel_shape: [size.r, size.s], strides: [stride, stride],
    dilations: [dilation, dilation], pads: [top, left, bottom, right],
  });
  if (separable)
    t = net.node('Conv', [t, net.weight([filters, between, 1, 1], 0.1), net.weight([filters])],
      { kernel_shape: [1, 1] });
  t = net.node('Relu', [t]);
  if (turned) t = net.node('Transpose', [t], { perm: [0, 2, 3, 1] });

  const image = (c, h, w) => (turned ? [batch, h, w, c] : [batch, c, h, w]);
  const x = image(channels, rows, columns);
  const y = image(filters, Math.ceil(rows / stride), Math.ceil(columns / stride));
  return work(net.bytes(x, y, t), x, y, Number(threads));
});
