#include <doctest/doctest.h>

#include <cmath>
#include <limits>

#include <reel/core/derivatives/grad_check.h>
#include <reel/core/ops.h>
#include <reel/core/tape.h>
#include <reel/layers/dropout.h>
#include <reel/layers/gaussian_noise.h>

#include "moments.h"
#include "with_threads.h"

using namespace reel;

namespace {

const Call training{.training = true};

}  // namespace

TEST_CASE("noise is added in training alone, with mean 0 and the deviation that is asked for") {
  for (const DType dtype : {float32, float64}) {
    const RandomScope scope;
    GaussianNoise layer(0.5);
    const Tensor x = full({200, 50}, 3.0, dtype);
    CHECK(layer(x).to_vector() == x.to_vector());
    const Tensor noise = layer(x, training) - x;
    CHECK(noise.dtype() == dtype);
    CHECK(std::abs(mean(noise).item()) < 5 * 0.5 / 100);
    CHECK(sqrt(variance(noise)).item() == doctest::Approx(0.5).epsilon(0.04));
    CHECK(layer(x, training).to_vector() != layer(x, training).to_vector());
    CHECK(layer(zeros({0, 3}, dtype), training).shape() == Shape{0, 3});
    GaussianNoise none(0.0);
    CHECK(none(x, training).to_vector() == x.to_vector());
  }
}

TEST_CASE("layers of noise draw independently, and set_seed reproduces them") {
  const RandomScope scope;
  const Tensor x = zeros({1000});
  const auto draws = [&] {
    set_seed(5);
    GaussianNoise first(1.0), second(1.0);
    std::vector<double> result = first(x, training).to_vector();
    const RandomScope same_number;
    CHECK(second(x, training).to_vector() != result);
    return result;
  };
  CHECK(draws() == draws());
}

TEST_CASE("a layer of noise with a seed does not depend on what else is drawn first") {
  const Tensor x = zeros({1000});
  const auto draws = [&](std::uint64_t run_seed, int other_layers) {
    const RandomScope scope({.seed = run_seed});
    for (int i = 0; i < other_layers; ++i) GaussianNoise other(1.0);
    GaussianNoise layer({.stddev = 1, .seed = 9});
    return layer(x, training).to_vector();
  };
  CHECK(draws(1, 0) == draws(2, 3));
  // Nor is it what a dropout with the same seed draws.
  const RandomScope scope;
  GaussianNoise noise({.stddev = 1, .seed = 9});
  Dropout dropout({.rate = 0.5, .seed = 9});
  const auto kept = dropout(ones({1000}), training).to_vector();
  const RandomScope again;
  const auto drawn = noise(x, training).to_vector();
  double product = 0;
  for (std::size_t i = 0; i < kept.size(); ++i) product += (kept[i] - 1) * drawn[i];
  CHECK(std::abs(product / 1000) < 0.2);
}

TEST_CASE("the gradient of noise is dy, and a check draws the same numbers each time") {
  const RandomScope scope;
  GaussianNoise layer(0.3);
  const Tensor x = randn({4, 3}, float64);
  Tape tape;
  tape.watch(x);
  const Tensor y = layer(x, training);
  CHECK(tape.gradient(y, x).to_vector() == std::vector<double>(12, 1));
  const RandomState before = random_state();
  CHECK(check_gradients([&](const Tensor& t) { return layer(t * t, training); }, x));
  CHECK(random_state().draw == before.draw);
}

TEST_CASE("noise refuses a deviation that is none, and comes back from its config") {
  CHECK_THROWS_WITH_AS(GaussianNoise(-0.5),
                       "gaussian_noise: stddev must be >= 0 and finite; got -0.5", ValueError);
  CHECK_THROWS_WITH_AS(
      GaussianNoise({.stddev = std::numeric_limits<double>::infinity(), .name = "n"}),
      "n: stddev must be >= 0 and finite; got inf", ValueError);
  const GaussianNoise layer({.stddev = 0.25, .seed = 3, .name = "n"});
  const GaussianNoise again = GaussianNoise::from_config(layer.get_config());
  CHECK(again.get_config() == layer.get_config());
  CHECK(again.options().seed == 3);
}
