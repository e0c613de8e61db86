// What GlobalMaxPooling2D and GlobalAveragePooling2D share: options and shapes.
//
// Read before: layer.h, core/ops/pooling.h. Read next: global_average_pooling2d.h.
#pragma once

#include <reel/core/ops/pooling.h>
#include <reel/layers/base/config.h>
#include <reel/layers/base/layer.h>

namespace reel {

struct GlobalPooling2DOptions {
  DataFormat data_format = "channels_last";
  bool keepdims = false;  ///< (N, 1, 1, C) instead of (N, C)
  bool trainable = true;
  std::string name = {};
  std::optional<DType> dtype = {};
  std::optional<Shape> input_shape = {};
};

class GlobalPooling2D : public Layer {
 public:
  using Options = GlobalPooling2DOptions;

  const Options& options() const { return options_; }
  Config get_config() const override;

  using Layer::compute_output_shape;
  Shape compute_output_shape(const Shape& input) const override;

 protected:
  explicit GlobalPooling2D(Options options);
  /// To be called by the constructors of the classes below this one: only then is the class, and so
  /// the name in the messages, known.
  /// ValueError for an unknown data format.
  void check_options();

  /// The options that the config of a `layer` describes.
  static Options options_of(const Config& config, const char* layer);

 private:
  Options options_;
};

}  // namespace reel
