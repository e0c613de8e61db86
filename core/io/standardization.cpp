// How means and deviations are learnt: one pass over the batches, by Welford's method.
//
// The running mean and the sum of squared differences from it stay exact where sums of squares
// would cancel. Source: Welford (1962). Read before: standardization.h.
#include <reel/core/io/standardization.h>

#include <cmath>
#include <utility>

#include <reel/core/ops.h>

namespace reel {
namespace {

struct Running {
  double count = 0, mean = 0, squares = 0;
  void add(double x) {
    count += 1;
    const double difference = x - mean;
    mean += difference / count;
    squares += difference * (x - mean);
  }
};

Tensor vector_of(const std::vector<double>& numbers, DType dtype) {
  return cast(Tensor(numbers, {static_cast<Index>(numbers.size())}), dtype);
}

}  // namespace

Standardization::Standardization(const Dataset& train) {
  if (train.size() == 0 || train.feature_shape().rank() < 1)
    throw ValueError("Standardization: {} must have samples with features; got {} of shape {}",
                     train.name(), train.size(), train.feature_shape());
  std::vector<Running> running(static_cast<std::size_t>(train.feature_shape()[-1]));
  Index position = 0;
  for (const Batch& batch : train.batches({.size = 256})) {
    dispatch(batch.images.dtype(), [&](auto zero) {
      const auto values = batch.images.span<decltype(zero)>();
      const std::size_t one = values.size() / static_cast<std::size_t>(batch.size());
      for (std::size_t i = 0; i < values.size(); ++i) {
        const auto x = static_cast<double>(values[i]);
        if (std::isinf(x))
          throw ValueError("Standardization: features must be finite; got {} at {}", x,
                           train.source(position + static_cast<Index>(i / one)));
        if (!std::isnan(x)) running[i % running.size()].add(x);
      }
    });
    position += batch.size();
  }
  for (std::size_t i = 0; i < running.size(); ++i) {
    const Running& r = running[i];
    if (r.count == 0)
      throw ValueError(
          "Standardization: each feature must be there in some sample; number {} is "
          "missing in all",
          i);
    const double deviation = std::sqrt(r.squares / r.count);
    mean_.push_back(r.mean);
    // Differences that are rounding alone are none.
    const bool constant = !(deviation > std::abs(r.mean) * 1e-12);
    deviation_.push_back(constant ? 1.0 : deviation);
  }
}

Standardization::Standardization(std::vector<double> mean, std::vector<double> deviation)
    : mean_(std::move(mean)), deviation_(std::move(deviation)) {
  if (mean_.size() != deviation_.size() || mean_.empty())
    throw ValueError(
        "Standardization: there must be one mean and one deviation per feature; got "
        "{} and {}",
        mean_.size(), deviation_.size());
  for (std::size_t i = 0; i < mean_.size(); ++i)
    if (!std::isfinite(mean_[i]) || !std::isfinite(deviation_[i]) || deviation_[i] <= 0)
      throw ValueError(
          "Standardization: means must be finite and deviations above 0, too; got {} "
          "and {} for feature {}",
          mean_[i], deviation_[i], i);
}

void Standardization::check(const char* op, const Tensor& x) const {
  const auto features = static_cast<Index>(mean_.size());
  if (x.rank() < 1 || x.dim(-1) != features)
    throw ValueError("{}: the last axis must have {} features; got {}", op, features, x.shape());
}

Tensor Standardization::operator()(const Tensor& x) const {
  check("Standardization", x);
  return (x - vector_of(mean_, x.dtype())) / vector_of(deviation_, x.dtype());
}

Tensor Standardization::inverse(const Tensor& y) const {
  check("Standardization::inverse", y);
  return y * vector_of(deviation_, y.dtype()) + vector_of(mean_, y.dtype());
}

}  // namespace reel
