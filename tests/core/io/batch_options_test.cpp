// Where a pass begins and ends, and where a loader goes on.
#include <doctest/doctest.h>

#include <string>
#include <vector>

#include <reel/core/error.h>
#include <reel/core/io/loader.h>

#include "small_pictures.h"

using namespace reel;
using namespace reel::test;

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
