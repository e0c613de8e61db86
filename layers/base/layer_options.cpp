#include <reel/layers/base/layer_options.h>

namespace reel {

void InputSpec::check_axes() const {
  const std::optional<int> most = rank ? rank : max_rank;
  for (const Axis& axis : axes)
    if (most) normalize_axis("input_spec", axis.axis, *most);
}

void InputSpec::check(const Shape& shape, DType input_dtype) const {
  const int found = shape.rank();
  if (rank && found != *rank) throw ValueError("input must have rank {}; got {}", *rank, shape);
  if (min_rank && found < *min_rank)
    throw ValueError("input must have at least rank {}; got {}", *min_rank, shape);
  if (max_rank && found > *max_rank)
    throw ValueError("input must have at most rank {}; got {}", *max_rank, shape);
  for (const Axis& axis : axes) {
    const bool exists = axis.axis < found && axis.axis >= -found;
    const Index size = exists ? shape[axis.axis] : Shape::unknown;
    if (!exists || (size != Shape::unknown && size != axis.size))
      throw ValueError("input {} must be {} (axis {}); got {}", axis.what, axis.size, axis.axis,
                       shape);
  }
  if (dtype && input_dtype != *dtype)
    throw TypeError("input must be {}; got {}", *dtype, input_dtype);
}

}  // namespace reel
