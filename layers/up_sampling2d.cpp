#include <reel/layers/up_sampling2d.h>

#include <reel/layers/base/config_fields.h>
#include <reel/layers/base/naming.h>
#include <reel/layers/base/output_shape.h>

namespace reel {
namespace {

constexpr auto visit_fields = [](auto& o, auto& field) {
  field("size", o.size);
  field("data_format", o.data_format);
  field("interpolation", o.interpolation);
  detail::visit_common_fields(o, field);
};

}  // namespace

UpSampling2D::UpSampling2D(Options options)
    : Layer(layer_options(options)), options_(std::move(options)) {
  const std::string path = this->path();
  detail::check_pair(path, "size", options_.size, 1);
  options_.data_format.kind(path.c_str());
  if (options_.interpolation != "nearest" && options_.interpolation != "bilinear")
    throw ValueError("{}: interpolation must be nearest or bilinear; got '{}'", path,
                     options_.interpolation);
  set_input_spec({.rank = 4});
}

Tensor UpSampling2D::call(const Tensor& x, const Call&) {
  return upsample2d(
      x, options_.size, options_.data_format,
      options_.interpolation == "nearest" ? Interpolation::nearest : Interpolation::bilinear);
}

Shape UpSampling2D::compute_output_shape(const Shape& input) const {
  return detail::with_path(path(), [&] {
    detail::check_rank(input, 4);
    const int rows = detail::rows_axis(options_.data_format);
    Shape output = input;
    if (input[rows] != Shape::unknown) output[rows] *= options_.size.rows;
    if (input[rows + 1] != Shape::unknown) output[rows + 1] *= options_.size.columns;
    return output;
  });
}

UpSampling2D UpSampling2D::from_config(const Config& config) {
  return UpSampling2D(detail::options_from<Options>(config, "up_sampling2d", visit_fields));
}

Config UpSampling2D::get_config() const { return detail::config_of(*this, options_, visit_fields); }

}  // namespace reel
