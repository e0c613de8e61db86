// Batch normalisation against its definition, over every axis.
#include <doctest/doctest.h>

#include <cmath>
#include <vector>

#include <reel/core/derivatives/grad_check.h>
#include <reel/core/ops.h>
#include <reel/core/runtime/parallel.h>
#include <reel/core/tape.h>

#include "largest_difference.h"

using namespace reel;
using reel::testing::largest_difference;

namespace {

// Numbers in [-1, 1) without a visible pattern.
Tensor scattered(const Shape& shape, std::uint32_t seed = 1, DType dtype = float64) {
  Tensor x = Tensor::empty(shape, dtype);
  std::uint32_t state = seed * 2654435761u;
  dispatch(dtype, [&](auto zero) {
    using T = decltype(zero);
    T* values = writable<T>(x);
    for (Index i = 0; i < x.size(); ++i) {
      state = state * 1664525u + 1013904223u;
      values[i] = static_cast<T>(static_cast<double>(state >> 8) * 0x1p-23 - 1.0);
    }
  });
  return x;
}

struct Statistics {
  std::vector<double> mean, variance;
  std::vector<Index> channel_of;  // of each element of x
};

Statistics statistics_of(const Tensor& x, int axis) {
  Index inner = 1;
  for (int i = axis + 1; i < x.rank(); ++i) inner *= x.dim(i);
  const auto channels = static_cast<std::size_t>(x.dim(axis));
  Statistics s{std::vector<double>(channels), std::vector<double>(channels), {}};
  const std::vector<double> v = x.to_vector();
  const double n = static_cast<double>(x.size()) / static_cast<double>(channels);
  for (std::size_t i = 0; i < v.size(); ++i) {
    s.channel_of.push_back(static_cast<Index>(i) / inner % x.dim(axis));
    s.mean[static_cast<std::size_t>(s.channel_of[i])] += v[i] / n;
  }
  for (std::size_t i = 0; i < v.size(); ++i) {
    const auto c = static_cast<std::size_t>(s.channel_of[i]);
    s.variance[c] += (v[i] - s.mean[c]) * (v[i] - s.mean[c]) / n;
  }
  return s;
}

struct Case {
  Shape shape;
  int axis;
};

const std::vector<Case> cases = {
    {{5, 3}, -1},         {{1000, 3}, 1},      {{3, 2, 5}, 1},       {{4, 6}, 0},
    {{2, 9, 11, 70}, -1}, {{2, 3, 9, 11}, 1},  {{3, 4, 2, 5}, 2},    {{2, 2, 1, 3, 2}, -2},
    {{300, 1, 7, 1}, -1}, {{2, 1, 30, 20}, 1}, {{1, 2, 100, 90}, 1}, {{40, 300}, 1},
};

}  // namespace

TEST_CASE("batch normalisation equals its definition over any axis of any rank") {
  for (const Case& at : cases) {
    const Tensor x = scattered(at.shape);
    const int positive = at.axis < 0 ? at.axis + x.rank() : at.axis;
    const Index channels = x.dim(positive);
    const Tensor gamma = scattered({channels}, 2), beta = scattered({channels}, 3);
    const auto [y, mean, variance] = batch_normalization(x, gamma, beta, {.axis = at.axis});
    const Statistics s = statistics_of(x, positive);
    CHECK(largest_difference(mean.to_vector(), s.mean) < 1e-14);
    CHECK(largest_difference(variance.to_vector(), s.variance) < 1e-14);
    std::vector<double> expected = x.to_vector();
    for (std::size_t i = 0; i < expected.size(); ++i) {
      const auto c = static_cast<std::size_t>(s.channel_of[i]);
      expected[i] =
          gamma.at(s.channel_of[i]) * (expected[i] - s.mean[c]) / std::sqrt(s.variance[c] + 1e-3) +
          beta.at(s.channel_of[i]);
    }
    CHECK(y.shape() == at.shape);
    CHECK(largest_difference(y.to_vector(), expected) < 1e-12);
    const Tensor again =
        batch_normalization_inference(x, gamma, beta, mean, variance, {.axis = at.axis});
    CHECK(again.to_vector() == y.to_vector());
  }
}

TEST_CASE("without gamma and beta the result has mean 0 and variance 1") {
  const Tensor x = scattered({6, 5, 4, 3}) * 30.0 + 7.0;
  const Statistics s =
      statistics_of(batch_normalization(x, Tensor(), Tensor(), {.epsilon = 0}).y, 3);
  CHECK(largest_difference(s.mean, {0, 0, 0}) < 1e-14);
  CHECK(largest_difference(s.variance, {1, 1, 1}) < 1e-13);
}

TEST_CASE("batch statistics of float32 numbers far from zero keep their digits") {
  for (const Shape& shape : {Shape{20000, 3}, Shape{4, 50, 100, 3}}) {
    const Tensor x = scattered(shape, 5, float32) + 1000.0;
    const Statistics s = statistics_of(x, x.rank() - 1);
    const auto result = batch_normalization(x, Tensor(), Tensor());
    CHECK(largest_difference(result.mean.to_vector(), s.mean) < 1e-4);  // half a float's step
    CHECK(largest_difference(result.variance.to_vector(), s.variance) < 1e-5);
  }
}

TEST_CASE("first and second gradients of batch normalisation agree with differences") {
  for (const Case& at :
       std::vector<Case>{{{5, 3}, -1}, {{2, 3, 2, 2}, 1}, {{2, 2, 3, 2}, -1}, {{3, 2, 2}, 1}}) {
    const Tensor x = scattered(at.shape);
    const Index channels = x.dim(at.axis);
    const Tensor gamma = scattered({channels}, 2), beta = scattered({channels}, 3);
    const auto f = [&](const std::vector<Tensor>& v) {
      return batch_normalization(v[0], v[1], v[2], {.axis = at.axis, .epsilon = 0.1}).y;
    };
    CHECK(check_gradients(f, {x, gamma, beta}));
    const auto bare = [&](const Tensor& v) {
      return batch_normalization(v, Tensor(), Tensor(), {.axis = at.axis, .epsilon = 0.1}).y;
    };
    CHECK(check_gradients(bare, x));
  }
}

TEST_CASE("inference has first and second gradients with respect to all five arguments") {
  for (const int axis : {1, -1}) {
    const Tensor x = scattered({2, 3, 2, 3});
    const auto f = [&](const std::vector<Tensor>& v) {
      return batch_normalization_inference(v[0], v[1], v[2], v[3], v[4], {.axis = axis});
    };
    CHECK(check_gradients(
        f, {x, scattered({3}, 2), scattered({3}, 3), scattered({3}, 4), scattered({3}, 5) + 2.0}));
    const auto bare = [&](const std::vector<Tensor>& v) {
      return batch_normalization_inference(v[0], Tensor(), Tensor(), v[1], v[2], {.axis = axis});
    };
    CHECK(check_gradients(bare, {x, scattered({3}, 4), scattered({3}, 5) + 2.0}));
  }
}

TEST_CASE("the fused gradients equal the composed ones on shapes of several blocks") {
  for (const Case& at : cases) {
    const Tensor x = scattered(at.shape);
    const Index channels = x.dim(at.axis);
    const std::vector<Tensor> inputs{x, scattered({channels}, 2), scattered({channels}, 3)};
    const auto gradients = [&](bool recorded) {
      const auto inner = [&] {
        Tape tape;
        for (const Tensor& v : inputs) tape.watch(v);
        const auto y = batch_normalization(inputs[0], inputs[1], inputs[2], {.axis = at.axis});
        return tape.gradient(y.y, inputs, {.output_gradients = {scattered(x.shape(), 9)}});
      };
      if (!recorded) return inner();
      Tape outer;
      return inner();
    };
    const auto fused = gradients(false), composed = gradients(true);
    for (std::size_t i = 0; i < inputs.size(); ++i)
      CHECK(largest_difference(fused[i].to_vector(), composed[i].to_vector()) < 1e-10);
  }
}

TEST_CASE("float32 batch normalisation is close to float64") {
  for (const Case& at : cases) {
    const auto run = [&](DType dtype) {
      const Tensor x = cast(scattered(at.shape, 1, float32), dtype);
      const Index channels = x.dim(at.axis);
      const Tensor gamma = cast(scattered({channels}, 2, float32), dtype);
      const Tensor beta = cast(scattered({channels}, 3, float32), dtype);
      Tape tape;
      tape.watch(x);
      tape.watch(gamma);
      const Tensor y = batch_normalization(x, gamma, beta, {.axis = at.axis}).y;
      const Tensor dy = cast(scattered(at.shape, 9, float32), dtype);
      const auto d = tape.gradient(y, std::vector{x, gamma}, {.output_gradients = {dy}});
      return std::vector{y, d[0], d[1]};
    };
    const auto narrow = run(float32), wide = run(float64);
    for (std::size_t i = 0; i < narrow.size(); ++i) {
      double largest = 0;
      for (double v : wide[i].to_vector()) largest = std::fmax(largest, std::abs(v));
      CHECK(largest_difference(narrow[i].to_vector(), wide[i].to_vector()) < 1e-6 + 1e-5 * largest);
    }
  }
}

TEST_CASE("the batch statistics are recorded as depending on x") {
  const Tensor x = scattered({4, 3});
  Tape tape;
  tape.watch(x);
  const auto result = batch_normalization(x, Tensor(), Tensor());
  const TensorId ids[] = {x.id()};
  CHECK(tape.reaches(ids, result.mean));
  CHECK(tape.reaches(ids, result.variance));
  const Tensor dx =
      tape.gradient({result.mean, result.variance}, x, {.unconnected = Unconnected::zeros});
  CHECK(dx.to_vector() == std::vector<double>(12, 0.0));
}

TEST_CASE("batch normalisation gives the same bits for any number of threads") {
  const int before = num_threads();
  for (const Case& at : std::vector<Case>{{{5, 41, 37, 9}, -1}, {{5, 9, 41, 37}, 1}}) {
    const Tensor x = scattered(at.shape, 1, float32), dy = scattered(at.shape, 2, float32);
    const Tensor gamma = scattered({9}, 3, float32), beta = scattered({9}, 4, float32);
    const auto run = [&](int threads) {
      set_num_threads(threads);
      Tape tape;
      tape.watch(x);
      tape.watch(gamma);
      const auto result = batch_normalization(x, gamma, beta, {.axis = at.axis});
      const auto d = tape.gradient(result.y, std::vector{x, gamma}, {.output_gradients = {dy}});
      std::vector<double> all;
      for (const Tensor& t : {result.y, result.mean, result.variance, d[0], d[1]})
        for (double v : t.to_vector()) all.push_back(v);
      return all;
    };
    const auto one = run(1);
    for (int threads : {2, 3, 7}) CHECK(run(threads) == one);
  }
  set_num_threads(before);
}

TEST_CASE("inference on an empty batch is empty and its gradients are zero") {
  const Tensor x = zeros({0, 2, 2, 3}), c = ones({3});
  Tape tape;
  tape.watch(x);
  tape.watch(c);
  const Tensor y = batch_normalization_inference(x, c, c, c, c);
  CHECK(y.shape() == x.shape());
  const auto d = tape.gradient(y, std::vector{x, c});
  CHECK(d[0].shape() == x.shape());
  CHECK(d[1].to_vector() == std::vector<double>{0, 0, 0});
}

TEST_CASE("batch normalisation says which argument is wrong") {
  const Tensor x = zeros({4, 5, 3}), c = ones({3});
  CHECK_THROWS_WITH_AS(batch_normalization(zeros({0, 5, 3}), c, c),
                       "batch_normalization: the batch must hold at least one element per channel; "
                       "got shape (0, 5, 3)",
                       ValueError);
  CHECK_THROWS_WITH_AS(batch_normalization(c, c, c),
                       "batch_normalization: x must have rank 2 or more; got (3,)", ValueError);
  CHECK_THROWS_WITH_AS(batch_normalization(x, ones({4}), c),
                       "batch_normalization: gamma must have shape (3,) (axis 2 of x); got (4,)",
                       ValueError);
  CHECK_THROWS_WITH_AS(batch_normalization(x, c, c, {.axis = 1}),
                       "batch_normalization: gamma must have shape (5,) (axis 1 of x); got (3,)",
                       ValueError);
  CHECK_THROWS_WITH_AS(batch_normalization(x, c, ones({3}, float64)),
                       "batch_normalization: beta must be float32 as x; got float64", TypeError);
  CHECK_THROWS_WITH_AS(batch_normalization(x, c, c, {.epsilon = -1}),
                       "batch_normalization: epsilon must be >= 0; got -1", ValueError);
  CHECK_THROWS_WITH_AS(
      batch_normalization_inference(x, c, c, c, ones({1, 3})),
      "batch_normalization_inference: variance must have shape (3,) (axis 2 of x); got (1, 3)",
      ValueError);
}
