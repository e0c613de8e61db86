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

/// Numbers a pixel: its channels, but many that must be turned go in whole vectors.
template <class T>
Index pixel_lanes(const Images<T>& images) {
  constexpr Index few = 4;
  const bool turned = images.channels_first && images.channels > few;
  return turned ? whole_vectors<T>(images.channels) : images.channels;
}

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
    scratch_.reserve(rows.size() * pitch());
    const Index gaps = before_ + behind_;
    if (gaps == 0 && !mask_ && lanes_ % whole_vectors<T>(1) == 0) {  // long squares turn faster
      lane_copies<T>().spread(x_.pixels(rows.size()), x_.row(n, rows.begin), lanes_,
                              scratch_.data());
      return scratch_.data();
    }
    T* to = scratch_.data() + before_ * lanes_;
    for (Index h = rows.begin; h < rows.end; ++h, to += pitch()) {
      std::fill_n(to - before_ * lanes_, before_ * lanes_, T(0));
      copy(n, h, to);
      std::fill_n(to + x_.columns * lanes_, behind_ * lanes_, T(0));
    }
    return scratch_.data();
  }

 private:
  void copy(Index n, Index h, T* to) {
    const T* const from = x_.row(n, h);
    const T* const mask = mask_ ? mask_ + (from - x_.data) : nullptr;
    const Index count = x_.columns * lanes_;
    if (!x_.channels_first && lanes_ == x_.channels) {
      if (mask)
        epilogue<T>().mask({from, 1, count, count}, {mask, 1, count, count}, {to, 1, count, count});
      else
        std::copy_n(from, count, to);
      return;
    }
    turn(from, to);
    if (!mask) return;
    T* const its_mask = turned_mask_.reserve(count);
    turn(mask, its_mask);
    epilogue<T>().mask({to, 1, count, count}, {its_mask, 1, count, count}, {to, 1, count, count});
  }

  // A row of pixels, of a few channels as they are, else in whole vectors.
  void turn(const T* from, T* to) const {
    if (lanes_ % whole_vectors<T>(1) == 0)
      return lane_copies<T>().spread(x_.pixels(1), from, lanes_, to);
    const Index channel = x_.channels_first ? x_.rows * x_.columns : 1;
    const Index pixel = x_.channels_first ? 1 : x_.channels;
    for (Index c = 0; c < x_.channels; ++c)
      for (Index w = 0; w < x_.columns; ++w) to[w * lanes_ + c] = from[w * pixel + c * channel];
  }

  const Images<const T> x_;
  const T* const mask_;
  const Index before_, behind_, lanes_;
  Scratch<T> scratch_, turned_mask_;
};

}  // namespace reel::kernels
