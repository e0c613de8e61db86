#include <reel/layers/max_pooling2d.h>

namespace reel {

Tensor MaxPooling2D::call(const Tensor& x, const Call&) { return max_pool2d(x, op_options()); }

}  // namespace reel
