#include <reel/layers/global_max_pooling2d.h>

namespace reel {

Tensor GlobalMaxPooling2D::call(const Tensor& x, const Call&) {
  return global_max_pool2d(x, options().data_format, options().keepdims);
}

}  // namespace reel
