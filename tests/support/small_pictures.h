// Small pictures for tests of loops over them, and what such a loop has seen.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include <reel/core/io/dataset.h>

namespace reel::test {

// n pictures of 6 x 5 x 2, no pixel of which is 0.
inline Dataset pictures(int n) {
  DatasetContents contents{.image_shape = {6, 5, 2},
                           .class_names = std::vector<std::string>(256, "class")};
  for (int i = 0; i < n; ++i) {
    for (int k = 0; k < 60; ++k)
      contents.images.push_back(static_cast<std::uint8_t>(1 + (i * 67 + k * 3) % 255));
    contents.labels.push_back(i);
  }
  return Dataset(std::move(contents));
}

struct Seen {
  std::vector<std::int32_t> labels;
  std::vector<double> pixels;
  friend bool operator==(const Seen&, const Seen&) = default;
};

template <class Pass>
Seen seen_in(Pass&& pass) {
  Seen seen;
  for (const Batch& batch : pass) {
    seen.labels.insert(seen.labels.end(), batch.labels.begin(), batch.labels.end());
    const std::vector<double> pixels = batch.images.to_vector();
    seen.pixels.insert(seen.pixels.end(), pixels.begin(), pixels.end());
  }
  return seen;
}

inline const BatchOptions everything{
    .size = 4,
    .shuffle = true,
    .seed = 3,
    .epoch = 2,
    .augment = {.flip = true, .shift = 2, .rotate = 15, .crop = 0.8, .erase = 3}};

inline bool same(const Tensor& a, const Tensor& b) { return a.to_vector() == b.to_vector(); }

}  // namespace reel::test
