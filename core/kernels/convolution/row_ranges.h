// How a batch's rows are cut into tasks and tiles: by shape alone, so that results never depend on
// the number of threads. Rows are counted through the whole batch: row h of image n is n * H + h.
#pragma once

#include <reel/core/kernels/convolution/taps.h>
#include <reel/core/kernels/convolution/window.h>

namespace reel::kernels {

/// `total` things in `parts` nearly equal consecutive ranges.
struct Cut {
  Index total = 0, parts = 1;

  /// As many parts as leave each at least `least` units of work, but at most `most`.
  static Cut by_work(Index total, double work, double least, Index most) {
    const double wanted = std::min(work / least, static_cast<double>(std::min(total, most)));
    return {total, std::max<Index>(1, static_cast<Index>(wanted))};
  }
  Range operator[](Index part) const { return {total * part / parts, total * (part + 1) / parts}; }
};

/// Nearly equal strips of about `most` rows: some whole images, or a part of one.
class Strips {
 public:
  Strips(Index batch, Index rows, Index most)
      : images_{batch, most < rows ? batch : ceil_div(batch, std::max<Index>(1, most / rows))},
        parts_{rows, ceil_div(rows, std::max<Index>(1, most))} {}

  Index count() const { return images_.parts * parts_.parts; }

  Range operator[](Index strip) const {
    const Range images = images_[strip / parts_.parts], part = parts_[strip % parts_.parts];
    return {images.begin * parts_.total + part.begin, (images.end - 1) * parts_.total + part.end};
  }

 private:
  Cut images_, parts_;  // of the batch and of an image; one of them is not cut
};

/// Calls f(range) for consecutive, nearly equal ranges of at most `most` rows.
template <class F>
void for_each_tile(Range rows, Index most, const F& f) {
  const Cut tiles{rows.size(), ceil_div(rows.size(), most)};
  for (Index i = 0; i < tiles.parts; ++i)
    f(Range{rows.begin + tiles[i].begin, rows.begin + tiles[i].end});
}

/// Calls f(image, rows of the image) for each image that has some of the rows.
template <class F>
void for_each_image(Range rows, Index rows_per_image, const F& f) {
  for (Index row = rows.begin; row < rows.end;) {
    const Index n = row / rows_per_image, first = n * rows_per_image;
    const Index end = std::min(rows.end, first + rows_per_image);
    f(n, Range{row - first, end - first});
    row = end;
  }
}

}  // namespace reel::kernels
