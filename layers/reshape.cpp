#include <reel/layers/reshape.h>

#include <algorithm>

#include <reel/core/ops/shape_ops.h>
#include <reel/core/runtime/checked_index.h>
#include <reel/layers/base/layer_of_members.h>

namespace reel {

void visit_fields(ReshapeOptions& o, auto& field) { field("target_shape", o.target_shape); }

Reshape::Reshape(Options options) : LayerOf(std::move(options)) {
  const Shape& target = options_.target_shape;
  if (std::count(target.begin(), target.end(), Shape::unknown) > 1)
    throw ValueError("{}: target_shape may have one unknown extent; got {}", path(), target);
  if (target.rank() == Shape::max_rank)
    throw ValueError("{}: target_shape must leave room for the batch axis; got {}", path(), target);
  set_input_spec({.min_rank = 1});
}

Tensor Reshape::call(const Tensor& x, const Call&) {
  return reel::reshape(x, output_shape(x.shape()));
}

// The extent that is left open follows from the sample's size, where that is known.
Shape Reshape::output_shape(const Shape& input) const {
  if (input.rank() < 1) throw ValueError("the input must have a batch axis; got shape ()");
  const Shape sample = input.without(0);
  Shape target = options_.target_shape;
  if (sample.known()) {
    const Index size = detail::checked_size("input", sample);
    Shape known_extents = target;
    for (int axis = 0; axis < target.rank(); ++axis)
      if (target[axis] == Shape::unknown) known_extents[axis] = 1;
    const Index known = detail::checked_size("target_shape", known_extents);
    const bool fits = target.known() ? known == size : known > 0 && size % known == 0;
    if (!fits)
      throw ValueError("target_shape {} must hold as many elements as a sample; got shape {}",
                       target, input);
    for (int axis = 0; axis < target.rank(); ++axis)
      if (target[axis] == Shape::unknown) target[axis] = size / known;
  }
  Shape output{input[0]};
  for (Index extent : target) output.push_back(extent);
  return output;
}

template class LayerOf<Reshape, ReshapeOptions>;

}  // namespace reel
