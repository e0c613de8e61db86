// PReLU: y = x where x > 0, else alpha x, with a slope for each element of a sample that is
// learned.
//
// `shared_axes = {1, 2}` makes it one slope a channel of images (N, H, W, C). It starts as a ReLU;
// at 0 the gradient is 0. Source: He et al. (2015), "Delving deep into rectifiers".
// Read before: advanced_activations.h, layer_of.h.
#pragma once

#include <utility>
#include <vector>

#include <reel/layers/base/layer_of.h>

namespace reel {

struct PReLUOptions {
  Initializer alpha_initializer = "zeros";
  Regularizer alpha_regularizer = {};
  Constraint alpha_constraint = {};
  std::vector<int> shared_axes = {};  ///< of the input, along which alpha is one number
  Regularizer activity_regularizer = {};
  bool trainable = true;
  std::string name = {};
  std::optional<DType> dtype = {};
  std::optional<Shape> input_shape = {};
  std::vector<Tensor> weights = {};
  LayerScope scope = {};
  Reuse reuse = {};
};

class PReLU : public LayerOf<PReLU, PReLUOptions> {
 public:
  /// ValueError (TypeError) for an argument outside its domain, in the order of the arguments.
  explicit PReLU(Options options = {});
  explicit PReLU(EmptyBraces) : PReLU() {}

  /// Of the shape of a sample, with 1 along the shared axes; undefined before the build.
  const Variable& alpha() const { return alpha_; }

  /// x of any rank >= 2.
  Tensor call(const Tensor& x, const Call& call) override;
  std::optional<Index> flops(std::span<const Tensor>, const Tensor& y) const override {
    return 2 * y.size();
  }

 protected:
  Shape output_shape(const Shape& input) const override { return input; }
  /// ValueError for a shared axis that is the batch's or none.
  void create_weights(const Shape& input) override;

 private:
  Variable alpha_;
};

}  // namespace reel
