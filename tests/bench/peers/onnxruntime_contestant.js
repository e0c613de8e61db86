// A contestant (contestant.h) whose work is one call of ONNX Runtime.
//
// The package's own binding is called, without the promises around it, which would be timed too.
// `npm install --ignore-scripts onnxruntime-node` brings it; NODE_PATH names the node_modules that
// hold it when the benchmarks are configured (onnxruntime_place.js.in).
// Read before: onnx_file.js.
'use strict';

const fs = require('fs');
const path = require('path');

const place = require('./onnxruntime_place.js');

const milliseconds = () => Number(process.hrtime.bigint()) / 1e6;
const size = (shape) => shape.reduce((a, b) => a * b, 1);

function session(file, threads) {
  const { binding, initOrt } = require(path.join(path.dirname(place), 'binding.js'));
  initOrt();
  const made = new binding.InferenceSession();
  made.loadModel(file.buffer, file.byteOffset, file.byteLength, {
    intraOpNumThreads: threads, interOpNumThreads: 1, executionMode: 'sequential',
    graphOptimizationLevel: 'all', executionProviders: ['cpu'],
  });
  return made;
}

// A call of the network in `file`, from x and to y of these shapes.
function work(file, x, y, threads) {
  const { Tensor } = require(place);
  const made = session(file, threads);
  const numbers = (shape) =>
    new Tensor('float32', new Float32Array(size(shape)).map((_, i) => ((i * 7919) % 1009) / 504.5 - 1), shape);
  const feeds = { x: numbers(x) };
  const fetches = { y: numbers(y) };
  return () => made.run(feeds, fetches, {});
}

// 60 ms of samples; those of the second half count, if there are any.
function turn(call, calls) {
  const halves = [[], []];
  const start = milliseconds();
  do {
    const half = halves[milliseconds() - start < 30 ? 0 : 1];
    const begin = milliseconds();
    for (let i = 0; i < calls; ++i) call();
    half.push((milliseconds() - begin) / calls);
  } while (milliseconds() - start < 60);
  return halves[1].length > 0 ? halves[1] : halves[0];
}

function orders(answer) {
  const room = Buffer.alloc(4096);
  for (let text = '', count; (count = fs.readSync(0, room, 0, room.length, null)) > 0;) {
    text += room.toString('utf8', 0, count);
    for (let end; (end = text.indexOf('\n')) >= 0; text = text.slice(end + 1))
      fs.writeSync(1, answer(text.slice(0, end)).join(' ') + ' \n');
  }
}

// The `main`: make() gives the call.
function contestant(make) {
  try {
    const call = make();
    let last = 0;
    for (let i = 0, spent = 0; i < 4 && spent < 50; ++i, spent += last) {
      const begin = milliseconds();
      call();
      last = milliseconds() - begin;
    }
    const calls = 1 + Math.floor(0.5 / (last + 1e-6));
    orders((order) => (order === 'ready' ? [1] : turn(call, calls)));
  } catch (error) {
    console.error(`${path.basename(process.argv[1])}: ${error.message}`);
    process.exit(1);
  }
}

module.exports = { contestant, work };
