// Features with mean 0 and deviation 1: learnt on the data to train on, applied to all data.
//
//   const Standardization standardize(train);
//   auto [x, y] = std::pair{train.map(standardize), test.map(standardize)};
//
// y = (x - mean) / deviation along the last axis: a column of a table, a channel of an image.
// Invariant: nothing is learnt from what it is applied to, so a test stays a test. A feature that
// never changes gets deviation 1 and becomes 0. NaN, a missing value, is left out of both and stays
// NaN. Means and deviations are summed in float64, in the order of the samples, the deviation as
// that of a population (divided by n). Source: the layer Normalization of Keras.
// Read before: dataset.h. Read next: standardization.cpp.
#pragma once

#include <vector>

#include <reel/core/io/dataset.h>

namespace reel {

class Standardization {
 public:
  /// Learns from all samples of `train`. ValueError when there are none, features have no axis, one
  /// is infinite, or is missing everywhere.
  explicit Standardization(const Dataset& train);
  /// ValueError unless both have one number per feature, all finite, deviations above 0.
  Standardization(std::vector<double> mean, std::vector<double> deviation);

  /// (..., features) -> the same shape, standardized. Differentiable. ValueError for another last
  /// axis.
  Tensor operator()(const Tensor& x) const;
  /// What `operator()` undoes: x from y.
  Tensor inverse(const Tensor& y) const;

  const std::vector<double>& mean() const { return mean_; }
  const std::vector<double>& deviation() const { return deviation_; }

 private:
  void check(const char* op, const Tensor& x) const;

  std::vector<double> mean_, deviation_;
};

}  // namespace reel
