// ReLU, LeakyReLU, ThresholdedReLU, ELU and Softmax: the reference's activations that are layers.
//
// Each is a function of activations.h under the names and defaults that its class has in Keras;
// they are here so that a net that Keras saved loads. In a net of one's own
// `.activation = activations::relu({.max_value = 6})` in the layer before does the same.
// One template for all: they differ in their parameters. Read before: activations.h, layer_of.h.
// Read next: prelu.h, whose slopes are weights.
#pragma once

#include <utility>
#include <vector>

#include <reel/layers/base/layer_of.h>
#include <reel/layers/functions/activations.h>

namespace reel {

struct ReLUOptions {
  std::optional<double> max_value = {};  ///< where y is cut off; none: nowhere
  double negative_slope = 0.0;
  double threshold = 0.0;
  bool trainable = true;
  std::string name = {};
  std::optional<DType> dtype = {};
  std::optional<Shape> input_shape = {};
};

struct LeakyReLUOptions {
  double alpha = 0.3;  ///< slope below 0
  bool trainable = true;
  std::string name = {};
  std::optional<DType> dtype = {};
  std::optional<Shape> input_shape = {};
};

struct ThresholdedReLUOptions {
  double theta = 1.0;  ///< y is 0 up to here
  bool trainable = true;
  std::string name = {};
  std::optional<DType> dtype = {};
  std::optional<Shape> input_shape = {};
};

struct ELUOptions {
  double alpha = 1.0;  ///< y -> -alpha at -infinity
  bool trainable = true;
  std::string name = {};
  std::optional<DType> dtype = {};
  std::optional<Shape> input_shape = {};
};

struct SoftmaxOptions {
  std::vector<int> axis = {-1};  ///< one or several
  bool trainable = true;
  std::string name = {};
  std::optional<DType> dtype = {};
  std::optional<Shape> input_shape = {};
};

/// A layer that is an activation with these options: x of any shape -> y of the same.
template <class Self, class OptionsOfSelf>
class AdvancedActivation : public LayerOf<Self, OptionsOfSelf> {
 public:
  Tensor call(const Tensor& x, const Call&) override { return activation_(x); }
  std::optional<Index> flops(std::span<const Tensor>, const Tensor& y) const override {
    return y.size();
  }

 protected:
  using LayerOf<Self, OptionsOfSelf>::LayerOf;
  /// For the constructor of Self, where the class, and so the path in errors, is known.
  void make_activation();
  Shape output_shape(const Shape& input) const override { return input; }

 private:
  Activation activation_;
};

class ReLU : public AdvancedActivation<ReLU, ReLUOptions> {
 public:
  /// ValueError for a max_value below the threshold or parameters that are not finite.
  explicit ReLU(Options options = {}) : AdvancedActivation(std::move(options)) {
    make_activation();
  }
  explicit ReLU(EmptyBraces) : ReLU() {}
};

/// ValueError, as for those below, for a parameter that is not finite.
class LeakyReLU : public AdvancedActivation<LeakyReLU, LeakyReLUOptions> {
 public:
  explicit LeakyReLU(Options options = {}) : AdvancedActivation(std::move(options)) {
    make_activation();
  }
  explicit LeakyReLU(EmptyBraces) : LeakyReLU() {}
};

class ThresholdedReLU : public AdvancedActivation<ThresholdedReLU, ThresholdedReLUOptions> {
 public:
  explicit ThresholdedReLU(Options options = {}) : AdvancedActivation(std::move(options)) {
    make_activation();
  }
  explicit ThresholdedReLU(EmptyBraces) : ThresholdedReLU() {}
};

class ELU : public AdvancedActivation<ELU, ELUOptions> {
 public:
  explicit ELU(Options options = {}) : AdvancedActivation(std::move(options)) { make_activation(); }
  explicit ELU(EmptyBraces) : ELU() {}
};

class Softmax : public AdvancedActivation<Softmax, SoftmaxOptions> {
 public:
  explicit Softmax(Options options = {}) : AdvancedActivation(std::move(options)) {
    make_activation();
  }
  explicit Softmax(EmptyBraces) : Softmax() {}
};

}  // namespace reel
