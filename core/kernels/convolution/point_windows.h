// Windows of one tap: pixels that nothing mixes, so that they may lie in rows as suits a kernel.
//
// Without padding, a kernel of 1 x 1 sees each pixel by itself, or with a stride every so manyth.
// These are then copied side by side, which is little beside the product that follows, and rows of
// an image, or of the whole batch where channels are last, follow each other as pixels do: as many
// as make a long row count as one. Read before: window.h, image_rows.h. Read next: dense_choice.h.
#pragma once

#include <reel/core/kernels/convolution/image_rows.h>

namespace reel::kernels {

/// The window as kernels meet it; `depth` numbers a pixel are read.
Window with_long_rows(const Window& window, Index depth);

/// Whether that window is of fewer pixels: those that the given one sees, side by side.
inline bool is_thinned(const Window& given, const Window& window) {
  return given.rows.stride * given.columns.stride > window.rows.stride * window.columns.stride;
}

/// The pixels of x that the window sees.
template <class T>
void take_pixels(const Window& window, const Images<const T>& x, T* pixels);
/// The transpose: puts them where they belong, between zeros.
template <class T>
void put_pixels(const Window& window, const T* pixels, const Images<T>& x);

}  // namespace reel::kernels
