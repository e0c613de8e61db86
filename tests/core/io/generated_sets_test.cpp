// The generated sets are where their headers say.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <numeric>
#include <vector>

#include <reel/core/error.h>
#include <reel/core/io/generated_sets.h>

using namespace reel;

namespace {

struct Sample {
  double x, y;
  std::int32_t label;
  double radius() const { return std::hypot(x, y); }
};

std::vector<Sample> samples_of(const Dataset& data) {
  std::vector<Sample> samples;
  for (const Batch& batch : data.batches({.size = 64}))
    for (Index i = 0; i < batch.size(); ++i)
      samples.push_back({batch.images.at(i, 0), batch.images.at(i, 1),
                         batch.labels[static_cast<std::size_t>(i)]});
  return samples;
}

}  // namespace

TEST_CASE("classes of a generated set take turns, and a longer set begins with the shorter") {
  const std::vector<Dataset> sets{moons({.count = 9}), circles({.count = 9}), spirals({.count = 9}),
                                  blobs({.count = 9, .classes = 4}), exclusive_or({.count = 9})};
  for (const Dataset& set : sets) {
    CAPTURE(set.name());
    CHECK(set.size() == 9);
    CHECK(set.feature_shape() == Shape{2});
    for (std::size_t i = 0; i < 9; ++i)
      CHECK(set.labels()[i] == static_cast<std::int32_t>(i) % set.num_classes());
  }
  const Tensor few = moons({.count = 5}).gather({0, 1, 2, 3, 4}).images;
  CHECK(moons({.count = 50}).gather({0, 1, 2, 3, 4}).images.to_vector() == few.to_vector());
  CHECK(moons({.count = 5, .seed = 2}).gather({0, 1, 2, 3, 4}).images.to_vector() !=
        few.to_vector());
}

TEST_CASE("without noise, points lie on their curves") {
  for (const Sample& s : samples_of(moons({.count = 200, .noise = 0}))) {
    CHECK((s.label == 0 ? s.radius() : std::hypot(s.x - 1, s.y - 0.5)) == doctest::Approx(1));
    CHECK((s.label == 0 ? s.y >= -1e-6 : s.y <= 0.5 + 1e-6));
  }
  for (const Sample& s : samples_of(circles({.count = 200, .noise = 0})))
    CHECK(s.radius() == doctest::Approx(s.label == 0 ? 1.0 : 0.5));
  for (const Sample& s : samples_of(spirals({.count = 200, .noise = 0}))) {
    CHECK(s.radius() <= 1);
    const double turned = std::atan2(s.y, s.x) / (2 * std::numbers::pi) - s.label / 3.0;
    CHECK(std::abs(std::remainder(turned - 0.75 * s.radius(), 1)) < 1e-5);
  }
  for (const Sample& s : samples_of(blobs({.count = 60, .noise = 0, .classes = 4}))) {
    CHECK(s.x == doctest::Approx(2 * std::cos(s.label * std::numbers::pi / 2)));
    CHECK(s.y == doctest::Approx(2 * std::sin(s.label * std::numbers::pi / 2)));
  }
  for (const Sample& s : samples_of(exclusive_or({.count = 200, .noise = 0}))) {
    CHECK(std::max(std::abs(s.x), std::abs(s.y)) <= 1);
    CHECK(((s.x > 0) != (s.y > 0)) == (s.label == 1));
  }
  const Dataset sine = noisy_sine({.count = 100, .noise = 0});
  CHECK(sine.num_classes() == 0);
  for (const Batch& batch : sine.batches({.size = 7}))
    for (Index i = 0; i < batch.size(); ++i) {
      CHECK(std::abs(batch.images.at(i, 0)) <= std::numbers::pi + 1e-6);
      CHECK(batch.targets.at(i, 0) == doctest::Approx(std::sin(batch.images.at(i, 0))));
    }
}

TEST_CASE("noise is normal with the deviation that is asked for") {
  const std::vector<Sample> clean = samples_of(circles({.count = 2000, .noise = 0}));
  const std::vector<Sample> noisy = samples_of(circles({.count = 2000, .noise = 0.2}));
  double sum = 0, squares = 0;
  for (std::size_t i = 0; i < clean.size(); ++i)
    for (const double e : {noisy[i].x - clean[i].x, noisy[i].y - clean[i].y}) {
      sum += e;
      squares += e * e;
    }
  CHECK(std::abs(sum / 4000) < 0.2 * 4 / std::sqrt(4000.0));
  CHECK(std::sqrt(squares / 4000) == doctest::Approx(0.2).epsilon(0.05));
}

TEST_CASE("sets that cannot be made are refused") {
  CHECK_THROWS_WITH_AS(moons({.count = 0}), "moons: count must be >= 1; got 0", ValueError);
  CHECK_THROWS_WITH_AS(circles({.noise = -1}), "circles: noise must be finite and >= 0; got -1",
                       ValueError);
  CHECK_THROWS_WITH_AS(noisy_sine({.noise = std::numeric_limits<double>::infinity()}),
                       "noisy_sine: noise must be finite and >= 0; got inf", ValueError);
  CHECK_THROWS_WITH_AS(blobs({.classes = 0}), "blobs: classes must be >= 1; got 0", ValueError);
  CHECK_THROWS_WITH_AS(spirals({.turns = std::numeric_limits<double>::infinity()}),
                       "spirals: turns must be finite; got inf", ValueError);
}
