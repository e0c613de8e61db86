// What MaxPooling2D and AveragePooling2D share: their options, their checks and their shapes.
//
// A layer that pools has no weights; the two differ in the op that `call` runs.
// Read before: layer.h, core/ops/pooling.h. Read next: max_pooling2d.h, average_pooling2d.h.
#pragma once

#include <reel/core/ops/pooling.h>
#include <reel/layers/base/config.h>
#include <reel/layers/base/layer.h>

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

class Pooling2D : public Layer {
 public:
  using Options = Pooling2DOptions;

  const Options& options() const { return options_; }
  Config get_config() const override;

  using Layer::compute_output_shape;
  /// Unknown extents stay unknown. ValueError when an extent would be below 0.
  Shape compute_output_shape(const Shape& input) const override;

 protected:
  explicit Pooling2D(Options options);
  /// To be called by the constructors of the classes below this one: only then is the class, and so
  /// the name in the messages, known.
  /// ValueError for sizes below 1, an unknown padding or data format.
  void check_options();

  /// As the ops take them, with the strides filled in.
  PoolingOptions op_options() const;

  /// The options that the config of a `layer` describes.
  static Options options_of(const Config& config, const char* layer);

 private:
  Options options_;
};

}  // namespace reel
