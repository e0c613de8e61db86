// What a weight is given besides its shape: the types of first values and of penalties.
//
// They stand apart because variable scopes (scope.h) hand them on; the functions themselves and
// their look-up by name are in initializers.h and regularizers.h. `Constraint` is declared with the
// variable that carries it. Read before: named_function.h, variable.h.
#pragma once

#include <reel/core/runtime/named_function.h>
#include <reel/core/tensor.h>

namespace reel {

/// First value of a weight: (shape, dtype) -> tensor of that shape and dtype.
class Initializer : public NamedFunction<Tensor(const Shape&, DType)> {
 public:
  using NamedFunction::NamedFunction;
  /// These values, rounded to the weight's dtype: `.kernel_initializer = tensor`. ValueError at the
  /// call for a weight of another shape.
  Initializer(const Tensor& value);
};

/// Penalty on a weight or on an output: tensor -> scalar; an undefined result is skipped.
class Regularizer : public NamedFunction<Tensor(const Tensor&)> {
 public:
  using NamedFunction::NamedFunction;
};

}  // namespace reel
