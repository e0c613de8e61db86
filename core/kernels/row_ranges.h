// How a batch's rows are cut into tasks: by shape alone, so that results never depend on threads.
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

/// Calls f(image, rows) for each image that has some of the rows, counted through the whole batch.
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
