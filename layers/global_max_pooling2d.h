// GlobalMaxPooling2D: the largest element of each channel.
//
// Read before: global_pooling2d.h, which has the options, and core/ops/pooling.h.
#pragma once

#include <reel/layers/global_pooling2d.h>

namespace reel {

using GlobalMaxPooling2DOptions = GlobalPooling2DOptions;

class GlobalMaxPooling2D : public GlobalPooling2D {
 public:
  explicit GlobalMaxPooling2D(Options options = {}) : GlobalPooling2D(std::move(options)) {
    check_options();
  }

  /// The layer that a config describes. TypeError for an entry that is no argument.
  static GlobalMaxPooling2D from_config(const Config& config) {
    return GlobalMaxPooling2D(options_of(config, "global_max_pooling2d"));
  }

  /// x of shape (N, H, W, C) -> (N, C), or (N, C, H, W) with channels_first.
  using Layer::call;
  Tensor call(const Tensor& x, const Call& call) override;
};

}  // namespace reel
