#include <reel/layers/flatten.h>

#include <reel/core/ops/shape_ops.h>
#include <reel/core/runtime/checked_index.h>
#include <reel/layers/base/layer_of_members.h>

namespace reel {

void visit_fields(FlattenOptions& o, auto& field) { field("data_format", o.data_format); }

Flatten::Flatten(Options options) : LayerOf(std::move(options)) {
  options_.data_format.kind(path().c_str());
  set_input_spec({.min_rank = 1});
}

Tensor Flatten::call(const Tensor& x, const Call&) {
  if (options_.data_format.kind("data_format") == DataFormat::channels_last || x.rank() < 3)
    return flatten(x);
  std::vector<int> channels_last{0};
  for (int axis = 2; axis < x.rank(); ++axis) channels_last.push_back(axis);
  channels_last.push_back(1);
  return flatten(transpose(x, channels_last));
}

Shape Flatten::output_shape(const Shape& input) const {
  if (input.rank() < 1) throw ValueError("the input must have a batch axis; got shape ()");
  Index rest = 1;
  for (int axis = 1; axis < input.rank() && rest != Shape::unknown; ++axis)
    rest = input[axis] == Shape::unknown ? Shape::unknown
                                         : detail::checked_product("input", rest, input[axis]);
  return Shape{input[0], rest};
}

template class LayerOf<Flatten, FlattenOptions>;

}  // namespace reel
