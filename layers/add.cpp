#include <reel/layers/add.h>

#include <algorithm>

#include <reel/core/kernels/elementwise/broadcast.h>
#include <reel/core/ops.h>
#include <reel/layers/base/config_fields.h>
#include <reel/layers/base/naming.h>

namespace reel {
namespace {

constexpr auto visit_fields = [](auto& o, auto& field) { detail::visit_common_fields(o, field); };

}  // namespace

Tensor Add::call(std::span<const Tensor> xs, const Call&) {
  if (xs.size() < 2) throw ValueError("there must be at least 2 inputs; got {}", xs.size());
  const bool one_shape = std::all_of(xs.begin(), xs.end(),
                                     [&](const Tensor& x) { return x.shape() == xs[0].shape(); });
  if (one_shape) return add_n(xs);
  Tensor y = xs[0];
  for (const Tensor& x : xs.subspan(1)) y = y + x;
  return y;
}

Tensor Add::call(const Tensor& x, const Call& options) { return call(std::span(&x, 1), options); }

Shape Add::compute_output_shape(std::span<const Shape> inputs) const {
  return detail::with_path(path(), [&] {
    if (inputs.size() < 2)
      throw ValueError("there must be at least 2 input shapes; got {}", inputs.size());
    Shape output = inputs[0];
    for (const Shape& input : inputs.subspan(1)) output = broadcast_shapes("add", output, input);
    return output;
  });
}

Add Add::from_config(const Config& config) {
  return Add(detail::options_from<Options>(config, "add", visit_fields));
}

Config Add::get_config() const { return detail::config_of(*this, options_, visit_fields); }

}  // namespace reel
