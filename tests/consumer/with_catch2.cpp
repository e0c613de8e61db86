// check_gradients in a test of Catch2, of its second version or its third.
#if __has_include(<catch2/catch_test_macros.hpp>)
#include <catch2/catch_test_macros.hpp>
#else
#define CATCH_CONFIG_MAIN
#include <catch2/catch.hpp>
#endif

#include <reel/reel.h>

TEST_CASE("the gradient of x^2 is right") {
  const auto square = [](const reel::Tensor& x) { return x * x; };
  CHECK(reel::check_gradients(square, reel::Tensor({1, -2, 3}, reel::float64)));
}
