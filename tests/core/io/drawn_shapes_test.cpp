// The drawn images are what their header says. What models make of them: learning_test.cpp.
#include <doctest/doctest.h>

#include <algorithm>
#include <set>
#include <vector>

#include <reel/core/io/drawn_shapes.h>
#include <reel/core/runtime/parallel.h>

using namespace reel;

namespace {

std::vector<std::uint8_t> bytes_of(const Dataset& dataset) {
  std::vector<std::uint8_t> bytes;
  for (Index i = 0; i < dataset.size(); ++i)
    bytes.insert(bytes.end(), dataset.image(i).begin(), dataset.image(i).end());
  return bytes;
}

}  // namespace

TEST_CASE("drawn images are 28 x 28, of ten classes in turn") {
  const auto [train, test] = drawn_shapes({.train = 40, .test = 20});
  CHECK(train.size() == 40);
  CHECK(test.size() == 20);
  CHECK(train.image_shape() == Shape{28, 28, 1});
  CHECK(test.class_names() == std::vector<std::string>{"circle", "triangle", "square", "star",
                                                       "plus", "cross", "arrow", "heart", "spiral",
                                                       "wave"});
  for (Index i = 0; i < 40; ++i) CHECK(train.labels()[static_cast<std::size_t>(i)] == i % 10);
}

TEST_CASE("a drawn image depends on seed, set and position, not on threads or the set's size") {
  const int before = num_threads();
  const auto draw = [](Index n, std::uint64_t seed) {
    return drawn_shapes({.train = n, .test = n, .seed = seed});
  };
  set_num_threads(1);
  const DataSplit one = draw(300, 5);
  set_num_threads(3);
  const DataSplit three = draw(300, 5);
  CHECK(bytes_of(one.train) == bytes_of(three.train));
  CHECK(bytes_of(one.test) == bytes_of(three.test));
  set_num_threads(before);

  CHECK(bytes_of(one.train) != bytes_of(one.test));
  CHECK(bytes_of(one.train) != bytes_of(draw(300, 6).train));
  const std::vector<std::uint8_t> few = bytes_of(draw(70, 5).train), many = bytes_of(one.train);
  CHECK(std::equal(few.begin(), few.end(), many.begin()));
}

TEST_CASE("no two drawn images are the same, and each has bright strokes on a darker ground") {
  const Dataset train = drawn_shapes({.train = 500, .test = 1}).train;
  std::set<std::vector<std::uint8_t>> distinct;
  for (Index i = 0; i < train.size(); ++i) {
    std::vector<std::uint8_t> image(train.image(i).begin(), train.image(i).end());
    distinct.insert(image);
    std::sort(image.begin(), image.end());
    CHECK(image[image.size() - 20] > image[image.size() / 2] + 50);
  }
  CHECK(distinct.size() == 500);
}

TEST_CASE("an empty drawn set is refused") {
  CHECK_THROWS_WITH_AS(drawn_shapes({.train = 0}),
                       "drawn_shapes: train and test must be >= 1; got 0 and 2000", ValueError);
}
