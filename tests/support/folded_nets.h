// What the tests of folded nets share: nets as after a training, and how two nets are compared.
#pragma once

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include <reel/core/ops.h>
#include <reel/core/ops/random.h>
#include <reel/layers/base/naming.h>
#include <reel/layers/sequential.h>

#include "largest_difference.h"

namespace reel::test {

/// As after a training: nothing is 0 or 1 any more, and variances are above 0.
inline void seem_trained(const Layer& net) {
  std::uint64_t draw = 0;
  for (const Variable& v : net.variables()) {
    const RandomKey key{16, 4, draw++};
    v.assign(v.name().ends_with("variance") ? uniform(v.shape(), 0.2, 3.0, v.dtype(), key)
                                            : randn(v.shape(), v.dtype(), key));
  }
}

inline Tensor numbers(const Shape& shape, DType dtype = float32) {
  return randn(shape, dtype, RandomKey{16, 5, 0});
}

using Classes = std::vector<std::string>;

inline Classes classes_of(const Sequential& net) {
  Classes classes;
  for (const Layer* layer : net.children()) classes.push_back(detail::class_name(typeid(*layer)));
  return classes;
}

/// That a folded net computes what the net does.
inline void check_same(Layer& net, Layer& folded, const Tensor& x) {
  const Tensor y = net(x), z = folded(x);
  REQUIRE(z.dtype() == y.dtype());
  const double bound = x.dtype() == float64 ? 1e-12 : 1e-5 * max(abs(y)).item();
  CHECK(testing::largest_difference(y, z) <= bound);
}

}  // namespace reel::test
