// A dense convolution without a product of matrices, for any window: direct_rows.h, row by row.
//
// The three passes of convolution.h. Forward and input gradient are one loop over rows of results,
// given what each position sees (window_taps.h): from x the taps of outputs, from dy those of
// inputs, which a stride deals into phases that see the same taps. A kernel that the first level of
// the cache does not hold goes by in parts that it does: each meets some rows of results, whose
// sums wait in their places. The kernel's gradient sums x times dy over the positions of a band of
// rows. It is the way for few channels, where patches and products cost more than sums, and for
// whatever products do badly (dense_choice.h).
// Read before: pixel_rows.h, direct_rows.h. Read next: direct_panels.h, direct.cpp,
// direct_gradient.cpp.
#pragma once

#include <reel/core/kernels/convolution/lowering.h>

namespace reel::kernels {

/// The most positions of a row that are summed at once (direct_rows.h); narrow vectors take fewer.
constexpr Index direct_block = 14;

/// Whether a kernel meets so few blocks of positions that it is not worth packing: it is then read
/// where it lies, if its filters fill their vectors.
inline bool is_kernel_used_little(const Window& window) {
  constexpr Index few = 8;
  return window.batch * window.rows.output * ceil_div(window.columns.output, direct_block) <= few;
}

/// y = finish(conv(x, w)), w (R, S, channels, y.channels).
template <class T>
void direct_forward(const Window& window, Index channels, const T* x, const T* w,
                    const Finish<T>& finish, const Images<T>& y);

/// dx from dy, where relu_y, if it is not null, is above 0.
template <class T>
void direct_input_gradient(const Window& window, Index channels, const T* w, const T* relu_y,
                           const Images<const T>& dy, T* dx);

/// dw and, unless it is null, db, likewise.
template <class T>
void direct_filter_gradient(const Window& window, Index channels, const T* x, const T* relu_y,
                            const Images<const T>& dy, T* dw, T* db);

}  // namespace reel::kernels
