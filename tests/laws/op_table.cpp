// The table of ops as a whole, and what its families share.
#include "op_table.h"

#include <cmath>

#include <reel/core/tape.h>

using namespace reel;

namespace op_table {

Rows rows() {
  Rows all;
  add_elementwise(all);
  add_reductions(all);
  add_shape_ops(all);
  add_windows(all);
  add_convolutions(all);
  add_normalizations_and_losses(all);
  return all;
}

Tensor spread(const Shape& shape, double low, double high, int draw) {
  std::vector<double> values;
  for (Index i = 0; i < shape.size(); ++i) {
    const double turns = 0.6180339887498949 * static_cast<double>(i + 1) + 0.137 * draw;
    values.push_back(low + (high - low) * (turns - std::floor(turns)));
  }
  return Tensor(values, shape);
}

Function gradient_of(Function f, std::size_t input) {
  return [f = std::move(f), input](const std::vector<Tensor>& xs) {
    const std::vector<Tensor> inputs(xs.begin(), xs.end() - 1);
    Tape tape;
    for (const Tensor& x : inputs) tape.watch(x);
    const Tensor y = f(inputs);
    return tape.gradient(y, inputs[input], {.output_gradients = {xs.back()}});
  };
}

}  // namespace op_table
