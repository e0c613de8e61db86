#include <reel/layers/up_sampling2d.h>

#include <reel/core/runtime/checked_index.h>
#include <reel/layers/base/image_shapes.h>
#include <reel/layers/base/layer_of_members.h>

namespace reel {

void visit_fields(UpSampling2DOptions& o, auto& field) {
  field("size", o.size);
  field("data_format", o.data_format);
  field("interpolation", o.interpolation);
}

UpSampling2D::UpSampling2D(Options options) : LayerOf(std::move(options)) {
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

Shape UpSampling2D::output_shape(const Shape& input) const {
  detail::check_rank(input, 4);
  return detail::with_rows_and_columns(input, options_.data_format, [&](Index n, int Pair::*side) {
    return detail::checked_product("size", n, options_.size.*side);
  });
}

template class LayerOf<UpSampling2D, UpSampling2DOptions>;

}  // namespace reel
