// MaxPooling2D: the largest element of each window.
//
// Read before: pooling2d.h, which has the options, and core/ops/pooling.h.
#pragma once

#include <reel/layers/pooling2d.h>

namespace reel {

using MaxPooling2DOptions = Pooling2DOptions;

class MaxPooling2D : public Pooling2D {
 public:
  explicit MaxPooling2D(Options options = {}) : Pooling2D(std::move(options)) { check_options(); }

  /// The layer that a config describes. TypeError for an entry that is no argument.
  static MaxPooling2D from_config(const Config& config) {
    return MaxPooling2D(options_of(config, "max_pooling2d"));
  }

  /// x of shape (N, H, W, C), or (N, C, H, W) with channels_first.
  using Layer::call;
  Tensor call(const Tensor& x, const Call& call) override;
};

}  // namespace reel
