// What may happen to an image, and what it depends on.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <set>
#include <utility>
#include <vector>

#include <reel/core/io/dataset.h>
#include <reel/core/ops.h>
#include <reel/core/runtime/parallel.h>

#include "small_pictures.h"

using namespace reel;
using namespace reel::test;

namespace {

// Image 0 of `pictures` as augmented in each of many epochs.
std::vector<Tensor> looks(const Augmentation& augment, std::uint64_t epochs = 200) {
  std::vector<Tensor> all;
  for (std::uint64_t epoch = 0; epoch < epochs; ++epoch)
    all.push_back(pictures(1).batches({.epoch = epoch, .augment = augment}).begin()->images);
  return all;
}

Tensor plain() { return pictures(1).gather({0}).images; }

}  // namespace

TEST_CASE("what happens to an image depends on seed, epoch and position alone") {
  const Dataset data = pictures(100);
  BatchOptions options = everything;
  const auto look_of_17 = [&](const BatchOptions& some) {
    for (const Batch& batch : data.batches(some))
      for (std::size_t i = 0; i < batch.labels.size(); ++i)
        if (batch.labels[i] == 17)
          return slice(batch.images, {static_cast<Index>(i), 0, 0, 0}, {1, -1, -1, -1});
    return Tensor();
  };
  const Tensor look = look_of_17(options);
  options.size = 70;
  CHECK(same(look_of_17(options), look));
  options.shuffle = false;
  CHECK(same(look_of_17(options), look));
  const int threads = num_threads();
  set_num_threads(3);
  CHECK(same(look_of_17(options), look));
  set_num_threads(threads);
  options.epoch = 3;
  CHECK_FALSE(same(look_of_17(options), look));
  options.epoch = 2;
  options.seed = 4;
  CHECK_FALSE(same(look_of_17(options), look));
}

TEST_CASE("a flip turns over about every other image, exactly") {
  const Tensor mirrored = reverse(plain(), {2});
  int flipped = 0;
  for (const Tensor& look : looks({.flip = true})) {
    const bool is_mirrored = same(look, mirrored);
    CHECK((is_mirrored || same(look, plain())));
    flipped += is_mirrored;
  }
  CHECK(flipped > 70);
  CHECK(flipped < 130);
}

TEST_CASE("a shift moves the pixels to each place within reach, with zeros behind them") {
  std::vector<std::vector<double>> possible;
  const Tensor padded = pad(plain(), {{0, 0}, {1, 1}, {1, 1}, {0, 0}});
  for (const Index down : {0, 1, 2})
    for (const Index right : {0, 1, 2})
      possible.push_back(slice(padded, {0, down, right, 0}, {1, 6, 5, 2}).to_vector());
  std::set<std::size_t> met;
  for (const Tensor& look : looks({.shift = 1})) {
    const auto found = std::find(possible.begin(), possible.end(), look.to_vector());
    REQUIRE(found != possible.end());
    met.insert(static_cast<std::size_t>(found - possible.begin()));
  }
  CHECK(met.size() == 9);
}

TEST_CASE("an erased square is one, of zeros, no larger than asked for") {
  std::set<Index> sides;
  for (const Tensor& look : looks({.erase = 3})) {
    const std::vector<double> x = look.to_vector(), before = plain().to_vector();
    Index zeros = 0;
    for (std::size_t i = 0; i < x.size(); ++i) {
      zeros += x[i] == 0;
      CHECK((x[i] == 0 || x[i] == before[i]));
    }
    const auto side = static_cast<Index>(std::lround(std::sqrt(static_cast<double>(zeros / 2))));
    CHECK(side * side * 2 == zeros);
    sides.insert(side);
  }
  CHECK(sides == std::set<Index>{0, 1, 2, 3});
}

TEST_CASE("turned and cut images are interpolated: a ramp stays one, in between its values") {
  DatasetContents contents{.image_shape = {21, 21, 1}, .class_names = {"ramp"}};
  for (int i = 0; i < 21 * 21; ++i)
    contents.images.push_back(static_cast<std::uint8_t>(i % 21 * 10 + 20));
  contents.labels.push_back(0);
  const Dataset ramp(std::move(contents));
  const auto around_centre = [&](const Augmentation& augment, std::uint64_t epoch) {
    const Tensor x = ramp.batches({.epoch = epoch, .augment = augment}).begin()->images;
    const double right = x.at(0, 10, 11, 0) - x.at(0, 10, 10, 0);
    const double down = x.at(0, 11, 10, 0) - x.at(0, 10, 10, 0);
    return std::pair{right * 255 / 10, down * 255 / 10};
  };
  double steepest = 0, least = 1;
  for (std::uint64_t epoch = 0; epoch < 50; ++epoch) {
    // A rotation turns the slope and keeps its length; a cut makes it flatter.
    const auto [right, down] = around_centre({.rotate = 30}, epoch);
    CHECK(right * right + down * down == doctest::Approx(1).epsilon(1e-4));
    steepest = std::max(steepest, std::abs(down));
    const auto [cut_right, cut_down] = around_centre({.crop = 0.5}, epoch);
    CHECK(cut_right >= 0.5 - 1e-4);
    CHECK(cut_right <= 1 + 1e-4);
    CHECK(std::abs(cut_down) < 1e-4);
    least = std::min(least, cut_right);
  }
  CHECK(steepest > 0.4);
  CHECK(steepest <= 0.5 + 1e-4);
  CHECK(least < 0.6);
}

TEST_CASE("features of float64 are augmented as those of float32 are") {
  const Dataset bytes = pictures(3);
  const Dataset doubles({.features = cast(bytes.gather({0, 1, 2}).images, float64)});
  const Tensor a = bytes.batches({.augment = everything.augment}).begin()->images;
  const Tensor b = doubles.batches({.augment = everything.augment}).begin()->images;
  CHECK(b.dtype() == float64);
  const std::vector<double> x = a.to_vector(), y = b.to_vector();
  for (std::size_t i = 0; i < x.size(); ++i) CHECK(x[i] == doctest::Approx(y[i]).epsilon(1e-5));
}
