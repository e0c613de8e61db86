// Cropping2D: rows and columns at the sides of each image left out.
//
// Read before: layer_of.h, margins.h, shape_ops.h (`strided_slice`).
#pragma once

#include <vector>

#include <reel/layers/base/layer_of.h>
#include <reel/layers/base/margins.h>

namespace reel {

struct Cropping2DOptions {
  Margins cropping = 0;
  DataFormat data_format = "channels_last";
  bool trainable = true;
  std::string name = {};
  std::optional<DType> dtype = {};
  std::optional<Shape> input_shape = {};
};

class Cropping2D : public LayerOf<Cropping2D, Cropping2DOptions> {
 public:
  /// ValueError for a negative margin or an unknown data format.
  explicit Cropping2D(Options options = {});
  explicit Cropping2D(EmptyBraces) : Cropping2D() {}

  /// x of shape (N, H, W, C) -> (N, H - top - bottom, W - left - right, C). ValueError when no row
  /// or no column is left. Gradient: dy, with zeros where x was left out.
  Tensor call(const Tensor& x, const Call& call) override;
  std::optional<Index> flops(std::span<const Tensor>, const Tensor&) const override { return 0; }

 protected:
  Shape output_shape(const Shape& input) const override;
  void create_weights(const Shape& input) override { output_shape(input); }

 private:
  std::vector<Index> begin_, end_, strides_;  // of a section
};

}  // namespace reel
