// MaxPooling2D and AveragePooling2D: the largest element, or the mean, of each window.
//
// One template for both: they differ in the op that they call. Pooling has no weights; padding
// never is the largest element and does not count for the mean.
// Read before: layer_of.h, pooling.h. Read next: global_pooling2d.h.
#pragma once

#include <reel/core/ops/pooling.h>
#include <reel/layers/base/layer_of.h>

namespace reel {

struct Pooling2DOptions {
  Pair pool_size = 2;
  Pair strides = 0;  ///< 0: the pool's size
  Padding padding = "valid";
  DataFormat data_format = "channels_last";
  bool trainable = true;
  std::string name = {};
  std::optional<DType> dtype = {};
  std::optional<Shape> input_shape = {};
};
using MaxPooling2DOptions = Pooling2DOptions;
using AveragePooling2DOptions = Pooling2DOptions;

/// A layer that runs `op` on x of shape (N, H, W, C), or (N, C, H, W) with channels_first.
template <class Self, Tensor (*op)(const Operand&, const PoolingOptions&)>
class Pooling2D : public LayerOf<Self, Pooling2DOptions> {
 public:
  Tensor call(const Tensor& x, const Call&) override {
    const Pooling2DOptions& o = this->options_;
    output_shape(x.shape());  // refuses what leaves nothing
    return op(x, {o.pool_size, o.strides, o.padding, o.data_format});
  }
  std::optional<Index> flops(std::span<const Tensor>, const Tensor& y) const override {
    return y.size() * this->options_.pool_size.rows * this->options_.pool_size.columns;
  }

 protected:
  explicit Pooling2D(Pooling2DOptions options) : LayerOf<Self, Pooling2DOptions>(options) {}
  /// For the constructor of Self, where the class, and so the path in the messages, is known.
  void check_options();
  Shape output_shape(const Shape& input) const override;
  void create_weights(const Shape& input) override { output_shape(input); }
};

class MaxPooling2D : public Pooling2D<MaxPooling2D, max_pool2d> {
 public:
  /// ValueError for sizes below 1, an unknown padding or data format.
  explicit MaxPooling2D(Options options = {}) : Pooling2D(options) { check_options(); }
  explicit MaxPooling2D(EmptyBraces) : MaxPooling2D() {}
};

class AveragePooling2D : public Pooling2D<AveragePooling2D, avg_pool2d> {
 public:
  /// ValueError for sizes below 1, an unknown padding or data format.
  explicit AveragePooling2D(Options options = {}) : Pooling2D(options) { check_options(); }
  explicit AveragePooling2D(EmptyBraces) : AveragePooling2D() {}
};

}  // namespace reel
