#include <reel/layers/concatenate.h>

#include <reel/core/ops/shape_ops.h>
#include <reel/core/runtime/checked_index.h>
#include <reel/layers/base/layer_of_members.h>

namespace reel {

void visit_fields(ConcatenateOptions& o, auto& field) { field("axis", o.axis); }

Tensor Concatenate::call(std::span<const Tensor> xs, const Call&) {
  if (xs.size() < 2) throw ValueError("there must be at least 2 inputs; got {}", xs.size());
  return concat(xs, options_.axis);
}

// An extent that one input does not know is taken from another; along the axis it stays unknown.
Shape Concatenate::compute_output_shape(std::span<const Shape> inputs) const {
  return detail::with_path(path(), [&] {
    if (inputs.size() < 2)
      throw ValueError("there must be at least 2 input shapes; got {}", inputs.size());
    const int along = normalize_axis("concatenate", options_.axis, inputs[0].rank());
    Shape output = inputs[0];
    for (const Shape& input : inputs.subspan(1)) {
      bool fits = input.rank() == output.rank();
      for (int axis = 0; fits && axis < output.rank(); ++axis) {
        Index& extent = output[axis];
        const bool unknown = extent == Shape::unknown || input[axis] == Shape::unknown;
        if (axis == along)
          extent =
              unknown ? Shape::unknown : detail::checked_sum("concatenate", extent, input[axis]);
        else if (extent == Shape::unknown)
          extent = input[axis];
        else
          fits = unknown || extent == input[axis];
      }
      if (!fits)
        throw ValueError("input shapes must agree on all axes but {}; got {} and {}", options_.axis,
                         inputs[0], input);
    }
    return output;
  });
}

template class LayerOf<Concatenate, ConcatenateOptions>;

}  // namespace reel
