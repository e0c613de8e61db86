// Images to learn from when there are none: ten kinds of line drawings, made by a generator.
//
// Each image is one of ten figures under its own affine map (place, size, rotation, shear), drawn
// with its own stroke width, brightness and background, with noise on every pixel. Invariant: image
// i is a function of (seed, which set, i) alone, so a longer set begins with the shorter one and
// threads do not matter; the test set has random numbers of its own. Tuned so that a linear model
// stays below 90 % on the test set, because no pixel belongs to a class, while a small separable
// CNN passes 97 %: tests/laws/learning_test.cpp trains both. Read before: dataset.h.
#pragma once

#include <reel/core/io/dataset.h>

namespace reel {

struct DrawnShapesOptions {
  Index train = 12000;     ///< images to train on
  Index test = 2000;       ///< images to test on
  std::uint64_t seed = 1;  ///< of everything random in them
};

/// Draws both sets: images of 28 x 28 x 1, labels 0, 1, ..., 9, 0, 1, ... ValueError when a set
/// would have no image.
DataSplit drawn_shapes(const DrawnShapesOptions& options = {});

}  // namespace reel
