#include <reel/layers/merge.h>

#include <bit>

#include <reel/core/kernels/elementwise/broadcast.h>
#include <reel/layers/add.h>
#include <reel/layers/base/layer_of_members.h>

namespace reel {

void visit_fields(MergeOptions&, auto&) {}  // none of its own

template <class Self>
void Merge<Self>::check_number(std::size_t inputs, const char* what) const {
  if (inputs < 2 || (inputs > 2 && !takes_more_))
    throw ValueError("there must be {} 2 {}; got {}", takes_more_ ? "at least" : "exactly", what,
                     inputs);
}

template <class Self>
Tensor Merge<Self>::call(std::span<const Tensor> xs, const Call&) {
  check_number(xs.size(), "inputs");
  return merged(xs);
}

template <class Self>
Tensor Merge<Self>::merged(std::span<const Tensor> xs) const {
  Tensor y = op_(xs[0], xs[1]);
  for (const Tensor& x : xs.subspan(2)) y = op_(y, x);
  return y;
}

template <class Self>
Shape Merge<Self>::compute_output_shape(std::span<const Shape> inputs) const {
  return detail::with_path(this->path(), [&] {
    check_number(inputs.size(), "input shapes");
    Shape output = inputs[0];
    for (const Shape& input : inputs.subspan(1)) output = broadcast_shapes(name_, output, input);
    return output;
  });
}

// With u the power of two just below 1 / n: sum(x u) / (n u). All x u are exact but for the very
// smallest, and n of them are no larger than the largest x.
Tensor Average::merged(std::span<const Tensor> xs) const {
  const double u = 1.0 / static_cast<double>(std::bit_ceil(xs.size()));
  Tensor y = xs[0] * u;
  for (const Tensor& x : xs.subspan(1)) y = y + x * u;
  const double rest = static_cast<double>(xs.size()) * u;
  return rest == 1 ? y : y / rest;
}

template class LayerOf<Add, MergeOptions>;
template class LayerOf<Subtract, MergeOptions>;
template class LayerOf<Multiply, MergeOptions>;
template class LayerOf<Average, MergeOptions>;
template class LayerOf<Maximum, MergeOptions>;
template class LayerOf<Minimum, MergeOptions>;
template class Merge<Add>;
template class Merge<Subtract>;
template class Merge<Multiply>;
template class Merge<Average>;
template class Merge<Maximum>;
template class Merge<Minimum>;

}  // namespace reel
