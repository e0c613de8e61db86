#include <reel/layers/add.h>

#include <algorithm>

#include <reel/core/kernels/elementwise/broadcast.h>
#include <reel/core/ops.h>
#include <reel/layers/base/layer_of_members.h>

namespace reel {

void visit_fields(AddOptions&, auto&) {}  // none of its own

Tensor Add::call(std::span<const Tensor> xs, const Call&) {
  if (xs.size() < 2) throw ValueError("there must be at least 2 inputs; got {}", xs.size());
  const bool one_shape = std::all_of(xs.begin(), xs.end(),
                                     [&](const Tensor& x) { return x.shape() == xs[0].shape(); });
  if (one_shape) return add_n(xs);
  Tensor y = xs[0];
  for (const Tensor& x : xs.subspan(1)) y = y + x;
  return y;
}

Shape Add::compute_output_shape(std::span<const Shape> inputs) const {
  return detail::with_path(path(), [&] {
    if (inputs.size() < 2)
      throw ValueError("there must be at least 2 input shapes; got {}", inputs.size());
    Shape output = inputs[0];
    for (const Shape& input : inputs.subspan(1)) output = broadcast_shapes("add", output, input);
    return output;
  });
}

template class LayerOf<Add, AddOptions>;

}  // namespace reel
