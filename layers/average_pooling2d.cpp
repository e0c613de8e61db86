#include <reel/layers/average_pooling2d.h>

namespace reel {

Tensor AveragePooling2D::call(const Tensor& x, const Call&) { return avg_pool2d(x, op_options()); }

}  // namespace reel
