// Mean, variance and range of random numbers.
#pragma once

#include <algorithm>
#include <cmath>
#include <vector>

#include <reel/core/tensor.h>

namespace reel::test {

struct Moments {
  double mean = 0, variance = 0, low = INFINITY, high = -INFINITY;
  explicit Moments(const Tensor& x) {
    const std::vector<double> values = x.to_vector();
    const double n = static_cast<double>(values.size());
    for (double v : values) {
      mean += v / n;
      low = std::min(low, v);
      high = std::max(high, v);
    }
    for (double v : values) variance += (v - mean) * (v - mean) / n;
  }
  double deviation() const { return std::sqrt(variance); }
};

}  // namespace reel::test
