// A loader's passes are those of `batches`, one after another.
#include <doctest/doctest.h>

#include <algorithm>
#include <limits>
#include <memory>
#include <numeric>
#include <vector>

#include <reel/core/error.h>
#include <reel/core/io/loader.h>

using namespace reel;

namespace {

// n images of one byte, which is also the label.
Dataset numbered(int n) {
  DatasetContents contents{.image_shape = {1, 1, 1},
                           .class_names = std::vector<std::string>(100, "class")};
  for (int i = 0; i < n; ++i) {
    contents.images.push_back(static_cast<std::uint8_t>(i));
    contents.labels.push_back(i);
  }
  return Dataset(std::move(contents));
}

using Labels = std::vector<std::int32_t>;

template <class Pass>
Labels labels_of(Pass&& pass) {
  Labels labels;
  for (const Batch& batch : pass)
    labels.insert(labels.end(), batch.labels.begin(), batch.labels.end());
  return labels;
}

const BatchOptions shuffled{.size = 7, .shuffle = true, .seed = 1};

Labels expected(std::uint64_t epoch) {
  BatchOptions options = shuffled;
  options.epoch = epoch;
  return labels_of(numbered(50).batches(options));
}

}  // namespace

TEST_CASE("each loop over a loader is a pass over all images in an order of its own") {
  Loader loader(numbered(50), shuffled);
  std::vector<Labels> passes;
  for (std::uint64_t epoch = 0; epoch < 5; ++epoch) {
    CHECK(loader.epoch() == epoch);
    passes.push_back(labels_of(loader));
    CHECK(passes.back() == expected(epoch));
    for (std::uint64_t before = 0; before < epoch; ++before) CHECK(passes[before] != passes[epoch]);
    Labels sorted = passes.back(), all(50);
    std::sort(sorted.begin(), sorted.end());
    std::iota(all.begin(), all.end(), 0);
    CHECK(sorted == all);
  }
}

TEST_CASE(
    "a loader of the same seed goes through the same orders, of another seed through others") {
  Loader a(numbered(50), shuffled), b(numbered(50), shuffled);
  Loader c(numbered(50), {.size = 7, .shuffle = true, .seed = 2});
  for (int epoch = 0; epoch < 3; ++epoch) {
    const Labels pass = labels_of(a);
    CHECK(labels_of(b) == pass);
    CHECK(labels_of(c) != pass);
  }
}

TEST_CASE("a loader goes on from the pass that it is given") {
  Loader loader(numbered(50), {.size = 7, .shuffle = true, .seed = 1, .epoch = 3});
  CHECK(labels_of(loader) == expected(3));
  CHECK(labels_of(loader) == expected(4));
}

TEST_CASE("a pass that is broken off is followed by the next") {
  Loader loader(numbered(50), shuffled);
  for (const Batch& batch : loader) {
    CHECK(batch.size() == 7);
    break;
  }
  CHECK(labels_of(loader) == expected(1));
}

TEST_CASE("loops over one loader may stand in one another") {
  Loader loader(numbered(50), shuffled);
  Labels outer;
  std::uint64_t inner = 0;
  for (const Batch& batch : loader) {
    outer.insert(outer.end(), batch.labels.begin(), batch.labels.end());
    CHECK(labels_of(loader) == expected(++inner));
  }
  CHECK(outer == expected(0));
  CHECK(inner == 8);
}

TEST_CASE("a pass outlives its loader") {
  auto loader = std::make_unique<Loader>(numbered(50), shuffled);
  auto at = loader->begin();
  loader.reset();
  Index seen = 0;
  for (; at != std::default_sentinel; at++) seen += at->size();
  CHECK(seen == 50);
}

TEST_CASE("without a shuffle each pass is in the order of the images") {
  Loader loader(numbered(10), {.size = 4});
  Labels all(10);
  std::iota(all.begin(), all.end(), 0);
  CHECK(labels_of(loader) == all);
  CHECK(labels_of(loader) == all);
  CHECK(loader.count() == 3);
  CHECK(loader.dataset().size() == 10);
}

TEST_CASE("a loader counts its batches, the last one and huge ones included") {
  CHECK(Loader(numbered(10), {.size = 5}).count() == 2);
  CHECK(Loader(numbered(10), {.size = 1}).count() == 10);
  CHECK(Loader(numbered(10), {.size = std::numeric_limits<Index>::max()}).count() == 1);
  CHECK(Loader(numbered(0)).count() == 0);
  Loader none(numbered(0));
  CHECK(labels_of(none).empty());
}

TEST_CASE("a loader of batches without images is refused when it is made") {
  for (const Index size : {0, -1})
    CHECK_THROWS_WITH_AS(Loader(numbered(3), {.size = size}),
                         fmt::format("Loader: size must be >= 1; got {}", size).c_str(),
                         ValueError);
}
