// AveragePooling2D: the mean of each window, padding not counted.
//
// Read before: pooling2d.h, which has the options, and core/ops/pooling.h.
#pragma once

#include <reel/layers/pooling2d.h>

namespace reel {

using AveragePooling2DOptions = Pooling2DOptions;

class AveragePooling2D : public Pooling2D {
 public:
  explicit AveragePooling2D(Options options = {}) : Pooling2D(std::move(options)) {
    check_options();
  }

  /// The layer that a config describes. TypeError for an entry that is no argument.
  static AveragePooling2D from_config(const Config& config) {
    return AveragePooling2D(options_of(config, "average_pooling2d"));
  }

  /// x of shape (N, H, W, C), or (N, C, H, W) with channels_first.
  using Layer::call;
  Tensor call(const Tensor& x, const Call& call) override;
};

}  // namespace reel
