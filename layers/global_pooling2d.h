// GlobalMaxPooling2D and GlobalAveragePooling2D: the largest element, or the mean, of each channel.
//
// One template for both, as in pooling2d.h: they differ in the op that they call.
// Read before: layer_of.h, pooling.h.
#pragma once

#include <reel/core/ops/pooling.h>
#include <reel/layers/base/layer_of.h>

namespace reel {

struct GlobalPooling2DOptions {
  DataFormat data_format = "channels_last";
  bool keepdims = false;  ///< (N, 1, 1, C) instead of (N, C)
  bool trainable = true;
  std::string name = {};
  std::optional<DType> dtype = {};
  std::optional<Shape> input_shape = {};
};
using GlobalMaxPooling2DOptions = GlobalPooling2DOptions;
using GlobalAveragePooling2DOptions = GlobalPooling2DOptions;

/// A layer that runs `op` on x of shape (N, H, W, C) -> (N, C), or (N, C, H, W) with
/// channels_first.
template <class Self, Tensor (*op)(const Operand&, const DataFormat&, bool)>
class GlobalPooling2D : public LayerOf<Self, GlobalPooling2DOptions> {
 public:
  Tensor call(const Tensor& x, const Call&) override {
    return op(x, this->options_.data_format, this->options_.keepdims);
  }
  std::optional<Index> flops(std::span<const Tensor> xs, const Tensor&) const override {
    return xs[0].size();
  }

 protected:
  explicit GlobalPooling2D(GlobalPooling2DOptions options)
      : LayerOf<Self, GlobalPooling2DOptions>(options) {}
  /// For the constructor of Self, where the class, and so the path in the messages, is known.
  void check_options() {
    this->options_.data_format.kind(this->path().c_str());
    this->set_input_spec({.rank = 4});
  }
  Shape output_shape(const Shape& input) const override;
};

class GlobalMaxPooling2D : public GlobalPooling2D<GlobalMaxPooling2D, global_max_pool2d> {
 public:
  /// ValueError for an unknown data format.
  explicit GlobalMaxPooling2D(Options options = {}) : GlobalPooling2D(options) { check_options(); }
  explicit GlobalMaxPooling2D(EmptyBraces) : GlobalMaxPooling2D() {}
};

class GlobalAveragePooling2D : public GlobalPooling2D<GlobalAveragePooling2D, global_avg_pool2d> {
 public:
  /// ValueError for an unknown data format.
  explicit GlobalAveragePooling2D(Options options = {}) : GlobalPooling2D(options) {
    check_options();
  }
  explicit GlobalAveragePooling2D(EmptyBraces) : GlobalAveragePooling2D() {}
};

}  // namespace reel
