// Sweeps over random configurations: thousands in the plain run, ten times as many in the long one.
//
// Each configuration has a seed of its own, which a failure prints: `sweep(that seed, 1, ...)` is
// that configuration again. `tests/run.sh --long` sets REEL_LONG=1.
#pragma once

#include <doctest/doctest.h>

#include <cstdlib>
#include <string>

#include "random_convolution.h"

namespace naive {

inline bool in_long_run() {
  const char* const value = std::getenv("REEL_LONG");
  return value && std::string(value) == "1";
}

/// Calls f(generator) for `count` configurations, for ten times as many in the long run.
template <class F>
void sweep(unsigned first_seed, unsigned count, const F& f) {
  const unsigned configurations = in_long_run() ? 10 * count : count;
  for (unsigned i = 0; i < configurations; ++i) {
    const unsigned seed = first_seed + i;
    CAPTURE(seed);
    Generator generator(seed);
    f(generator);
  }
}

/// Relative to a tensor's maximum.
inline double bound(reel::DType dtype) { return dtype == reel::float32 ? 1e-5 : 1e-12; }

}  // namespace naive
