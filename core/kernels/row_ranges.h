// How a batch's rows are cut into tasks and tiles: by shape alone, so that results never depend on
// the number of threads. Rows are counted through the whole batch: row h of image n is n * H + h.
#pragma once

#include <reel/core/kernels/window.h>

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

/// Strips of at most about `most` rows: some whole images, or a part of one.
class Strips {
 public:
  Strips(Index batch, Index rows, Index most)
      : batch_(batch),
        rows_(rows),
        images_(std::max<Index>(1, most / rows)),
        parts_(ceil_div(rows, std::max<Index>(1, most))) {}

  Index count() const { return ceil_div(batch_, images_) * parts_; }

  Range operator[](Index strip) const {
    if (images_ > 1)
      return {strip * images_ * rows_, std::min(batch_, (strip + 1) * images_) * rows_};
    const Range part = Cut{rows_, parts_}[strip % parts_];
    const Index first = strip / parts_ * rows_;
    return {first + part.begin, first + part.end};
  }

 private:
  Index batch_, rows_, images_, parts_;  // images a strip, or parts an image: one of them is 1
};

/// Calls f(range) for consecutive ranges of at most `most` rows.
template <class F>
void for_each_tile(Range rows, Index most, const F& f) {
  for (Index row = rows.begin; row < rows.end; row += most)
    f(Range{row, std::min(rows.end, row + most)});
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
