// check_gradients in a test of doctest: a report is a condition that says what is wrong when it
// fails.
#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <doctest/doctest.h>

#include <reel/reel.h>

TEST_CASE("the gradient of x^2 is right") {
  const auto square = [](const reel::Tensor& x) { return x * x; };
  CHECK(reel::check_gradients(square, reel::Tensor({1, -2, 3}, reel::float64)));
}
