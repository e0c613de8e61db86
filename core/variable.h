// Variable: the only thing in the library that is assigned.
//
// A `Variable` is a handle: copies name the same variable, and comparing compares identity. Reading
// it gives a `Tensor`; under a tape each read is a node, so assigning between the forward pass and
// the gradient neither loses nor corrupts anything: the tensors read before keep their values.
// A constraint is kept here because the optimizer, which applies it right after the variable's own
// update, sees variables and not layers. The kernel kind tells `per_filter()` which axes to take.
// Read before: tensor.h, named_function.h. Read next: variable.cpp.
#pragma once

#include <memory>
#include <string>

#include <reel/core/runtime/named_function.h>
#include <reel/core/tensor.h>

namespace reel {

class Variable;
template <>
inline constexpr bool memory::in_pool<Variable> = true;

/// A projection of weights: takes the variable after its update, returns the value to keep.
class Constraint : public NamedFunction<Tensor(const Variable&)> {
 public:
  using NamedFunction::NamedFunction;
};

/// What a variable's axes mean. depthwise: (R, S, C, M); pointwise: (1, 1, C * M, F);
/// convolution: (R, S, C, F); transposed: (R, S, F, C); dense: (in, units); bias: (F,).
enum class KernelKind { none, depthwise, pointwise, convolution, transposed, dense, bias };
constexpr std::string_view name_of(KernelKind kind) {
  return detail::name_in(
      {"none", "depthwise", "pointwise", "convolution", "transposed", "dense", "bias"}, kind);
}

struct VariableOptions {
  std::string name = "variable";
  bool trainable = true;
  Constraint constraint = {};
  KernelKind kernel_kind = KernelKind::none;
};

class Variable {
 public:
  /// No variable at all: `defined()` is false.
  Variable() = default;

  /// A new variable with this value. ValueError when it is undefined or its constraint cannot fit.
  explicit Variable(const Tensor& value, const VariableOptions& options = {});

  bool defined() const { return state_ != nullptr; }

  /// The present value. While a tape records, the read is a node on it.
  Tensor value() const;
  operator Tensor() const { return value(); }

  /// Sets the value; never recorded. ValueError or TypeError when shape or dtype differ.
  void assign(const Tensor& value) const;

  const std::string& name() const;
  const Shape& shape() const;
  DType dtype() const;
  Index size() const { return shape().size(); }
  bool trainable() const;
  const Constraint& constraint() const;
  KernelKind kernel_kind() const;
  /// Names the variable on tapes for its whole life.
  TensorId id() const;
  /// The present value as a tensor prints, and the name; never recorded.
  std::string str() const;

  friend bool operator==(const Variable& a, const Variable& b) { return a.state_ == b.state_; }

  // --- for optimizers ------------------------------------------------------------------------

  /// The stored tensor itself, unrecorded: to be written when it is unique, else to be replaced.
  Tensor& stored() const;

 private:
  friend class WeakVariable;
  struct State;
  State& state() const;
  std::shared_ptr<State> state_;
};

std::ostream& operator<<(std::ostream& out, const Variable& variable);

/// A variable that may be gone by now: what a register of variables keeps.
class WeakVariable {
 public:
  explicit WeakVariable(const Variable& variable) : state_(variable.state_) {}
  /// The variable, or an undefined one when nobody holds it any more.
  Variable lock() const {
    Variable variable;
    variable.state_ = state_.lock();
    return variable;
  }
  bool expired() const { return state_.expired(); }

 private:
  std::weak_ptr<Variable::State> state_;
};

}  // namespace reel

template <>
struct fmt::formatter<reel::Variable> : reel::detail::StrFormatter<reel::Variable> {};
