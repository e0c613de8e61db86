// Each image a little different in each epoch: turned over, moved, turned, cut, partly hidden.
//
// Invariant: what happens to an image is a function of (seed, epoch, its position in the dataset)
// alone: not of the order, the batches, the threads, or of where a run was stopped. What comes in
// from outside is 0, black. Flips and shifts copy pixels; as soon as an image may be turned or cut,
// each pixel is interpolated between four. Read before: random_state.h. Read next: dataset.h.
#pragma once

#include <cstdint>

#include <reel/core/shape.h>

namespace reel {

/// How far an image may be changed; all of it at random, evenly spread. The default changes none.
struct Augmentation {
  bool flip = false;    ///< left and right change places in every other image
  Index shift = 0;      ///< pixels up or down, left or right, at most
  double rotate = 0.0;  ///< degrees to either side, at most
  double crop = 1.0;    ///< the least part of the height and width that is cut out and fills all
  Index erase = 0;      ///< pixels of the side, at most, of a square that becomes 0

  bool any() const { return flip || shift > 0 || rotate > 0 || crop < 1 || erase > 0; }
  friend bool operator==(const Augmentation&, const Augmentation&) = default;
};

namespace detail {

/// ValueError that starts with `op` for what cannot be done to images of this shape.
void check_augmentation(const char* op, const Augmentation& augment, const Shape& image);

/// Changes the image (H, W, C) that stands at `pixels`, as (seed, epoch, position) has it.
template <class T>
void augment_image(const Augmentation& augment, std::uint64_t seed, std::uint64_t epoch,
                   std::int32_t position, const Shape& image, T* pixels);

}  // namespace detail
}  // namespace reel
