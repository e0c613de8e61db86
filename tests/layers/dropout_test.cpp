#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include <reel/core/derivatives/grad_check.h>
#include <reel/core/ops.h>
#include <reel/core/runtime/parallel.h>
#include <reel/core/tape.h>
#include <reel/layers/dropout.h>

using namespace reel;

namespace {

constexpr RandomKey some_key{.seed = 1, .stream = 2, .draw = 3};
const Call training{.training = true};

double share_of_zeros(const Tensor& y) {
  const auto values = y.to_vector();
  return static_cast<double>(std::count(values.begin(), values.end(), 0.0)) /
         static_cast<double>(values.size());
}

}  // namespace

TEST_CASE("dropout leaves out its share and scales the others") {
  for (double rate : {0.1, 0.5, 0.9})
    for (DType dtype : {float32, float64}) {
      const Tensor y = dropout(ones({1 << 16}, dtype), rate, some_key);
      CHECK(std::abs(share_of_zeros(y) - rate) < 5 * std::sqrt(rate * (1 - rate)) / 256);
      const double kept = max(y).item();
      CHECK(kept == doctest::Approx(1 / (1 - rate)).epsilon(1e-6));
      CHECK(share_of_zeros(y - y * y / kept) == 1.0);  // nothing but 0 and the one value
    }
}

TEST_CASE("dropout of rate 0 keeps all and of rate 1 nothing, also infinities") {
  const Tensor x({1, INFINITY, -3}, float64);
  CHECK(dropout(x, 0, some_key).to_vector() == x.to_vector());
  CHECK(dropout(x, 1, some_key).to_vector() == std::vector<double>{0, 0, 0});
  CHECK(dropout(x, 1, some_key, Shape{1}).to_vector() == std::vector<double>{0, 0, 0});
}

TEST_CASE("which elements dropout leaves out depends on key and position only") {
  const int before = num_threads();
  set_num_threads(1);
  const auto one = dropout(ones({30000}), 0.5, some_key).to_vector();
  set_num_threads(3);
  const auto three = dropout(ones({30000}), 0.5, some_key).to_vector();
  set_num_threads(before);
  CHECK(one == three);
  CHECK(dropout(ones({30000}), 0.5, RandomKey{1, 2, 4}).to_vector() != one);
}

TEST_CASE("the gradient of dropout passes where the element was kept") {
  const Tensor x = randn({5, 7}, float64, some_key);
  CHECK(check_gradients([](const Tensor& t) { return dropout(t * t, 0.4, some_key); }, x));
  Tape tape;
  tape.watch(x);
  const Tensor y = dropout(x, 0.4, some_key);
  CHECK(tape.gradient(y, x).to_vector() == dropout(ones_like(x), 0.4, some_key).to_vector());
}

TEST_CASE("a noise shape drops whole channels") {
  const Tensor y = dropout(ones({2, 3, 3, 50}, float64), 0.5, some_key, Shape{2, 1, 1, 50});
  for (Index n = 0; n < 2; ++n)
    for (Index c = 0; c < 50; ++c)
      for (Index i = 0; i < 9; ++i) REQUIRE(y.at(n, i / 3, i % 3, c) == y.at(n, 0, 0, c));
  const double zeros = share_of_zeros(y);
  CHECK(zeros > 0.2);
  CHECK(zeros < 0.8);
  CHECK(check_gradients(
      [](const Tensor& t) {
        return dropout(t * t, 0.4, some_key, Shape{2, 1, 3});
      },
      randn({2, 4, 3}, float64, some_key)));
}

TEST_CASE("an unknown extent of a noise shape is the input's, for each batch anew") {
  const Shape noise{Shape::unknown, 1, Shape::unknown};
  Dropout layer({.rate = 0.5, .noise_shape = noise, .seed = 3});
  for (const Index batch : {4, 2, 0}) {
    const RandomScope scope;
    const Tensor x = ones({batch, 3, 5}, float64);
    CHECK(dropout(x, 0.5, some_key, noise).to_vector() ==
          dropout(x, 0.5, some_key, Shape{batch, 1, 5}).to_vector());
    CHECK(layer(x, training).shape() == x.shape());
    CHECK(dropout(x, 0.5, some_key, Shape{-1, -1, -1}).to_vector() ==
          dropout(x, 0.5, some_key).to_vector());
  }
  CHECK(Dropout::from_config(layer.get_config()).options().noise_shape == noise);
  CHECK(Dropout::from_config(Config::from_json(R"({"rate": 0.5, "noise_shape": [null, 1, 5]})"))
            .options()
            .noise_shape == Shape{Shape::unknown, 1, 5});
  CHECK_THROWS_WITH_AS(dropout(ones({2, 3}), 0.5, some_key, Shape{-1}),
                       "dropout: noise_shape must broadcast to (2, 3); got (?,)", ValueError);
}

TEST_CASE("dropout refuses what has no meaning") {
  CHECK_THROWS_WITH_AS(dropout(ones({2}), 1.5), "dropout: rate must be in [0, 1]; got 1.5",
                       ValueError);
  CHECK_THROWS_WITH_AS(dropout(ones({2, 3}), 0.5, some_key, Shape{4, 2, 3}),
                       "dropout: noise_shape must broadcast to (2, 3); got (4, 2, 3)", ValueError);
  CHECK_THROWS_WITH_AS(Dropout({.rate = -0.1, .name = "drop"}),
                       "drop: rate must be in [0, 1]; got -0.1", ValueError);
}

TEST_CASE("the dropout layer does nothing at inference and draws anew at each training call") {
  const RandomScope scope;
  Dropout layer(0.5);
  const Tensor x = ones({1000});
  CHECK(layer(x).to_vector() == x.to_vector());
  const auto first = layer(x, training).to_vector(), second = layer(x, training).to_vector();
  CHECK(share_of_zeros(layer(x, training)) > 0.4);
  CHECK(first != second);
}

TEST_CASE("dropout layers draw independently, and set_seed reproduces them") {
  const RandomScope scope;
  const Tensor x = ones({1000});
  const auto masks = [&] {
    set_seed(5);
    Dropout first(0.5), second(0.5);
    std::vector<double> result = first(x, training).to_vector();
    const RandomScope same_number;
    CHECK(second(x, training).to_vector() != result);
    return result;
  };
  CHECK(masks() == masks());
}

TEST_CASE("a dropout layer with a seed does not depend on what else is drawn first") {
  const Tensor x = ones({1000});
  const auto mask = [&](std::uint64_t run_seed, int other_layers) {
    const RandomScope scope({.seed = run_seed});
    for (int i = 0; i < other_layers; ++i) Dropout other;
    Dropout layer({.seed = 9});
    return layer(x, training).to_vector();
  };
  CHECK(mask(1, 0) == mask(2, 3));
}

TEST_CASE("a dropout layer can be checked numerically without drift") {
  const RandomScope scope;
  Dropout layer(0.3);
  const RandomState before = random_state();
  CHECK(check_gradients([&](const Tensor& t) { return layer(t * t, training); },
                        randn({4, 4}, float64, some_key)));
  CHECK(random_state().draw == before.draw);
}

TEST_CASE("a config makes the same dropout layer again") {
  const Dropout layer({.rate = 0.25, .noise_shape = Shape{4, 1}, .seed = 3, .name = "d"});
  const Dropout again = Dropout::from_config(layer.get_config());
  CHECK(again.get_config() == layer.get_config());
  CHECK(again.options().seed == 3);
}
