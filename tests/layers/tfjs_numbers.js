// Writes tfjs_numbers.json: what layers compute, and their gradients, by TensorFlow.js in float32.
//
//   npm install @tensorflow/tfjs       (4.22.0; in a folder of its own, with this file copied there)
//   node tfjs_numbers.js >tfjs_numbers.json
//
// A case is a layer's config as Keras writes it, inputs, weights, y and the gradients of
// sum(y * dy) in all inputs and weights. Inputs and weights are quarters. TensorFlow.js has no
// output_padding, no dilation of transposed convolutions and no Subtract: they are made of its ops,
// dilation of a kernel with zeros between its taps. Read before: conv2d_transpose.h.

const tf = require('@tensorflow/tfjs');

let drawn = 0;
// Quarters of [-2, 2] in an order without pattern.
function quarters(shape) {
  const values = [];
  for (let i = 0; i < tf.util.sizeFromShape(shape); ++i) {
    drawn = (drawn * 1103515245 + 12345) % 2147483648;
    values.push((drawn >> 16) % 17 / 4 - 2);
  }
  return {shape, values};
}
const tensor = (numbers) => tf.tensor(numbers.values, numbers.shape);
const short = (t) => ({
  shape: t.shape,
  values: Array.from(t.dataSync()).map((v) => Number(v.toPrecision(8)))
});

// Keras's names of arguments and formats as TensorFlow.js has them.
const camel = (name) => name.replace(/_(.)/g, (_, letter) => letter.toUpperCase());
function ours(config) {
  const result = {};
  for (const [name, value] of Object.entries(config))
    result[camel(name)] = name === 'data_format' ? camel(value) : value;
  return result;
}

const cases = [];
// `f(inputs, weights)` is differentiated in all inputs of floats and in the weights.
function add(layer, config, inputs, weights, f, whole = false) {
  const variables = [...(whole ? [] : inputs), ...weights].map((n) => tf.variable(tensor(n)));
  const count = whole ? 0 : inputs.length;
  const given = whole ? inputs.map(tensor) : variables.slice(0, count);
  const compute = () => f(given, variables.slice(count));
  const y = compute(), dy = quarters(y.shape);
  const {grads} = tf.variableGrads(() => tf.sum(tf.mul(compute(), tensor(dy))), variables);
  cases.push({
    layer, config, inputs, weights, dy, y: short(y),
    gradients: variables.map((v) => short(grads[v.name]))
  });
}

// A layer of TensorFlow.js with these weights, differentiated by way of its own variables.
function addLayer(name, config, make, shapes, inputs) {
  inputs = inputs || shapes.map(quarters);
  const whole = name === 'Embedding';
  const probe = make(ours(config));
  const call = (layer, xs) => layer.apply(xs.length === 1 ? xs[0] : xs);
  call(probe, inputs.map(tensor));
  const weights = probe.getWeights().map((w) => quarters(w.shape));
  probe.setWeights(weights.map(tensor));
  const given = whole ? inputs.map(tensor) : inputs.map((n) => tf.variable(tensor(n)));
  const y = call(probe, given), dy = quarters(y.shape);
  const variables = [...(whole ? [] : given), ...probe.trainableWeights.map((w) => w.val)];
  const {grads} =
      tf.variableGrads(() => tf.sum(tf.mul(call(probe, given), tensor(dy))), variables);
  cases.push({
    layer: name, config, inputs, weights, dy, y: short(y),
    gradients: variables.map((v) => short(grads[v.name]))
  });
}

// Zeros between the taps of a kernel (R, S, F, C).
function dilated(w, rate) {
  const [r, s, f, c] = w.shape;
  const spread = (n) => {
    const values = Array((n - 1) * rate + 1).fill(0).map(() => Array(n).fill(0));
    for (let i = 0; i < n; ++i) values[i * rate][i] = 1;
    return tf.tensor2d(values);
  };
  const rows = tf.matMul(spread(r), w.reshape([r, s * f * c]));
  const turned = rows.reshape([-1, s, f * c]).transpose([1, 0, 2]);
  const columns = tf.matMul(spread(s), turned.reshape([s, -1]));
  return columns.reshape([-1, rows.shape[0], f, c]).transpose([1, 0, 2, 3]);
}

function addTransposed(config, shape, size) {
  const [h, w] = config.kernel_size, first = config.data_format === 'channels_first';
  const channels = first ? shape[1] : shape[3];
  add('Conv2DTranspose', {...config, use_bias: false}, [quarters(shape)],
      [quarters([h, w, config.filters, channels])], ([x], [kernel]) => {
        const rate = (config.dilation_rate || [1, 1])[0];
        if (rate > 1) kernel = dilated(kernel, rate);
        if (first) x = x.transpose([0, 2, 3, 1]);
        const y = tf.conv2dTranspose(
            x, kernel, [shape[0], ...size, config.filters], config.strides, config.padding);
        return first ? y.transpose([0, 3, 1, 2]) : y;
      });
}

const last = 'channels_last', first = 'channels_first';
const conv = (config) => addLayer('Conv2DTranspose', config, tf.layers.conv2dTranspose,
                                  [config.data_format === first ? [2, 2, 2, 3] : [2, 2, 3, 2]]);
for (const data_format of [last, first])
  for (const [kernel_size, strides, padding] of [
           [[3, 2], [2, 2], 'same'], [[3, 2], [2, 2], 'valid'], [[1, 2], [2, 3], 'valid'],
           [[2, 3], [3, 1], 'same'], [[4, 3], [1, 1], 'same']])
    conv({filters: 3, kernel_size, strides, padding, data_format});
conv({filters: 2, kernel_size: [3, 3], strides: [2, 1], activation: 'tanh'});
addTransposed({filters: 2, kernel_size: [3, 4], strides: [2, 3], padding: 'same',
               output_padding: [0, 2], data_format: last}, [1, 2, 3, 2], [3, 8]);
addTransposed({filters: 2, kernel_size: [3, 2], strides: [3, 2], padding: 'valid',
               output_padding: [2, 1], data_format: first}, [1, 2, 2, 3], [8, 7]);
addTransposed({filters: 2, kernel_size: [2, 3], strides: [1, 1], padding: 'valid',
               dilation_rate: [2, 2], data_format: last}, [1, 2, 3, 2], [4, 7]);
addTransposed({filters: 2, kernel_size: [2, 3], strides: [1, 1], padding: 'same',
               dilation_rate: [3, 3], data_format: first}, [1, 2, 3, 2], [3, 2]);

const norm = (config, shape) =>
    addLayer('LayerNormalization', config, tf.layers.layerNormalization, [shape]);
norm({}, [3, 5]);
norm({axis: [1, 2], epsilon: 0.1}, [2, 3, 2, 2]);
norm({axis: [1, 3]}, [2, 3, 2, 2]);
// Its layer has no gradient where beta or gamma is left out.
function normalized(x, axis) {
  const {mean, variance} = tf.moments(x, axis, true);
  return tf.div(tf.sub(x, mean), tf.sqrt(tf.add(variance, 1e-3)));
}
add('LayerNormalization', {axis: 1, center: false}, [quarters([2, 4, 3])], [quarters([4])],
    ([x], [gamma]) => tf.mul(normalized(x, 1), gamma.reshape([1, 4, 1])));
add('LayerNormalization', {axis: [-1], scale: false}, [quarters([2, 2, 3])], [quarters([3])],
    ([x], [beta]) => tf.add(normalized(x, -1), beta));
add('LayerNormalization', {center: false, scale: false}, [quarters([2, 3])], [],
    ([x]) => normalized(x, -1));

addLayer('Embedding', {input_dim: 5, output_dim: 3}, tf.layers.embedding, [],
         [{shape: [2, 4], values: [0, 4, 2, 2, 1, 4, 2, 0]}]);
addLayer('Rescaling', {scale: 0.5, offset: -3}, tf.layers.rescaling, [[2, 3]]);
addLayer('Cropping2D', {cropping: [[1, 0], [2, 1]], data_format: last}, tf.layers.cropping2D,
         [[1, 3, 5, 2]]);
addLayer('Cropping2D', {cropping: [[0, 2], [1, 1]], data_format: first}, tf.layers.cropping2D,
         [[1, 2, 3, 5]]);
addLayer('Permute', {dims: [3, 1, 2]}, tf.layers.permute, [[2, 2, 3, 4]]);
for (const [name, make] of [
         ['Add', tf.layers.add], ['Average', tf.layers.average], ['Maximum', tf.layers.maximum],
         ['Minimum', tf.layers.minimum], ['Multiply', tf.layers.multiply]])
  addLayer(name, {}, make, [[2, 3], [2, 3], [2, 3]]);
add('Subtract', {}, [quarters([2, 3]), quarters([2, 3])], [], ([a, b]) => tf.sub(a, b));

console.log(`{"tfjs": "${tf.version.tfjs}", "cases": [`);
console.log(cases.map((c) => JSON.stringify(c)).join(',\n'));
console.log(']}');
