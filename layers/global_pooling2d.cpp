#include <reel/layers/global_pooling2d.h>

#include <reel/layers/base/config_fields.h>
#include <reel/layers/base/naming.h>
#include <reel/layers/base/output_shape.h>

namespace reel {
namespace {

constexpr auto visit_fields = [](auto& o, auto& field) {
  field("data_format", o.data_format);
  field("keepdims", o.keepdims);
  detail::visit_common_fields(o, field);
};

}  // namespace

GlobalPooling2D::GlobalPooling2D(Options options)
    : Layer(layer_options(options)), options_(std::move(options)) {}

void GlobalPooling2D::check_options() {
  options_.data_format.kind(path().c_str());
  set_input_spec({.rank = 4});
}

Shape GlobalPooling2D::compute_output_shape(const Shape& input) const {
  return detail::with_path(path(), [&] {
    detail::check_rank(input, 4);
    const int rows = detail::rows_axis(options_.data_format);
    if (!options_.keepdims) return input.without(rows).without(rows);
    Shape output = input;
    output[rows] = output[rows + 1] = 1;
    return output;
  });
}

GlobalPooling2D::Options GlobalPooling2D::options_of(const Config& config, const char* layer) {
  return detail::options_from<Options>(config, layer, visit_fields);
}

Config GlobalPooling2D::get_config() const {
  return detail::config_of(*this, options_, visit_fields);
}

}  // namespace reel
