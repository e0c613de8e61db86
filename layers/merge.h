// Merge: what Add, Subtract, Multiply, Average, Maximum and Minimum share, and those but the first.
//
// Each makes one tensor of several, element by element and from left to right: `product({x,
// mask})`. Their shapes broadcast by NumPy's rules. One template for all: they differ in the op of
// two tensors that they repeat. Read before: layer_of.h, elementwise.h. Read next: add.h.
#pragma once

#include <reel/core/ops/elementwise.h>
#include <reel/layers/base/layer_of.h>

namespace reel {

struct MergeOptions {
  bool trainable = true;
  std::string name = {};
  std::optional<DType> dtype = {};
  std::optional<Shape> input_shape = {};
};

template <class Self>
class Merge : public LayerOf<Self, MergeOptions> {
 public:
  /// ValueError for fewer than two inputs, or shapes that do not broadcast. The gradients are those
  /// of the ops; of Maximum and Minimum at a tie, the whole goes to the first.
  Tensor call(std::span<const Tensor> xs, const Call& call) override;
  std::optional<Index> flops(std::span<const Tensor> xs, const Tensor& y) const override {
    return (static_cast<Index>(xs.size()) - 1) * y.size();
  }

  using LayerOf<Self, MergeOptions>::compute_output_shape;
  Shape compute_output_shape(std::span<const Shape> inputs) const override;

 protected:
  using OpOfTwo = Tensor (*)(const Operand&, const Operand&);
  /// An op that is repeated, under the name that it has in errors.
  Merge(MergeOptions options, const char* name, OpOfTwo op, bool takes_more = true)
      : LayerOf<Self, MergeOptions>(std::move(options)),
        name_(name),
        op_(op),
        takes_more_(takes_more) {}

  /// Of two inputs at least.
  virtual Tensor merged(std::span<const Tensor> xs) const;
  Shape output_shape(const Shape& input) const override {
    return compute_output_shape(std::span(&input, 1));
  }

 private:
  void check_number(std::size_t inputs, const char* what) const;

  const char* name_;
  OpOfTwo op_;
  bool takes_more_;
};

/// The first of two inputs minus the second; ValueError for more.
class Subtract : public Merge<Subtract> {
 public:
  explicit Subtract(Options options = {}) : Merge(std::move(options), "sub", sub, false) {}
  explicit Subtract(EmptyBraces) : Subtract() {}
};

class Multiply : public Merge<Multiply> {
 public:
  explicit Multiply(Options options = {}) : Merge(std::move(options), "mul", mul) {}
  explicit Multiply(EmptyBraces) : Multiply() {}
};

/// The mean of the inputs; no sum on the way to it leaves the dtype's range.
class Average : public Merge<Average> {
 public:
  explicit Average(Options options = {}) : Merge(std::move(options), "add", add) {}
  explicit Average(EmptyBraces) : Average() {}
  std::optional<Index> flops(std::span<const Tensor> xs, const Tensor& y) const override {
    return static_cast<Index>(xs.size()) * y.size();
  }

 protected:
  Tensor merged(std::span<const Tensor> xs) const override;
};

class Maximum : public Merge<Maximum> {
 public:
  explicit Maximum(Options options = {}) : Merge(std::move(options), "maximum", maximum) {}
  explicit Maximum(EmptyBraces) : Maximum() {}
};

class Minimum : public Merge<Minimum> {
 public:
  explicit Minimum(Options options = {}) : Merge(std::move(options), "minimum", minimum) {}
  explicit Minimum(EmptyBraces) : Minimum() {}
};

}  // namespace reel
