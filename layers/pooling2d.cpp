#include <reel/layers/pooling2d.h>

#include <reel/layers/base/image_shapes.h>
#include <reel/layers/base/layer_of_members.h>

namespace reel {

void visit_fields(Pooling2DOptions& o, auto& field) {
  field("pool_size", o.pool_size);
  field("strides", o.strides);
  field("padding", o.padding);
  field("data_format", o.data_format);
}

template <class Self, Tensor (*op)(const Operand&, const PoolingOptions&)>
void Pooling2D<Self, op>::check_options() {
  Pooling2DOptions& o = this->options_;
  const std::string path = this->path();
  detail::check_pair(path, "pool_size", o.pool_size, 1);
  detail::check_pair(path, "strides", o.strides, 0);
  o.padding.kind(path.c_str());
  o.data_format.kind(path.c_str());
  if (o.strides.rows == 0) o.strides.rows = o.pool_size.rows;
  if (o.strides.columns == 0) o.strides.columns = o.pool_size.columns;
  this->set_input_spec({.rank = 4});
}

template <class Self, Tensor (*op)(const Operand&, const PoolingOptions&)>
Shape Pooling2D<Self, op>::output_shape(const Shape& input) const {
  const Pooling2DOptions& o = this->options_;
  detail::check_rank(input, 4);
  return detail::ConvolutionWindow{
      o.pool_size, {.strides = o.strides, .padding = o.padding, .data_format = o.data_format}}
      .slide(input);
}

template class LayerOf<MaxPooling2D, Pooling2DOptions>;
template class LayerOf<AveragePooling2D, Pooling2DOptions>;
template class Pooling2D<MaxPooling2D, max_pool2d>;
template class Pooling2D<AveragePooling2D, avg_pool2d>;

}  // namespace reel
