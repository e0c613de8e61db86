#include <reel/layers/zero_padding2d.h>

#include <reel/core/ops/shape_ops.h>
#include <reel/core/runtime/checked_index.h>
#include <reel/layers/base/image_shapes.h>
#include <reel/layers/base/layer_of_members.h>
#include <reel/layers/base/margin_fields.h>

namespace reel {

void visit_fields(ZeroPadding2DOptions& o, auto& field) {
  field("data_format", o.data_format);
  field("padding", o.padding);
}

ZeroPadding2D::ZeroPadding2D(Options options) : LayerOf(std::move(options)) {
  detail::check_margins(path(), "padding", options_.padding);
  options_.data_format.kind(path().c_str());
  set_input_spec({.rank = 4});
}

Tensor ZeroPadding2D::call(const Tensor& x, const Call&) {
  const Margins& m = options_.padding;
  std::vector<std::array<Index, 2>> paddings(4, {0, 0});
  const auto rows = paddings.end() + detail::rows_axis(options_.data_format);
  rows[0] = {m.top, m.bottom};
  rows[1] = {m.left, m.right};
  return pad(x, paddings);
}

Shape ZeroPadding2D::output_shape(const Shape& input) const {
  detail::check_rank(input, 4);
  return detail::with_rows_and_columns(input, options_.data_format, [&](Index n, int Pair::*side) {
    return detail::checked_sum("padding", n, detail::both_sides(options_.padding, side));
  });
}

template class LayerOf<ZeroPadding2D, ZeroPadding2DOptions>;

}  // namespace reel
