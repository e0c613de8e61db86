// Datasets, their batches and their shuffles.
#include <doctest/doctest.h>

#include <algorithm>
#include <numeric>
#include <vector>

#include <reel/core/io/dataset.h>
#include <reel/core/runtime/memory.h>

using namespace reel;

namespace {

// n images of 1 x 2 x 1: image i holds the bytes i and 255 - i, its label is i % 3.
DatasetContents numbered(int n) {
  DatasetContents contents{
      .name = "numbered", .image_shape = {1, 2, 1}, .class_names = {"zero", "one", "two"}};
  for (int i = 0; i < n; ++i) {
    contents.images.push_back(static_cast<std::uint8_t>(i));
    contents.images.push_back(static_cast<std::uint8_t>(255 - i));
    contents.labels.push_back(i % 3);
  }
  return contents;
}

// The first byte of each image, in the order of the batches.
std::vector<int> order_of(const Dataset& dataset, const BatchOptions& options) {
  std::vector<int> order;
  for (const Batch& batch : dataset.batches(options))
    for (Index i = 0; i < batch.size(); ++i)
      order.push_back(static_cast<int>(batch.images.at(i, 0, 0, 0) * 255 + 0.5));
  return order;
}

std::vector<int> counting(int n) {
  std::vector<int> order(static_cast<std::size_t>(n));
  std::iota(order.begin(), order.end(), 0);
  return order;
}

}  // namespace

TEST_CASE("batches hold all images in order, the last one what is left") {
  const Dataset dataset(numbered(10));
  std::vector<Index> sizes;
  std::vector<std::int32_t> labels;
  for (const Batch& batch : dataset.batches({.size = 4})) {
    sizes.push_back(batch.size());
    CHECK(batch.images.shape() == Shape{batch.size(), 1, 2, 1});
    CHECK(batch.images.dtype() == float32);
    labels.insert(labels.end(), batch.labels.begin(), batch.labels.end());
  }
  CHECK(sizes == std::vector<Index>{4, 4, 2});
  CHECK(labels == std::vector<std::int32_t>{0, 1, 2, 0, 1, 2, 0, 1, 2, 0});
  CHECK(order_of(dataset, {.size = 4}) == counting(10));
  CHECK(dataset.batches({.size = 4}).count() == 3);
  CHECK(dataset.batches({.size = 1000}).count() == 1);
}

TEST_CASE("bytes become numbers from 0 to 1, both ends exact") {
  const Dataset dataset(numbered(256));
  const Batch batch = *dataset.batches({.size = 256}).begin();
  CHECK(batch.images.at(0, 0, 0, 0) == 0.0);
  CHECK(batch.images.at(0, 0, 1, 0) == 1.0);
  CHECK(batch.images.at(51, 0, 0, 0) == 0.2f);
}

TEST_CASE("a shuffled epoch holds each image once with its own label") {
  const Dataset dataset(numbered(200));
  std::vector<int> order;
  for (const Batch& batch : dataset.batches({.size = 64, .shuffle = true, .seed = 1}))
    for (Index i = 0; i < batch.size(); ++i) {
      const int number = static_cast<int>(batch.images.at(i, 0, 0, 0) * 255 + 0.5);
      order.push_back(number);
      CHECK(batch.labels[static_cast<std::size_t>(i)] == number % 3);
    }
  CHECK(order != counting(200));
  std::sort(order.begin(), order.end());
  CHECK(order == counting(200));
}

TEST_CASE("the order of a shuffle depends on seed and epoch, not on the size of the batches") {
  const Dataset dataset(numbered(200));
  const auto order = [&](std::uint64_t seed, std::uint64_t epoch, Index size = 32) {
    return order_of(dataset, {.size = size, .shuffle = true, .seed = seed, .epoch = epoch});
  };
  CHECK(order(1, 0) == order(1, 0, 7));
  CHECK(order(1, 0) != order(1, 1));
  CHECK(order(1, 0) != order(2, 0));
  CHECK(order(1, 1) != order(2, 0));
}

TEST_CASE("the first images of a dataset are a dataset, and outlive it in their batches") {
  CHECK(order_of(Dataset(numbered(10)).take(3), {.size = 2}) == counting(3));
  CHECK(Dataset(numbered(10)).take(99).size() == 10);
  CHECK(Dataset(numbered(10)).take(4).labels().size() == 4);
  Index seen = 0;
  for (const Batch& batch : Dataset(numbered(10)).take(7).batches({.size = 3}))
    seen += batch.size();
  CHECK(seen == 7);
}

TEST_CASE("a batch may be kept after the loop has moved on") {
  const Dataset dataset(numbered(6));
  std::vector<Batch> kept;
  for (const Batch& batch : dataset.batches({.size = 2})) kept.push_back(batch);
  CHECK(kept[0].images.at(1, 0, 0, 0) == doctest::Approx(1 / 255.0));
  CHECK(kept[2].images.at(1, 0, 0, 0) == doctest::Approx(5 / 255.0));
}

TEST_CASE("images can be gathered by position") {
  const std::vector<std::int32_t> positions{5, 0, 5};
  const Batch batch = Dataset(numbered(6)).gather(positions);
  CHECK(batch.labels == std::vector<std::int32_t>{2, 0, 2});
  CHECK(batch.images.at(2, 0, 0, 0) == doctest::Approx(5 / 255.0));
  CHECK(Dataset(numbered(6)).image(4)[0] == 4);
}

TEST_CASE("a dataset without images has no batches") {
  const Dataset dataset(numbered(0));
  CHECK(dataset.size() == 0);
  CHECK(dataset.num_classes() == 3);
  CHECK(order_of(dataset, {.shuffle = true}).empty());
}

TEST_CASE("contents that contradict each other make no dataset") {
  DatasetContents contents = numbered(6);
  contents.labels[5] = 11;
  CHECK_THROWS_WITH_AS(Dataset{contents},
                       "numbered: labels must be in [0, 3); got 11 at position 5", ValueError);
  contents.labels[5] = -1;
  CHECK_THROWS_WITH_AS(Dataset{contents},
                       "numbered: labels must be in [0, 3); got -1 at position 5", ValueError);
  contents.labels.pop_back();
  CHECK_THROWS_WITH_AS(Dataset{contents},
                       "numbered: there must be one label per image; got 6 images and 5 labels",
                       ValueError);
  contents.images.pop_back();
  CHECK_THROWS_WITH_AS(Dataset{contents},
                       "numbered: images must be a whole number of 2 bytes each; got 11 bytes",
                       ValueError);
  contents.image_shape = {-1, -1, 1};
  CHECK_THROWS_AS(Dataset{contents}, ValueError);
  contents.image_shape = {2, 0, 1};
  CHECK_THROWS_WITH_AS(
      Dataset{contents},
      "numbered: image_shape must be (H, W, C), or 1 to 7 extents, each at least 1; got (2, 0, 1)",
      ValueError);
}

TEST_CASE("batches of no images, and images that are not there, are refused") {
  const Dataset dataset(numbered(6));
  CHECK_THROWS_WITH_AS(dataset.batches({.size = 0}), "batches: size must be >= 1; got 0",
                       ValueError);
  CHECK_THROWS_WITH_AS(dataset.take(0), "take: n must be >= 1; got 0", ValueError);
  CHECK_THROWS_WITH_AS(dataset.image(6), "numbered: positions must be in [0, 6); got 6",
                       ValueError);
  const std::vector<std::int32_t> positions{0, -1};
  CHECK_THROWS_WITH_AS(dataset.gather(positions), "numbered: positions must be in [0, 6); got -1",
                       ValueError);
}

TEST_CASE("images stay bytes until a batch needs them") {
  const Index count = 1000, size = 100, image_bytes = 16 * 16 * 4;
  const Dataset data(DatasetContents{.image_shape = {16, 16, 1},
                                     .images = std::vector<std::uint8_t>(count * 16 * 16),
                                     .labels = std::vector<std::int32_t>(count),
                                     .class_names = {"zero"}});
  memory::reset_peak();
  const Index before = memory::stats().live;
  Index seen = 0;
  for (const Batch& batch : data.batches({.size = size, .shuffle = true})) seen += batch.size();
  CHECK(seen == count);
  CHECK(memory::stats().peak_live - before <= size * image_bytes * 5 / 4 + 4096);
}
