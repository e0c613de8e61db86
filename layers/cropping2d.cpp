#include <reel/layers/cropping2d.h>

#include <limits>

#include <reel/core/ops/shape_ops.h>
#include <reel/layers/base/image_shapes.h>
#include <reel/layers/base/layer_of_members.h>
#include <reel/layers/base/margin_fields.h>

namespace reel {

void visit_fields(Cropping2DOptions& o, auto& field) {
  field("cropping", o.cropping);
  field("data_format", o.data_format);
}

constexpr Index whole_axis = std::numeric_limits<Index>::max();

Cropping2D::Cropping2D(Options options)
    : LayerOf(std::move(options)), begin_(4, 0), end_(4, whole_axis), strides_(4, 1) {
  detail::check_margins(path(), "cropping", options_.cropping);
  options_.data_format.kind(path().c_str());
  set_input_spec({.rank = 4});
  const auto rows = static_cast<std::size_t>(4 + detail::rows_axis(options_.data_format));
  const Margins& m = options_.cropping;
  const auto end = [](int margin) { return margin > 0 ? Index{-margin} : whole_axis; };
  begin_[rows] = m.top, end_[rows] = end(m.bottom);
  begin_[rows + 1] = m.left, end_[rows + 1] = end(m.right);
}

Tensor Cropping2D::call(const Tensor& x, const Call&) {
  output_shape(x.shape());  // refuses what leaves nothing
  return strided_slice(x, begin_, end_, strides_);
}

// As with a window that has no position: what trains behind an empty image says nothing.
Shape Cropping2D::output_shape(const Shape& input) const {
  detail::check_rank(input, 4);
  return detail::with_rows_and_columns(input, options_.data_format, [&](Index n, int Pair::*side) {
    const Index left = n - detail::both_sides(options_.cropping, side);
    if (left < 1)
      throw ValueError("cropping must leave at least one row and one column; got {} of {}",
                       detail::text_of(options_.cropping), input);
    return left;
  });
}

template class LayerOf<Cropping2D, Cropping2DOptions>;

}  // namespace reel
