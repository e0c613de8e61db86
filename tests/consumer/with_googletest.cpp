// check_gradients in a test of GoogleTest, which must be handed what it shall print.
#include <gtest/gtest.h>

#include <reel/reel.h>

TEST(Square, GradientIsRight) {
  const auto square = [](const reel::Tensor& x) { return x * x; };
  const auto report = reel::check_gradients(square, reel::Tensor({1, -2, 3}, reel::float64));
  EXPECT_TRUE(report) << report;
}
