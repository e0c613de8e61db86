// Between pixels as they lie in memory and lanes (image_rows.h), in both directions.
#pragma once

#include <reel/core/dtype.h>
#include <reel/core/runtime/isa.h>

namespace reel::kernels {

/// Pixels in memory: channel c of pixel p is at p * pixel_step + c * channel_step, and one of the
/// two steps is 1. Channel c stands for the lanes c * multiplier to (c + 1) * multiplier - 1.
struct Pixels {
  Index count, channels, pixel_step, channel_step, multiplier;
};

template <class T>
struct LaneCopies {
  /// lanes (pixels, lanes) = each channel in all its lanes; further lanes get zero.
  void (*spread)(const Pixels& pixels, const T* from, Index lanes, T* to);
  /// Each channel = the sum of its lanes: the transpose of `spread`.
  void (*collect)(const Pixels& pixels, const T* from, Index lanes, T* to);
};

struct LaneCopiesTables {
  LaneCopies<float> of_float;
  LaneCopies<double> of_double;
};

const LaneCopiesTables& lane_copies_tables(sse2::Set);
const LaneCopiesTables& lane_copies_tables(avx2::Set);
const LaneCopiesTables& lane_copies_tables(avx512::Set);

/// The kernels for this CPU.
template <class T>
const LaneCopies<T>& lane_copies() {
  static const LaneCopiesTables& chosen =
      for_this_cpu([](auto set) -> const LaneCopiesTables& { return lane_copies_tables(set); });
  if constexpr (std::is_same_v<T, float>)
    return chosen.of_float;
  else
    return chosen.of_double;
}

}  // namespace reel::kernels
