// Datasets whose features are no bytes and whose targets are no classes, and their parts.
#include <doctest/doctest.h>

#include <algorithm>
#include <numeric>
#include <set>
#include <vector>

#include <reel/core/io/dataset.h>
#include <reel/core/ops.h>
#include <reel/core/tape.h>

using namespace reel;

namespace {

// Sample i has the features i and -i.
Tensor rows(Index n, DType dtype = float32) {
  std::vector<double> values;
  for (Index i = 0; i < n; ++i) {
    values.push_back(static_cast<double>(i));
    values.push_back(-static_cast<double>(i));
  }
  return cast(Tensor(values, {n, 2}), dtype);
}

// n samples of one byte, their number; of class 0 every fourth, else 1.
Dataset quarters(int n) {
  DatasetContents contents{.image_shape = {1, 1, 1}, .class_names = {"rare", "common"}};
  for (int i = 0; i < n; ++i) {
    contents.images.push_back(static_cast<std::uint8_t>(i));
    contents.labels.push_back(i % 4 == 0 ? 0 : 1);
  }
  return Dataset(std::move(contents));
}

std::vector<int> numbers_of(const Dataset& data) {
  std::vector<int> numbers;
  for (Index i = 0; i < data.size(); ++i) numbers.push_back(data.image(i)[0]);
  return numbers;
}

}  // namespace

TEST_CASE("features of a tensor come in its dtype, with targets that are numbers or tensors") {
  for (const DType dtype : {float32, float64}) {
    const Dataset data({.features = rows(5, dtype), .targets = reshape(rows(5), {5, 2, 1})});
    CHECK(data.size() == 5);
    CHECK(data.dtype() == dtype);
    CHECK(data.feature_shape() == Shape{2});
    CHECK(data.num_classes() == 0);
    CHECK(data.labels().empty());
    const Batch batch = data.gather({3, 1});
    CHECK(batch.size() == 2);
    CHECK(batch.features().dtype() == dtype);
    CHECK(batch.features().to_vector() == std::vector<double>{3, -3, 1, -1});
    CHECK(batch.targets.shape() == Shape{2, 2, 1});
    CHECK(batch.targets.to_vector() == std::vector<double>{3, -3, 1, -1});
    CHECK(batch.labels.empty());
    CHECK(batch.positions == std::vector<std::int32_t>{3, 1});
  }
}

TEST_CASE("a dataset may be features alone, and its samples may be numbers") {
  const Dataset data({.features = Tensor({4.0, 5.0, 6.0}, float64)});
  CHECK(data.feature_shape() == Shape{});
  CHECK(data.labels().empty());
  std::vector<double> seen;
  for (const Batch& batch : data.batches({.size = 2})) {
    CHECK_FALSE(batch.targets.defined());
    for (const double value : batch.features().to_vector()) seen.push_back(value);
  }
  CHECK(seen == std::vector<double>{4, 5, 6});
}

TEST_CASE("bytes may be of any shape") {
  const Dataset data({.image_shape = {3}, .images = {0, 51, 255, 255, 0, 0}});
  CHECK(data.size() == 2);
  CHECK(data.gather({0}).features().shape() == Shape{1, 3});
  CHECK(data.gather({0}).features().at(0, 1) == 0.2f);
}

TEST_CASE("a tensor of no samples is a dataset without batches") {
  const Dataset data(
      {.features = Tensor::empty({0, 3}, float32), .targets = Tensor::empty({0, 1}, float32)});
  CHECK(data.size() == 0);
  CHECK(data.batches().count() == 0);
  CHECK(data.gather({}).targets.shape() == Shape{0, 1});
  CHECK(data.map([](const Tensor& x) { return sum(x, {1}, true); }).feature_shape() == Shape{1});
}

TEST_CASE("features and targets that contradict each other make no dataset") {
  CHECK_THROWS_WITH_AS(Dataset({.features = rows(3), .targets = rows(2)}),
                       "dataset: there must be one target per sample; got 3 samples and targets "
                       "(2, 2)",
                       ValueError);
  CHECK_THROWS_WITH_AS(Dataset({.features = rows(3), .targets = Tensor(1.0)}),
                       "dataset: there must be one target per sample; got 3 samples and targets ()",
                       ValueError);
  CHECK_THROWS_WITH_AS(
      Dataset({.labels = {0}, .class_names = {"a"}, .features = rows(1), .targets = rows(1)}),
      "dataset: targets must be classes or a tensor; got both", ValueError);
  CHECK_THROWS_WITH_AS(Dataset({.images = {1}, .features = rows(1)}),
                       "dataset: features must be bytes or a tensor; got 1 bytes and (1, 2)",
                       ValueError);
  CHECK_THROWS_WITH_AS(Dataset({.features = Tensor(1.0)}),
                       "dataset: features must have an axis of samples; got a scalar", ValueError);
  CHECK_THROWS_WITH_AS(Dataset({.labels = {0}, .features = rows(1)}),
                       "dataset: labels must be in [0, 0); got 0 at position 0", ValueError);
  CHECK_THROWS_WITH_AS(Dataset({.name = "table", .features = rows(1)}).image(0),
                       "table: features must be bytes to be read as such; they are float32; use "
                       "gather",
                       TypeError);
}

TEST_CASE("a sample says where it came from, also in a part, and so does an error about it") {
  DatasetContents contents{
      .labels = {0, 1, 0}, .class_names = {"a", "b"}, .features = rows(3), .source = [](Index i) {
        return fmt::format("table.csv:{}", i + 2);
      }};
  const Dataset data(contents);
  CHECK(data.source(2) == "table.csv:4");
  CHECK(data.select({2, 0}).source(0) == "table.csv:4");
  CHECK(quarters(3).source(1) == "dataset, sample 1");
  CHECK_THROWS_WITH_AS(data.source(3), "dataset: positions must be in [0, 3); got 3", ValueError);
  contents.labels[1] = 2;
  CHECK_THROWS_WITH_AS(Dataset{contents},
                       "dataset: labels must be in [0, 2); got 2 at position 1, table.csv:3",
                       ValueError);
}

TEST_CASE("selections and filters keep samples with their labels, also of one another") {
  const Dataset data = quarters(12);
  const Dataset rare = data.filter([&](Index i) { return data.labels()[i] == 0; });
  CHECK(numbers_of(rare) == std::vector<int>{0, 4, 8});
  CHECK(std::vector(rare.labels().begin(), rare.labels().end()) ==
        std::vector<std::int32_t>{0, 0, 0});
  const Dataset some = data.select({11, 4, 4, 0});
  CHECK(numbers_of(some) == std::vector<int>{11, 4, 4, 0});
  CHECK(some.labels()[0] == 1);
  CHECK(numbers_of(some.take(2)) == std::vector<int>{11, 4});
  CHECK(numbers_of(some.filter([](Index i) { return i > 1; })) == std::vector<int>{4, 0});
  CHECK(data.take(5).select({4}).take(9).size() == 1);
  CHECK(data.filter([](Index) { return false; }).size() == 0);
  CHECK_THROWS_WITH_AS(data.take(5).select({5}), "dataset: positions must be in [0, 5); got 5",
                       ValueError);
}

TEST_CASE("a split has each sample in one of two parts, by its seed, in their order") {
  const Dataset data = quarters(100);
  const auto [train, test] = data.split(30, {.seed = 1});
  CHECK(train.size() == 70);
  CHECK(test.size() == 30);
  std::vector<int> all = numbers_of(train), chosen = numbers_of(test);
  CHECK(std::is_sorted(all.begin(), all.end()));
  CHECK(std::is_sorted(chosen.begin(), chosen.end()));
  all.insert(all.end(), chosen.begin(), chosen.end());
  CHECK(std::set<int>(all.begin(), all.end()).size() == 100);
  CHECK(numbers_of(data.split(30, {.seed = 1}).test) == chosen);
  CHECK(numbers_of(data.split(30, {.seed = 2}).test) != chosen);
}

TEST_CASE("a stratified split has its share of each class, to less than a sample") {
  const Dataset data = quarters(100);  // 25 rare, 75 common
  for (const Index n : {1, 2, 4, 10, 30, 99}) {
    const auto [train, test] = data.split(n, {.seed = 3, .stratified = true});
    CHECK(test.size() == n);
    const auto rare = std::count(test.labels().begin(), test.labels().end(), 0);
    CHECK(std::abs(static_cast<double>(rare) - static_cast<double>(n) / 4) < 1);
  }
}

TEST_CASE("a split into nothing, or by classes that are not there, is refused") {
  const Dataset data({.features = rows(5)});
  for (const Index n : {-1, 0, 5, 6})
    CHECK_THROWS_WITH_AS(
        data.split(n),
        fmt::format("split: n must be in [1, 5), the number of samples; got {}", n).c_str(),
        ValueError);
  CHECK_THROWS_WITH_AS(data.split(2, {.stratified = true}),
                       "split: dataset must have classes to be stratified by; it has none",
                       ValueError);
}

TEST_CASE("map changes the features of each batch, function after function, and no target") {
  const Dataset data({.features = rows(5), .targets = rows(5)});
  const Dataset mapped = data.map([](const Tensor& x) { return 2.0 * x; })
                             .map([](const Tensor& x) { return cast(x, float64); })
                             .map([](const Tensor& x) { return sum(x * x, {1}); });
  CHECK(mapped.feature_shape() == Shape{});
  CHECK(mapped.dtype() == float64);
  CHECK(data.feature_shape() == Shape{2});
  const Batch batch = mapped.take(4).gather({3, 0});
  CHECK(batch.features().to_vector() == std::vector<double>{72, 0});
  CHECK(batch.targets.to_vector() == std::vector<double>{3, -3, 0, 0});
  Tape tape;
  const Index before = tape.size();
  mapped.gather({1});
  CHECK(tape.size() == before);
  CHECK_THROWS_WITH_AS(data.map(nullptr), "map: a function of the features is needed; got none",
                       ValueError);
  CHECK_THROWS_WITH_AS(data.filter(nullptr),
                       "filter: a function is needed that says what to keep; got none", ValueError);
  CHECK_THROWS_WITH_AS(data.map([](const Tensor& x) { return transpose(x); }),
                       "map: the first axis must stay that of the samples, 1; got (2, 1)",
                       ValueError);
}
