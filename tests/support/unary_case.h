// One row a unary op: the op, its formula on a double, and arguments away from its kinks. A row is
// checked for values in both dtypes and gradients of first and second order.
#pragma once

#include <doctest/doctest.h>

#include <functional>
#include <span>
#include <vector>

#include <reel/core/derivatives/grad_check.h>
#include <reel/core/ops.h>
#include <reel/core/tape.h>

struct UnaryCase {
  const char* name;
  std::function<reel::Tensor(const reel::Tensor&)> op;
  double (*formula)(double);
  std::vector<double> at;
};

inline const std::vector<double> anywhere{-2.3, -0.7, -0.1, 0.2, 0.9, 3.1};
inline const std::vector<double> positive{0.3, 0.8, 1.0, 2.5};

inline void check_unary_cases(std::span<const UnaryCase> cases) {
  for (const UnaryCase& c : cases) {
    CAPTURE(c.name);
    const reel::Tensor x(c.at, {1, static_cast<reel::Index>(c.at.size())});
    const reel::Tensor y = c.op(x), y32 = c.op(cast(x, reel::float32));
    CHECK(y.shape() == x.shape());
    CHECK(y32.dtype() == reel::float32);
    for (reel::Index i = 0; i < x.size(); ++i) {
      CHECK(y.at(0, i) == doctest::Approx(c.formula(x.at(0, i))).epsilon(1e-13));
      CHECK(y32.at(0, i) == doctest::Approx(c.formula(x.at(0, i))).epsilon(2e-6));
    }
    CHECK(check_gradients(c.op, x));
    CHECK(c.op(reel::zeros({2, 0, 3})).shape() == reel::Shape{2, 0, 3});
  }
}

// The gradient of sum(op(x)) at the values of x.
inline reel::Tensor slope_of(const std::function<reel::Tensor(const reel::Tensor&)>& op,
                             const reel::Tensor& x) {
  reel::Tape tape;
  tape.watch(x);
  return tape.gradient(op(x), x);
}
