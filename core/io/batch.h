// What a step gets of a dataset, and how one pass over it is cut into such batches.
//
// Names are those of images and their classes, of which most data here are; what else there is has
// the same places: `images` are the features whatever they stand for, and targets that are no
// classes are a tensor. Read before: tensor.h, augmentation.h. Read next: dataset.h.
#pragma once

#include <cstdint>
#include <vector>

#include <reel/core/io/augmentation.h>
#include <reel/core/tensor.h>

namespace reel {

/// Some samples: features with their classes or other targets.
struct Batch {
  Tensor images = {};                        ///< (n, ...); of images (n, H, W, C) in [0, 1]
  std::vector<std::int32_t> labels = {};     ///< n classes; none where targets are no classes
  Tensor targets = {};                       ///< (n, ...); undefined where targets are classes
  std::vector<std::int32_t> positions = {};  ///< where each stands in its dataset, for `source`

  /// `images`, by the name that fits data of any kind.
  const Tensor& features() const { return images; }
  Index size() const { return images.defined() ? images.shape()[0] : 0; }
};

struct BatchOptions {
  Index size = 32;              ///< samples a batch; the last one may be smaller
  bool shuffle = false;         ///< in an order given by seed and epoch
  std::uint64_t seed = 0;       ///< of the shuffles and augmentations of a run
  std::uint64_t epoch = 0;      ///< which pass over the data this is: each has its own order
  bool drop_remainder = false;  ///< leave out the last batch if it is smaller
  Index first = 0;              ///< of the order, which stays: how many samples were seen before
  Augmentation augment = {};    ///< of images, before the functions of `Dataset::map`
  Index prefetch = 0;           ///< batches that another thread makes ahead; the same ones
};

}  // namespace reel
