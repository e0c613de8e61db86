// What random numbers depend on: plain numbers, so that whatever surrounds a computation can keep a
// copy. random.h says how keys become numbers and who owns the state. Read next: random.h.
#pragma once

#include <cstdint>

#include <reel/core/runtime/language.h>

namespace reel {

/// What random numbers depend on. Keys that differ in any field give unrelated numbers.
struct RandomKey {
  std::uint64_t seed = 0;
  std::uint64_t stream = 0;  ///< who draws: a layer's own number
  std::uint64_t draw = 0;    ///< which draw of the run this is
  friend bool operator==(const RandomKey&, const RandomKey&) = default;
};

/// Where a run's random numbers stand: what a checkpoint stores.
struct RandomState {
  std::uint64_t seed = 0;
  std::uint64_t draw = 0;     ///< the number of the next draw
  std::uint64_t initial = 0;  ///< the number of the next first value of a variable
  friend bool operator==(const RandomState&, const RandomState&) = default;
};

}  // namespace reel
