#include <reel/layers/zero_padding2d.h>

#include <reel/core/ops/shape_ops.h>
#include <reel/layers/base/config_fields.h>
#include <reel/layers/base/naming.h>
#include <reel/layers/base/output_shape.h>

namespace reel {
namespace {

constexpr auto visit_fields = [](auto& o, auto& field) {
  field("data_format", o.data_format);
  detail::visit_common_fields(o, field);
};

// ((top, bottom), (left, right)), (rows, columns) or a number.
Margins margins_of(const ConfigValue& value) {
  const auto number = [](const ConfigValue& v) {
    if (const Index* n = v.get<Index>()) return static_cast<int>(*n);
    throw TypeError("zero_padding2d: config entry padding must be integers");
  };
  const auto* list = value.get<ConfigValue::List>();
  if (!list) return number(value);
  if (list->size() != 2)
    throw TypeError("zero_padding2d: config entry padding must have 2 items; got {}", list->size());
  const auto pair = [&](const ConfigValue& v) {
    const auto* items = v.get<ConfigValue::List>();
    if (!items) return Pair(number(v));
    if (items->size() != 2)
      throw TypeError("zero_padding2d: config entry padding must be pairs; got {} items",
                      items->size());
    return Pair(number((*items)[0]), number((*items)[1]));
  };
  return {pair((*list)[0]), pair((*list)[1])};
}

}  // namespace

ZeroPadding2D::ZeroPadding2D(Options options)
    : Layer(layer_options(options)), options_(std::move(options)) {
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
  const auto rows = static_cast<std::size_t>(detail::rows_axis(options_.data_format));
  paddings[rows] = {m.top, m.bottom};
  paddings[rows + 1] = {m.left, m.right};
  return pad(x, paddings);
}

Shape ZeroPadding2D::compute_output_shape(const Shape& input) const {
  return detail::with_path(path(), [&] {
    detail::check_rank(input, 4);
    const Margins& m = options_.padding;
    const int rows = detail::rows_axis(options_.data_format);
    Shape output = input;
    if (input[rows] != Shape::unknown) output[rows] += m.top + m.bottom;
    if (input[rows + 1] != Shape::unknown) output[rows + 1] += m.left + m.right;
    return output;
  });
}

ZeroPadding2D ZeroPadding2D::from_config(const Config& config) {
  Options options =
      detail::options_from<Options>(config, "zero_padding2d", visit_fields, {"padding"});
  if (const ConfigValue* padding = config.find("padding")) options.padding = margins_of(*padding);
  return ZeroPadding2D(std::move(options));
}

Config ZeroPadding2D::get_config() const {
  using List = ConfigValue::List;
  const Margins& m = options_.padding;
  Config config = detail::config_of(*this, options_, visit_fields);
  config.set("padding", List{List{m.top, m.bottom}, List{m.left, m.right}});
  return config;
}

}  // namespace reel
