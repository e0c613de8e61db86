// Means hold over the whole range of a dtype: where the numbers have one, their sum need not.
//
// All that divides a sum by a known count is here: the ops and their gradients, the poolings in
// both formats, the reductions of losses. What the plain sum can do keeps its bits.
#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include <reel/core/derivatives/grad_check.h>
#include <reel/core/ops.h>
#include <reel/core/tape.h>

using namespace reel;

namespace {

double largest(DType dtype) {
  return dtype == float32 ? std::numeric_limits<float>::max() : std::numeric_limits<double>::max();
}
double tolerance(DType dtype) { return dtype == float32 ? 4e-7 : 1e-15; }

// Odd sizes, of which two and more leave the range when they are added.
Tensor numbers(const Shape& shape, DType dtype) {
  return cast(uniform(shape, 0.5, 1.0, float64, {3}), dtype);
}

// f(x), a mean, times `far` is f(x times far).
template <class F>
void check_scales(const Tensor& x, const F& f) {
  const DType dtype = x.dtype();
  const double far = std::ldexp(1.0, dtype == float32 ? 127 : 1023);
  const std::vector<double> expected = f(x).to_vector(), got = f(x * far).to_vector();
  REQUIRE(!expected.empty());
  for (std::size_t i = 0; i < expected.size(); ++i)
    CHECK(std::abs(got[i] / far - expected[i]) <= tolerance(dtype) * std::abs(expected[i]));
  Tape tape;
  const Tensor near = x * 1, large = x * far;
  tape.watch(near);
  tape.watch(large);
  const Tensor of_near = f(near), of_large = f(large);
  CHECK(tape.gradient(of_large, large).to_vector() == tape.gradient(of_near, near).to_vector());
}

}  // namespace

TEST_CASE("a mean is a number wherever the numbers are, though their sum is not") {
  for (const DType dtype : {float32, float64}) {
    const Tensor x = numbers({3, 5, 7}, dtype);
    for (const Axes& axes : {Axes{}, Axes(0), Axes(1), Axes(2), Axes{0, 2}, Axes{0, 1}})
      for (const bool keepdims : {false, true})
        check_scales(x, [&](const Tensor& numbers) { return mean(numbers, axes, keepdims); });
    CHECK(mean(full({2}, largest(dtype), dtype)).item() == largest(dtype));
    CHECK(mean(full({100'003}, -largest(dtype), dtype)).item() ==
          doctest::Approx(-largest(dtype)).epsilon(1e-6));
  }
}

TEST_CASE("average pools do so, too, in both formats, with and without padding") {
  for (const DType dtype : {float32, float64})
    for (const char* format : {"channels_last", "channels_first"})
      for (const char* padding : {"valid", "same"})
        for (const int size : {2, 3})
          for (const int step : {1, 2, 3}) {
            INFO(dtype, ", ", format, ", ", padding, ", ", size, ", ", step);
            const Tensor x = numbers({2, 7, 5, 6}, dtype);
            check_scales(x, [&](const Tensor& images) {
              return avg_pool2d(
                  images,
                  {.pool_size = size, .strides = step, .padding = padding, .data_format = format});
            });
            check_scales(x,
                         [&](const Tensor& images) { return global_avg_pool2d(images, format); });
          }
}

TEST_CASE("mean losses do so, too, with and without weights") {
  for (const DType dtype : {float32, float64}) {
    const Tensor x = numbers({3, 5}, dtype), weights = cast(Tensor({{1.0}, {0.0}, {0.5}}), dtype);
    for (const Reduction reduction :
         {Reduction::sum_over_batch_size, Reduction::weighted_mean, Reduction::by_nonzero_weights})
      for (const Tensor& given : {Tensor(), weights})
        check_scales(x, [&](const Tensor& predictions) {
          return absolute_difference(predictions, zeros_like(predictions),
                                     {.reduction = reduction, .weights = given});
        });
  }
}

TEST_CASE("a variance is a number where the sum of squares, or one of them, is not") {
  for (const DType dtype : {float32, float64}) {
    const double far = std::ldexp(1.0, dtype == float32 ? 63 : 511);
    const Tensor x = cast(Tensor({4.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0}), dtype);
    CHECK(variance(x * far).item() == variance(x).item() * far * far);
    const Tensor pair = cast(Tensor({1.5, -1.5}), dtype);
    CHECK(variance(pair * far).item() == 2.25 * far * far);
  }
}

TEST_CASE("what is infinite or NaN in the numbers is so in their mean, and nowhere else") {
  constexpr double infinity = std::numeric_limits<double>::infinity();
  for (const DType dtype : {float32, float64}) {
    const double most = largest(dtype);
    const Tensor x = cast(Tensor({{most, most, 1.0, infinity},
                                  {most, -infinity, 3.0, -infinity},
                                  {most, most, 0.1, most}},
                                 float64),
                          dtype);
    const std::vector<double> y = mean(x, 0).to_vector();
    CHECK(y[0] == doctest::Approx(most));
    CHECK(y[1] == -infinity);
    CHECK(y[2] == mean(cast(Tensor({1.0, 3.0, 0.1}, float64), dtype)).item());
    CHECK(std::isnan(y[3]));
  }
}

TEST_CASE("an empty mean stays NaN and a mean of empty rows stays empty") {
  CHECK(std::isnan(mean(zeros({0})).item()));
  CHECK(mean(zeros({0, 3}), 1).shape() == Shape{0});
}
