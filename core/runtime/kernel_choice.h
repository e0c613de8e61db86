// Which kernels ops use: the fast ones, or the loops of the definitions.
//
// The naive kernels (core/kernels/naive/) are there to be read, to be stepped through in a debugger
// and to be what all others are held against. One switch of the process turns convolutions, pooling
// with upsampling, batch normalization and matrix products over to them; all other ops have no
// second kernel. An op asks when it runs, forward or back, so a change in between is seen. Results
// agree up to rounding; a pool's maxima are kept alike by both. The price is one relaxed load a
// call. Read next: kernel_choice.cpp, separable_convolution.cpp.
#pragma once

#include <string_view>

#include <reel/core/runtime/language.h>

namespace reel {

/// "fast" or "naive", from now on and for all threads. ValueError for another name.
void set_kernels(std::string_view name);

/// "fast" or "naive": as set last; before that as REEL_KERNELS in the environment says, else
/// "fast". ValueError when REEL_KERNELS says anything else; ops that ask throw the same.
std::string_view kernels_in_use();

namespace detail {

bool naive_kernels();

/// The one of two kernels with the same arguments that is in use.
template <class Function>
Function* kernel_in_use(Function* fast, Function* naive) {
  return naive_kernels() ? naive : fast;
}

}  // namespace detail
}  // namespace reel
