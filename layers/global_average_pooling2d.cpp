#include <reel/layers/global_average_pooling2d.h>

namespace reel {

Tensor GlobalAveragePooling2D::call(const Tensor& x, const Call&) {
  return global_avg_pool2d(x, options().data_format, options().keepdims);
}

}  // namespace reel
