#include <doctest/doctest.h>

#include <reel/core/grad_check.h>
#include <reel/core/ops.h>
#include <reel/core/random.h>

using namespace reel;

namespace {

Tensor sample(const Shape& shape) { return uniform(shape, -1.0, 1.0, float64, {5}); }

}  // namespace

TEST_CASE("sparse cross-entropy from logits gives the reference's numbers") {
  const Tensor logits({{8, 1, 1}, {0, 9, 1}, {2, 3, 5}}, float64);
  const std::int32_t labels[] = {0, 1, 2};
  const Tensor losses = softmax_cross_entropy(logits, labels, {.reduction = Reduction::none});
  CHECK(losses.at(0) == doctest::Approx(0.001822).epsilon(1e-3));
  CHECK(losses.at(1) == doctest::Approx(0.000459).epsilon(1e-3));
  CHECK(losses.at(2) == doctest::Approx(0.169846).epsilon(1e-5));
  CHECK(softmax_cross_entropy(logits, labels).item() == doctest::Approx(0.0573).epsilon(1e-2));
  const Tensor weights({1.2, 3.4, 5.6}, float64);
  CHECK(softmax_cross_entropy(logits, labels, {.weights = weights}).item() ==
        doctest::Approx(0.31829).epsilon(1e-4));
}

TEST_CASE("the gradients of softmax cross-entropy are right to second order") {
  const std::int32_t labels[] = {2, 0, 1, 2};
  CHECK(check_gradients([&](const Tensor& z) { return softmax_cross_entropy(z, labels); },
                        sample({4, 3})));
}
