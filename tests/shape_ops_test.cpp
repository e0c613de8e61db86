#include <doctest/doctest.h>

#include <reel/core/grad_check.h>
#include <reel/core/ops.h>
#include <reel/core/random.h>

using namespace reel;

namespace {

Tensor sample(const Shape& shape) { return uniform(shape, -1.0, 1.0, float64, {3}); }

}  // namespace

TEST_CASE("reshape keeps the elements and works out one extent") {
  const Tensor y = reshape(Tensor{{1, 2, 3}, {4, 5, 6}}, {3, -1});
  CHECK(y.shape() == Shape{3, 2});
  CHECK(y.to_vector() == std::vector<double>{1, 2, 3, 4, 5, 6});
}

TEST_CASE("transpose puts axis permutation[i] of x at axis i") {
  const Tensor x = sample({2, 3, 4, 5});
  const Tensor y = transpose(x, {0, 3, 1, 2});
  REQUIRE(y.shape() == Shape{2, 5, 3, 4});
  for (Index n = 0; n < 2; ++n)
    for (Index h = 0; h < 3; ++h)
      for (Index w = 0; w < 4; ++w)
        for (Index c = 0; c < 5; ++c) CHECK(y.at(n, c, h, w) == x.at(n, h, w, c));
}

TEST_CASE("the gradients of transpose, slice and concat are right to second order") {
  CHECK(check_gradients(
      [](const std::vector<Tensor>& xs) {
        const Tensor parts[] = {transpose(xs[0]) * 2.0, slice(xs[1], {0, 1}, {3, 2})};
        const Tensor y = concat(parts, 1);
        return y * y * y;
      },
      {sample({2, 3}), sample({4, 3})}));
}
