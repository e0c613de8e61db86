// A stream of numbers that is the same on every machine: SplitMix64, a counter that is mixed.
//
// Integers only, and no distribution of the standard library, whose results differ from one
// implementation to the next. Source: Steele, Lea and Flood, "Fast splittable pseudorandom number
// generators" (2014).
#pragma once

#include <cstdint>

class SplitMix64 {
 public:
  explicit SplitMix64(std::uint64_t seed) : state_(seed) {}

  std::uint64_t operator()() {
    std::uint64_t z = state_ += 0x9e3779b97f4a7c15;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
  }

  /// One of 0 to count - 1.
  std::int64_t below(std::int64_t count) {
    return static_cast<std::int64_t>((*this)() % static_cast<std::uint64_t>(count));
  }

 private:
  std::uint64_t state_;
};
