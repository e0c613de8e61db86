#include <doctest/doctest.h>

#include <functional>

#include <reel/core/grad_check.h>
#include <reel/core/ops.h>

using namespace reel;

TEST_CASE("every reduction has right gradients over any axes, to second order") {
  using Reduction = Tensor (*)(const Operand&, const Axes&, bool);
  const Tensor x({{{0.3, -1.2, 0.8}, {1.4, 0.6, -0.5}}, {{-0.9, 2.1, 1.1}, {0.2, -1.7, 0.7}}},
                 float64);
  for (Reduction f : {sum, mean, max, min, prod, logsumexp, variance, l2_norm})
    for (const Axes& axes : {Axes{}, Axes(0), Axes(1), Axes{0, 2}, Axes{1, -1}, Axes(-1)})
      for (bool keepdims : {false, true})
        CHECK(check_gradients([&](const Tensor& v) { return f(v, axes, keepdims); }, x));
}
