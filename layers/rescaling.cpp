#include <reel/layers/rescaling.h>

#include <cmath>

#include <reel/core/ops/elementwise.h>
#include <reel/layers/base/layer_of_members.h>

namespace reel {

void visit_fields(RescalingOptions& o, auto& field) {
  field("scale", o.scale);
  field("offset", o.offset);
}

Rescaling::Rescaling(Options options) : LayerOf(std::move(options)) {
  const auto check = [&](const char* argument, double value) {
    if (!std::isfinite(value))
      throw ValueError("{}: {} must be finite; got {}", path(), argument, value);
  };
  check("scale", options_.scale);
  check("offset", options_.offset);
}

Tensor Rescaling::call(const Tensor& x, const Call&) {
  return x * options_.scale + options_.offset;
}

template class LayerOf<Rescaling, RescalingOptions>;

}  // namespace reel
