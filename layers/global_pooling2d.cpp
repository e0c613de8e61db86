#include <reel/layers/global_pooling2d.h>

#include <reel/layers/base/image_shapes.h>
#include <reel/layers/base/layer_of_members.h>

namespace reel {

void visit_fields(GlobalPooling2DOptions& o, auto& field) {
  field("data_format", o.data_format);
  field("keepdims", o.keepdims);
}

template <class Self, Tensor (*op)(const Operand&, const DataFormat&, bool)>
Shape GlobalPooling2D<Self, op>::output_shape(const Shape& input) const {
  detail::check_rank(input, 4);
  const int rows = 4 + detail::rows_axis(this->options_.data_format);
  if (input[rows] == 0 || input[rows + 1] == 0)
    throw ValueError("an image must have at least one position; got {}", input);
  if (!this->options_.keepdims) return input.without(rows).without(rows);
  Shape output = input;
  output[rows] = output[rows + 1] = 1;
  return output;
}

template class LayerOf<GlobalMaxPooling2D, GlobalPooling2DOptions>;
template class LayerOf<GlobalAveragePooling2D, GlobalPooling2DOptions>;
template class GlobalPooling2D<GlobalMaxPooling2D, global_max_pool2d>;
template class GlobalPooling2D<GlobalAveragePooling2D, global_avg_pool2d>;

}  // namespace reel
