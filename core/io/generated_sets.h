// Small sets whose shape is known, to see a network learn: points in the plane, and a curve.
//
// Features are (n, 2) of float32 and labels are classes; the curve's are (n, 1) with targets
// (n, 1). Invariant: a set is a function of its options alone; sample i is of class i mod classes,
// so any first part of a set is balanced. `noise` is the deviation of normal noise on each
// coordinate (of the curve: on the target). Source: the first three are those of scikit-learn and
// CS231n. Read before: dataset.h. Read next: generated_sets.cpp.
#pragma once

#include <cstdint>

#include <reel/core/io/dataset.h>

namespace reel {

struct GeneratedOptions {
  Index count = 1000;      ///< samples
  double noise = 0.1;      ///< deviation; 0: none
  std::uint64_t seed = 1;  ///< of everything random in the set
};

struct SpiralsOptions {
  Index count = 1000;
  double noise = 0.1;
  std::uint64_t seed = 1;
  int classes = 3;      ///< arms
  double turns = 0.75;  ///< of an arm around the origin
};

struct BlobsOptions {
  Index count = 1000;
  double noise = 0.5;
  std::uint64_t seed = 1;
  int classes = 3;
};

// Each of them: ValueError when count < 1, noise is negative or not finite, classes < 1.

/// Two half circles that reach into each other: around (0, 0) above, around (1, 0.5) below.
Dataset moons(const GeneratedOptions& options = {});
/// A circle of radius 0.5 (class 1) in one of radius 1.
Dataset circles(const GeneratedOptions& options = {});
/// Arms from the origin to radius 1, each turned against the last.
Dataset spirals(const SpiralsOptions& options = {});
/// Clouds around centres on a circle of radius 2, the first of them at (2, 0).
Dataset blobs(const BlobsOptions& options = {});
/// Points of the square [-1, 1] x [-1, 1], of class 1 where exactly one coordinate is positive;
/// noise comes after that.
Dataset exclusive_or(const GeneratedOptions& options = {});
/// x in [-pi, pi], target sin(x) and noise.
Dataset noisy_sine(const GeneratedOptions& options = {});

}  // namespace reel
