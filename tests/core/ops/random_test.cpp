#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include <reel/core/kernels/random/philox.h>
#include <reel/core/ops/random.h>
#include <reel/core/runtime/parallel.h>

#include "moments.h"

using namespace reel;
using test::Moments;

namespace {

constexpr RandomKey some_key{.seed = 7, .stream = 3, .draw = 11};

}  // namespace

TEST_CASE("philox gives the words that its authors publish, alone and among others") {
  struct Row {
    kernels::PhiloxKey key;
    std::uint64_t block, draw;
    std::vector<std::uint32_t> words;
  };
  const Row rows[] = {{{0, 0}, 0, 0, {0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}},
                      {{0xffffffff, 0xffffffff},
                       0xffffffffffffffff,
                       0xffffffffffffffff,
                       {0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}},
                      {{0xa4093822, 0x299f31d0},
                       0x85a308d3243f6a88,
                       0x0370734413198a2e,
                       {0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}}};
  const auto check = [&](const kernels::Philox& philox) {
    for (const Row& row : rows) {
      std::vector<std::uint32_t> words(4);
      philox.blocks(row.key, row.block, row.draw, 1, words.data());
      CHECK(words == row.words);
      std::vector<std::uint32_t> many(4 * 37);
      philox.blocks(row.key, row.block - 20, row.draw, 37, many.data());
      CHECK(std::equal(words.begin(), words.end(), many.begin() + 4 * 20));
    }
  };
  check(kernels::philox(kernels::sse2::Set{}));
  check(kernels::philox());
}

TEST_CASE("an element depends on its key and its position only") {
  const std::vector<double> all = randn({20000}, float64, some_key).to_vector();
  const std::vector<double> few = randn({7}, float64, some_key).to_vector();
  CHECK(std::equal(few.begin(), few.end(), all.begin()));
  const std::vector<double> kept = truncated_randn({5000}, 0, 1, float64, some_key).to_vector();
  const std::vector<double> head = truncated_randn({5}, 0, 1, float64, some_key).to_vector();
  CHECK(std::equal(head.begin(), head.end(), kept.begin()));
}

TEST_CASE("random tensors do not depend on the number of threads") {
  const int before = num_threads();
  set_num_threads(1);
  const auto one = uniform({50000}, -1, 1, float32, some_key).to_vector();
  set_num_threads(3);
  const auto three = uniform({50000}, -1, 1, float32, some_key).to_vector();
  set_num_threads(before);
  CHECK(one == three);
}

TEST_CASE("a change of any field of the key changes the numbers") {
  const auto base = uniform({8}, 0, 1, float64, some_key).to_vector();
  for (RandomKey other : {RandomKey{8, 3, 11}, RandomKey{7, 4, 11}, RandomKey{7, 3, 12}})
    CHECK(uniform({8}, 0, 1, float64, other).to_vector() != base);
}

TEST_CASE("float32 numbers are the float64 numbers rounded") {
  const auto wide = randn({1000}, float64, some_key).to_vector();
  const auto narrow = randn({1000}, float32, some_key).to_vector();
  for (std::size_t i = 0; i < wide.size(); ++i)
    REQUIRE(narrow[i] == static_cast<double>(static_cast<float>(wide[i])));
}

// Bounds of five standard errors: n = 2^16, so the mean is known to deviation / 256.
TEST_CASE("uniform numbers have the moments of their interval and stay inside") {
  const Moments m(uniform({1 << 16}, -3, 5, float64, some_key));
  CHECK(std::abs(m.mean - 1) < 5 * std::sqrt(64.0 / 12) / 256);
  CHECK(std::abs(m.variance - 64.0 / 12) < 0.12);
  CHECK(m.low >= -3);
  CHECK(m.low < -2.99);
  CHECK(m.high < 5);
  CHECK(m.high > 4.99);
}

TEST_CASE("uniform numbers never round up to the upper bound") {
  const Moments m(uniform({1 << 16}, 16777215.0, 16777216.0, float32, some_key));
  CHECK(m.high == 16777215.0);
  CHECK(uniform({2}, 4, 4, float32, some_key).to_vector() == std::vector{4.0, 4.0});
}

TEST_CASE("normal numbers have mean, deviation and tails of the normal distribution") {
  const Tensor x = normal({1 << 16}, 2, 3, float64, some_key);
  const Moments m(x);
  CHECK(std::abs(m.mean - 2) < 5 * 3.0 / 256);
  CHECK(std::abs(m.variance - 9) < 5 * 9 * std::sqrt(2.0) / 256);
  const auto values = x.to_vector();
  const double beyond = static_cast<double>(
      std::count_if(values.begin(), values.end(), [](double v) { return std::abs(v - 2) > 6; }));
  CHECK(std::abs(beyond / 65536 - 0.0455) < 5 * std::sqrt(0.0455 * 0.9545) / 256);
}

TEST_CASE("the two halves of a normal pair are uncorrelated") {
  const auto v = randn({1 << 16}, float64, some_key).to_vector();
  double product = 0;
  for (std::size_t i = 0; i + 1 < v.size(); i += 2) product += v[i] * v[i + 1];
  CHECK(std::abs(product / 32768) < 5 / std::sqrt(32768.0));
}

TEST_CASE("truncated normal numbers stay within two deviations and lose the stated spread") {
  const Moments m(truncated_randn({1 << 14}, 1, 0.5, float64, some_key));
  CHECK(m.low > 0.0);
  CHECK(m.high < 2.0);
  CHECK(std::abs(m.mean - 1) < 5 * 0.44 / 128);
  CHECK(std::abs(std::sqrt(m.variance) - 0.5 * 0.87962566103423978) < 0.01);
}

TEST_CASE("a permutation has every number once") {
  auto order = permutation(1001, some_key);
  CHECK(order != permutation(1001, RandomKey{1, 2, 3}));
  CHECK(order == permutation(1001, some_key));
  std::sort(order.begin(), order.end());
  std::vector<std::int32_t> all(1001);
  std::iota(all.begin(), all.end(), 0);
  CHECK(order == all);
  CHECK(permutation(0).empty());
  CHECK(permutation(1) == std::vector<std::int32_t>{0});
}

TEST_CASE("every order of three is as likely as the others") {
  std::array<int, 27> count{};
  for (std::uint64_t draw = 0; draw < 6000; ++draw) {
    const auto p = permutation(3, RandomKey{1, 0, draw});
    ++count[static_cast<std::size_t>(p[0] * 9 + p[1] * 3 + p[2])];
  }
  for (int first : {5, 7, 11, 15, 19, 21}) CHECK(std::abs(count[first] - 1000) < 145);
}

TEST_CASE("set_seed starts the draws and the first values again") {
  const RandomScope scope;
  set_seed(5);
  const auto a = randn({4}).to_vector();
  const auto b = randn({4}).to_vector();
  const RandomKey first = next_initial_key();
  CHECK(a != b);
  set_seed(5);
  CHECK(randn({4}).to_vector() == a);
  CHECK(next_initial_key() == first);
}

TEST_CASE("two random scopes one after the other draw the same and move nothing outside") {
  const RandomState before = random_state();
  std::vector<double> first, second;
  {
    const RandomScope scope;
    first = randn({3}).to_vector();
  }
  {
    const RandomScope scope;
    second = randn({3}).to_vector();
  }
  CHECK(first == second);
  CHECK(random_state() == before);
}

TEST_CASE("first values that are drawn inside a scope are not drawn again after it") {
  RandomKey inside;
  {
    const RandomScope scope;
    inside = next_initial_key();
  }
  CHECK(next_initial_key().draw == inside.draw + 1);
}

TEST_CASE("a scope with a state of its own leaves no trace") {
  const RandomState before = random_state();
  {
    const RandomScope scope({.seed = 9, .draw = 4});
    CHECK(next_key(2) == RandomKey{9, 2, 4});
    CHECK(random_state() == RandomState{9, 5, 0});
    next_initial_key();
  }
  CHECK(random_state() == before);
}

TEST_CASE("random tensors refuse parameters outside their domain") {
  const auto inf = std::numeric_limits<double>::infinity();
  CHECK_THROWS_WITH_AS(uniform({2}, 1, 0), "uniform: low must not be above high; got 1 and 0",
                       ValueError);
  CHECK_THROWS_WITH_AS(uniform({2}, 0, inf), "uniform: high must be finite; got inf", ValueError);
  CHECK_THROWS_WITH_AS(normal({2}, 0, -1), "normal: stddev must be >= 0; got -1", ValueError);
  CHECK_THROWS_WITH_AS(truncated_randn({2}, inf, 1),
                       "truncated_randn: mean must be finite; got inf", ValueError);
  CHECK_THROWS_WITH_AS(permutation(-1), "permutation: n must be in [0, 2^31 - 1]; got -1",
                       ValueError);
}

TEST_CASE("random tensors may be empty") { CHECK(randn({0, 3}).shape() == Shape{0, 3}); }
