#include <doctest/doctest.h>

#include <reel/core/grad_check.h>
#include <reel/core/ops.h>

using namespace reel;

TEST_CASE("the gradient of a product is the other factor") {
  Variable a(Tensor(3.0)), b(Tensor(4.0));
  Tape tape;
  const Tensor y = a * b + a;
  const auto gradients = tape.gradient(y, std::vector{a, b});
  CHECK(gradients[0].gradient.item() == 5.0);
  CHECK(gradients[1].gradient.item() == 3.0);
}

TEST_CASE("a broadcast operand's gradient is summed over the axes it was repeated on") {
  const Tensor x({{1, 2, 3}, {4, 5, 6}}, float64), b({1, 2, 3}, float64);
  CHECK(check_gradients(
      [](const std::vector<Tensor>& xs) { return exp(xs[0] / 4.0) * xs[1] / xs[1]; }, {x, b}));
}

TEST_CASE("nested tapes give second derivatives") {
  const Tensor x(2.0, float64);
  Tape outer;
  outer.watch(x);
  Tensor dy;
  {
    Tape inner;
    const Tensor y = x * x * x;
    dy = inner.gradient(y, x);
  }
  CHECK(dy.item() == 12.0);
  CHECK(outer.gradient(dy, x).item() == 12.0);
}
