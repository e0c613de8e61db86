// Two variables and what the tests of optimizers do with them.
#pragma once

#include <functional>
#include <vector>

#include <reel/core/ops.h>
#include <reel/core/tape.h>

namespace reel::test {

using Items = std::vector<double>;

struct TwoVariables {
  Variable v0, v1;

  explicit TwoVariables(const Constraint& c0 = {}, const Constraint& c1 = {})
      : v0(Tensor({1, 2}, float64), {.name = "v0", .constraint = c0}),
        v1(Tensor({3, 4}, float64), {.name = "v1", .constraint = c1}) {}

  std::vector<Variable> both() const { return {v0, v1}; }
  // 5 v0 + 3 v1, element by element.
  std::function<Tensor()> loss() const {
    return [*this] { return 5.0 * v0 + 3.0 * v1; };
  }
};

inline std::vector<double> values(const Variable& v) { return v.value().to_vector(); }

inline VariableGradient pair(const Variable& v, double gradient) {
  return {v, full(v.shape(), gradient, v.dtype())};
}

inline Constraint clipped(double low, double high) {
  return [=](const Variable& v) { return clip(v, low, high); };
}

}  // namespace reel::test
