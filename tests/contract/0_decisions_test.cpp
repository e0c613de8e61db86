// Contract 0: decisions that no other section's tests prove.
#include <doctest/doctest.h>

#include <cmath>
#include <type_traits>

#include <reel/core/error.h>
#include <reel/core/ops.h>
#include <reel/layers/dense.h>

using namespace reel;

// Proves: 0 exceptions
TEST_CASE("0 every error is of one class, under a common base") {
  CHECK(std::is_base_of_v<Error, ValueError>);
  CHECK(std::is_base_of_v<Error, TypeError>);
  CHECK(std::is_base_of_v<Error, RuntimeError>);
  CHECK(std::is_base_of_v<Error, IoError>);
  CHECK_FALSE(std::is_base_of_v<ValueError, TypeError>);
  CHECK_THROWS_AS(Dense({.units = 0}), ValueError);
  CHECK_THROWS_AS(Dense({.units = 0}), Error);
}

// Proves: 0 softmax then cross-entropy; 8.31
TEST_CASE("0 softmax hides no logits: a loss from logits takes what it is given") {
  const Tensor logits({{2.0, -1.0, 0.5}}, float64), p = softmax(logits);
  const std::vector<std::int32_t> labels{1};
  double sum = 0;
  for (int i = 0; i < 3; ++i) sum += std::exp(p.at(0, i));
  CHECK(softmax_cross_entropy(p, labels).item() ==
        doctest::Approx(std::log(sum) - p.at(0, 1)).epsilon(1e-12));
  CHECK(categorical_crossentropy(p, Tensor({{0.0, 1.0, 0.0}}, float64)).item() ==
        doctest::Approx(-std::log(p.at(0, 1))).epsilon(1e-12));
}
