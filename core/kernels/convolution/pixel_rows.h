// Rows of images as pixels between zeros: what a direct convolution reads.
//
// Channels-last rows that no window hangs over are read where they lie. All others are copied to
// scratch, between as many zero pixels as taps may need, masked and turned on the way. Rows outside
// of an image do not occur: whoever reads leaves out their taps. Read before: image_rows.h,
// window_taps.h. Read next: direct.h.
#pragma once

#include <reel/core/kernels/convolution/epilogue.h>
#include <reel/core/kernels/convolution/image_rows.h>

namespace reel::kernels {

template <class T>
class PixelRows {
 public:
  /// Zero pixels before and behind a row; `lanes` numbers a pixel, at least its channels; `mask`
  /// lies as x does (or null): where it is not above 0, x counts as 0.
  PixelRows(const Images<const T>& x, const T* mask, Index before, Index behind, Index lanes)
      : x_(x), mask_(mask), before_(before), behind_(behind), lanes_(lanes) {}

  bool in_place() const {
    return !x_.channels_first && !mask_ && before_ == 0 && behind_ == 0 && lanes_ == x_.channels;
  }
  /// Numbers from a row to the next.
  Index pitch() const { return (before_ + x_.columns + behind_) * lanes_; }

  /// The first zero before row rows.begin; valid until the next call.
  const T* read(Index n, Range rows) {
    if (in_place()) return x_.row(n, rows.begin);
    if (rows.size() * pitch() > scratch_.size()) {
      scratch_.reserve(rows.size() * pitch());
      scratch_.clear();  // what no pixel fills stays zero
    }
    T* to = scratch_.data() + before_ * lanes_;
    for (Index h = rows.begin; h < rows.end; ++h, to += pitch()) copy(n, h, to);
    return scratch_.data();
  }

 private:
  void copy(Index n, Index h, T* to) {
    const T* from = x_.row(n, h);
    if (!x_.channels_first && lanes_ == x_.channels) {
      const Index count = x_.columns * lanes_;
      if (mask_)
        epilogue<T>().mask({from, 1, count, count}, {mask_ + (from - x_.data), 1, count, count},
                           {to, 1, count, count});
      else
        std::copy_n(from, count, to);
      return;
    }
    const Index pixel = x_.channels_first ? 1 : x_.channels;
    const Index channel = x_.channels_first ? x_.rows * x_.columns : 1;
    const T* mask = mask_ ? mask_ + (from - x_.data) : nullptr;
    for (Index c = 0; c < x_.channels; ++c)
      for (Index w = 0; w < x_.columns; ++w) {
        const Index at = w * pixel + c * channel;
        to[w * lanes_ + c] = !mask || mask[at] > 0 ? from[at] : T(0);
      }
  }

  const Images<const T> x_;
  const T* const mask_;
  const Index before_, behind_, lanes_;
  Scratch<T> scratch_;
};

}  // namespace reel::kernels
