#include <reel/layers/zero_padding2d.h>

#include <reel/core/ops/shape_ops.h>
#include <reel/core/runtime/checked_index.h>
#include <reel/layers/base/image_shapes.h>
#include <reel/layers/base/layer_of_members.h>

namespace reel {

// ((top, bottom), (left, right)), (rows, columns) or a number.
template <>
struct detail::ConfigTraits<Margins> {
  using List = ConfigValue::List;
  static ConfigValue to(const Margins& m) {
    return List{List{m.top, m.bottom}, List{m.left, m.right}};
  }
  static Margins from(const ConfigEntry& entry) {
    const auto pair = [&](const ConfigValue& value) {
      return ConfigTraits<Pair>::from({entry.reader, entry.name, value});
    };
    const auto* sides = entry.value.get<List>();
    if (!sides) return Margins(pair(entry.value).rows);
    if (sides->size() != 2) entry.refuse("an integer, two, or two pairs");
    return {pair((*sides)[0]), pair((*sides)[1])};
  }
};

void visit_fields(ZeroPadding2DOptions& o, auto& field) {
  field("data_format", o.data_format);
  field("padding", o.padding);
}

ZeroPadding2D::ZeroPadding2D(Options options) : LayerOf(std::move(options)) {
  const Margins& m = options_.padding;
  if (m.top < 0 || m.bottom < 0 || m.left < 0 || m.right < 0)
    throw ValueError("{}: padding must be >= 0; got (({}, {}), ({}, {}))", path(), m.top, m.bottom,
                     m.left, m.right);
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
  const Margins& m = options_.padding;
  return detail::with_rows_and_columns(input, options_.data_format, [&](Index n, int Pair::*side) {
    const Index more = side == &Pair::rows ? Index{m.top} + m.bottom : Index{m.left} + m.right;
    return detail::checked_sum("padding", n, more);
  });
}

template class LayerOf<ZeroPadding2D, ZeroPadding2DOptions>;

}  // namespace reel
