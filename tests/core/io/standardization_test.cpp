// Means and deviations: learnt on one set, applied to others.
#include <doctest/doctest.h>

#include <cmath>
#include <limits>

#include <reel/core/derivatives/grad_check.h>
#include <reel/core/error.h>
#include <reel/core/io/standardization.h>
#include <reel/core/ops.h>

using namespace reel;

namespace {

constexpr double missing = std::numeric_limits<double>::quiet_NaN();

}  // namespace

TEST_CASE("columns are standardized by what was learnt on the data to train on") {
  for (const DType dtype : {float32, float64}) {
    const Dataset train({.features = Tensor({{1, 10, 7}, {3, 30, 7}}, dtype)});
    const Dataset test({.features = Tensor({{5, 20, 8}}, dtype)});
    const Standardization standardize(train);
    CHECK(standardize.mean() == std::vector<double>{2, 20, 7});
    CHECK(standardize.deviation() == std::vector<double>{1, 10, 1});
    CHECK(train.map(standardize).gather({0, 1}).images.to_vector() ==
          std::vector<double>{-1, -1, 0, 1, 1, 0});
    const Tensor y = test.map(standardize).gather({0}).images;
    CHECK(y.dtype() == dtype);
    CHECK(y.to_vector() == std::vector<double>{3, 0, 1});
    CHECK(standardize.inverse(y).to_vector() == std::vector<double>{5, 20, 8});
  }
}

TEST_CASE("of images each channel has its mean over all pixels") {
  const Dataset data({.image_shape = {1, 2, 2},
                      .images = {0, 51, 255, 51, 0, 51, 255, 51},
                      .labels = {0, 0},
                      .class_names = {"a"}});
  const Standardization standardize(data);
  CHECK(standardize.mean()[0] == 0.5);
  CHECK(standardize.deviation()[0] == 0.5);
  CHECK(standardize.mean()[1] == doctest::Approx(0.2));
  CHECK(standardize.deviation()[1] == 1);
  CHECK(data.map(standardize).gather({1}).images.shape() == Shape{1, 1, 2, 2});
}

TEST_CASE("far from zero the deviation is exact, over several batches, too") {
  std::vector<double> values;
  for (int i = 0; i < 1000; ++i) values.push_back(1e9 + i % 2);
  const Standardization standardize(Dataset({.features = Tensor(values, {1000, 1})}));
  CHECK(standardize.mean()[0] == 1e9 + 0.5);
  CHECK(standardize.deviation()[0] == doctest::Approx(0.5).epsilon(1e-9));
}

TEST_CASE("missing values are left out of the mean and stay missing") {
  const Dataset data({.features = Tensor({{1, missing}, {3, 4}, {missing, 6}})});
  const Standardization standardize(data);
  CHECK(standardize.mean() == std::vector<double>{2, 5});
  CHECK(std::isnan(data.map(standardize).gather({0}).images.at(0, 1)));
}

TEST_CASE("standardizing has gradients of both orders") {
  const Standardization standardize({1.0, -2.0}, {0.5, 4.0});
  const Tensor x = randn({3, 2}, float64, {.seed = 4});
  CHECK(check_gradients([&](const Tensor& t) { return square(standardize(t)); }, x));
}

TEST_CASE("what nothing can be learnt from is refused") {
  CHECK_THROWS_WITH_AS(
      Standardization(Dataset({.name = "none", .features = Tensor::empty({0, 2}, float32)})),
      "Standardization: none must have samples with features; got 0 of shape (2,)", ValueError);
  CHECK_THROWS_WITH_AS(
      Standardization(Dataset({.features = Tensor({1.0, 2.0})})),
      "Standardization: dataset must have samples with features; got 2 of shape ()", ValueError);
  CHECK_THROWS_WITH_AS(
      Standardization(Dataset({.features = Tensor({{1.0, missing}, {2.0, missing}})})),
      "Standardization: each feature must be there in some sample; number 1 is missing in all",
      ValueError);
  const double infinity = std::numeric_limits<double>::infinity();
  CHECK_THROWS_WITH_AS(
      Standardization(Dataset({.features = Tensor({{1.0, 2.0}, {2.0, infinity}})})),
      "Standardization: features must be finite; got inf at dataset, sample 1", ValueError);
  CHECK_THROWS_WITH_AS(
      Standardization({1.0}, {1.0, 2.0}),
      "Standardization: there must be one mean and one deviation per feature; got 1 and 2",
      ValueError);
  CHECK_THROWS_WITH_AS(
      Standardization({1.0, 2.0}, {1.0, 0.0}),
      "Standardization: means must be finite and deviations above 0, too; got 2 and 0 for feature "
      "1",
      ValueError);
  CHECK_THROWS_WITH_AS(Standardization({1.0}, {1.0})(Tensor({{1, 2}})),
                       "Standardization: the last axis must have 1 features; got (1, 2)",
                       ValueError);
}
