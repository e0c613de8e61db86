// Where a pass begins and ends, augmented images, and batches that another thread makes.
#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <set>
#include <thread>
#include <vector>

#include <reel/core/error.h>
#include <reel/core/io/loader.h>
#include <reel/core/ops.h>
#include <reel/core/runtime/parallel.h>

#include "in_child.h"

using namespace reel;

namespace {

// n pictures of 6 x 5 x 2, no pixel of which is 0.
Dataset pictures(int n) {
  DatasetContents contents{.image_shape = {6, 5, 2},
                           .class_names = std::vector<std::string>(256, "class")};
  for (int i = 0; i < n; ++i) {
    for (int k = 0; k < 60; ++k)
      contents.images.push_back(static_cast<std::uint8_t>(1 + (i * 67 + k * 3) % 255));
    contents.labels.push_back(i);
  }
  return Dataset(std::move(contents));
}

struct Seen {
  std::vector<std::int32_t> labels;
  std::vector<double> pixels;
  friend bool operator==(const Seen&, const Seen&) = default;
};

template <class Pass>
Seen seen_in(Pass&& pass) {
  Seen seen;
  for (const Batch& batch : pass) {
    seen.labels.insert(seen.labels.end(), batch.labels.begin(), batch.labels.end());
    const std::vector<double> pixels = batch.images.to_vector();
    seen.pixels.insert(seen.pixels.end(), pixels.begin(), pixels.end());
  }
  return seen;
}

const BatchOptions everything{
    .size = 4,
    .shuffle = true,
    .seed = 3,
    .epoch = 2,
    .augment = {.flip = true, .shift = 2, .rotate = 15, .crop = 0.8, .erase = 3}};

// Image 0 of `pictures` as augmented in each of many epochs.
std::vector<Tensor> looks(const Augmentation& augment, std::uint64_t epochs = 200) {
  std::vector<Tensor> all;
  for (std::uint64_t epoch = 0; epoch < epochs; ++epoch)
    all.push_back(pictures(1).batches({.epoch = epoch, .augment = augment}).begin()->images);
  return all;
}

Tensor plain() { return pictures(1).gather({0}).images; }

bool same(const Tensor& a, const Tensor& b) { return a.to_vector() == b.to_vector(); }

}  // namespace

TEST_CASE("a pass may begin behind its first samples, and leave out what fills no batch") {
  const Dataset data = pictures(11);
  const BatchOptions whole{.size = 4, .shuffle = true, .seed = 1};
  const Seen all = seen_in(data.batches(whole));
  BatchOptions options = whole;
  options.first = 4;
  CHECK(data.batches(options).count() == 2);
  CHECK(seen_in(data.batches(options)).labels ==
        std::vector(all.labels.begin() + 4, all.labels.end()));
  options.drop_remainder = true;
  CHECK(data.batches(options).count() == 1);
  CHECK(seen_in(data.batches(options)).labels ==
        std::vector(all.labels.begin() + 4, all.labels.begin() + 8));
  options.first = 11;
  CHECK(data.batches(options).count() == 0);
  CHECK(seen_in(data.batches(options)).labels.empty());
}

TEST_CASE("options that do not fit the data are refused by a pass and by a loader") {
  const Dataset data = pictures(3);
  const auto refusal = [&](const BatchOptions& options) {
    std::string pass, loader;
    try {
      data.batches(options);
    } catch (const ValueError& error) {
      pass = error.what();
    }
    try {
      const Loader refused(data, options);
    } catch (const ValueError& error) {
      loader = error.what();
    }
    CHECK(pass.substr(0, 9) == "batches: ");
    CHECK(loader == "Loader: " + pass.substr(9));
    return pass.substr(9);
  };
  CHECK(refusal({.size = 0}) == "size must be >= 1; got 0");
  CHECK(refusal({.first = 4}) == "first must be in [0, 3], the samples of a pass; got 4");
  CHECK(refusal({.first = -1}) == "first must be in [0, 3], the samples of a pass; got -1");
  CHECK(refusal({.prefetch = -1}) == "prefetch must be >= 0; got -1");
  CHECK(refusal({.size = 4, .drop_remainder = true}) ==
        "size must be at most 3, the samples of a pass, to leave out the rest; got 4");
  CHECK(refusal({.augment = {.shift = 5}}) ==
        "augment.shift must be in [0, 5), the image's side; got 5");
  CHECK(refusal({.augment = {.shift = -1}}) ==
        "augment.shift must be in [0, 5), the image's side; got -1");
  CHECK(refusal({.augment = {.rotate = 181}}) ==
        "augment.rotate must be in [0, 180] degrees; got 181");
  CHECK(refusal({.augment = {.crop = 0}}) ==
        "augment.crop must be in (0, 1], a part of the image; got 0");
  CHECK(refusal({.augment = {.erase = 6}}) ==
        "augment.erase must be in [0, 5], the image's side; got 6");
  const Dataset table({.features = Tensor({{1, 2}, {3, 4}})});
  CHECK_THROWS_WITH_AS(table.batches({.augment = {.flip = true}}),
                       "batches: only images (H, W, C) can be augmented; got samples (2,)",
                       ValueError);
}

TEST_CASE("a loader goes on in the middle of a pass as if it had never stopped") {
  for (const bool drop : {false, true}) {
    BatchOptions options = everything;
    options.drop_remainder = drop;
    for (Index stop = 1; stop <= 6; ++stop) {
      Loader straight(pictures(11), options), broken(pictures(11), options);
      std::vector<Seen> expected;
      for (int epoch = 0; epoch < 3; ++epoch)
        for (const Batch& batch : straight)
          expected.push_back({batch.labels, batch.images.to_vector()});
      std::vector<Seen> got;
      LoaderPosition position = broken.position();
      CHECK(position == LoaderPosition{2, 0});
      while (position.epoch < 5) {
        Loader resumed(pictures(11), {.size = 4,
                                      .shuffle = true,
                                      .seed = 3,
                                      .drop_remainder = drop,
                                      .augment = everything.augment});
        resumed.set_position(position);
        Index steps = 0;
        while (steps < stop && resumed.position().epoch < 5)
          for (const Batch& batch : resumed) {
            got.push_back({batch.labels, batch.images.to_vector()});
            if (++steps == stop) break;
          }
        position = resumed.position();
      }
      CHECK(got == expected);
    }
  }
}

TEST_CASE("a loader's position is what follows the batch at hand") {
  Loader loader(pictures(11), {.size = 4, .epoch = 7});
  CHECK(loader.position() == LoaderPosition{7, 0});
  std::vector<LoaderPosition> positions;
  for (const Batch& batch : loader) {
    CHECK(batch.size() > 0);
    positions.push_back(loader.position());
  }
  CHECK(positions == std::vector<LoaderPosition>{{7, 4}, {7, 8}, {8, 0}});
  loader.set_position({3, 11});
  CHECK(loader.position() == LoaderPosition{3, 11});
  CHECK(seen_in(loader).labels.empty());
  CHECK(loader.position() == LoaderPosition{4, 0});
  CHECK(loader.epoch() == 4);
  CHECK_THROWS_WITH_AS(loader.set_position({3, 12}),
                       "Loader: sample must be in [0, 11], the samples of a pass; got 12",
                       ValueError);
  CHECK(loader.position() == LoaderPosition{4, 0});
}

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

TEST_CASE("batches that another thread makes are the same ones") {
  const Dataset data = pictures(50).map([](const Tensor& x) { return 1.0 - x; });
  BatchOptions options = everything;
  const Seen expected = seen_in(data.batches(options));
  for (const Index ahead : {1, 2, 100}) {
    options.prefetch = ahead;
    CHECK(seen_in(data.batches(options)) == expected);
    Loader loader(data, options);
    CHECK(seen_in(loader) == expected);
    CHECK_FALSE(seen_in(loader) == expected);
  }
  CHECK(seen_in(pictures(5).filter([](Index) { return false; }).batches({.prefetch = 2}))
            .labels.empty());
}

TEST_CASE("a batch made ahead may be kept after the loop has moved on") {
  std::vector<Batch> kept;
  for (const Batch& batch : pictures(6).batches({.size = 2, .prefetch = 2})) kept.push_back(batch);
  CHECK(kept[0].labels == std::vector<std::int32_t>{0, 1});
  CHECK(same(kept[2].images, pictures(6).gather({4, 5}).images));
}

TEST_CASE("what goes wrong on the other thread is thrown where its batch is due") {
  const Dataset data = pictures(10).map([calls = std::make_shared<int>(0)](const Tensor& x) {
    if (++*calls == 4) throw ValueError("the third batch");  // the first call is that of `map`
    return x;
  });
  std::vector<std::int32_t> seen;
  const auto run = [&] {
    for (const Batch& batch : data.batches({.size = 2, .prefetch = 3}))
      seen.insert(seen.end(), batch.labels.begin(), batch.labels.end());
  };
  CHECK_THROWS_WITH_AS(run(), "the third batch", ValueError);
  CHECK(seen == std::vector<std::int32_t>{0, 1, 2, 3});
}

TEST_CASE("a loop that is broken off waits for no batch that nobody wants") {
  const auto made = std::make_shared<std::atomic<int>>(0);
  const Dataset data = pictures(100).map([made](const Tensor& x) {
    ++*made;
    return x;
  });
  for (const Batch& batch : data.batches({.size = 1, .prefetch = 2})) {
    CHECK(batch.size() == 1);
    break;
  }
  CHECK(*made <= 1 + 1 + 2 + 1);  // map's own, the one taken, those ahead, the one at hand
  auto unused = data.batches({.size = 1, .prefetch = 2});
  {
    const auto begun = unused.begin();
    CHECK(begun->size() == 1);
  }
}

TEST_CASE("a child of fork goes on with a loop, and ends it, without the thread") {
  BatchOptions options = everything;
  options.prefetch = 2;
  const Dataset data = pictures(50);
  const Seen expected = seen_in(data.batches(options));
  const Batches pass = data.batches(options);
  Seen seen;
  const auto take = [&](const Batch& batch) {
    seen.labels.insert(seen.labels.end(), batch.labels.begin(), batch.labels.end());
    const std::vector<double> pixels = batch.images.to_vector();
    seen.pixels.insert(seen.pixels.end(), pixels.begin(), pixels.end());
  };
  int batches = 0;
  for (const Batch& batch : pass) {
    take(batch);
    if (++batches != 3) continue;
    const int status = test::status_of_child([&] {
      int ahead = 0;
      for (const Batch& other : pass) ahead += other.size() > 0;  // one begun in the child
      return ahead == 13 ? 0 : 1;
    });
    CHECK(status == 0);
  }
  CHECK(seen == expected);

  auto at = pass.begin();
  const int status = test::status_of_child([&] {
    seen = {};
    {
      auto begun_in_parent = std::move(at);
      for (; begun_in_parent != pass.end(); ++begun_in_parent) take(*begun_in_parent);
    }
    return seen == expected ? 0 : 1;
  });
  CHECK(status == 0);
}
