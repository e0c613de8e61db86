// Reshape: the elements of each sample under another shape.
//
// Read before: layer.h.
#pragma once

#include <reel/layers/base/config.h>
#include <reel/layers/base/layer.h>

namespace reel {

struct ReshapeOptions {
  Shape target_shape = {};  ///< without the batch; one extent may be -1 and is then worked out
  bool trainable = true;
  std::string name = {};
  std::optional<DType> dtype = {};
  std::optional<Shape> input_shape = {};
};

class Reshape : public Layer {
 public:
  using Options = ReshapeOptions;

  /// ValueError for two unknown extents.
  explicit Reshape(Options options);

  /// The layer that a config describes. TypeError for an entry that is no argument.
  static Reshape from_config(const Config& config);

  const Options& options() const { return options_; }
  Config get_config() const override;

  /// x of shape (N, ...) -> (N, target_shape...).
  using Layer::call;
  Tensor call(const Tensor& x, const Call& call) override;

  using Layer::compute_output_shape;
  /// ValueError when the sizes do not fit.
  Shape compute_output_shape(const Shape& input) const override;

 private:
  Options options_;
};

}  // namespace reel
