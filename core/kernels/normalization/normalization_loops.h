// Loops of batch normalisation on plain memory.
//
// x is seen as (outer, channels, inner) with the channel axis in the middle: inner is 1 for
// channels_last. It is cut into contiguous blocks by its shape alone, rows of all channels where
// inner is 1, else the run of one channel in one image. Sums within a block are in the element
// type, sums over blocks in double and in block order: the same bits for any number of threads. The
// moments of a block take two passes while it is in the cache, then blocks are joined (Chan, Golub
// and LeVeque 1979): the accuracy of two passes for one over memory.
// Read before: naive_normalization.h, channel_blocks.h. Read next: normalization.cpp.
#pragma once

#include <reel/core/dtype.h>

namespace reel::kernels {

struct ChannelView {
  Index outer = 0, channels = 0, inner = 0;
  Index size() const { return outer * channels * inner; }
  /// Elements of one channel.
  Index per_channel() const { return outer * inner; }
};

/// Mean and biased variance of each channel. There must be at least one element per channel.
template <class T>
void channel_moments(const ChannelView& view, const T* x, T* mean, T* variance);

/// For each channel: sum_dy = sum(dy), sum_product = sum(dy * (x - mean)).
template <class T>
void channel_sums(const ChannelView& view, const T* dy, const T* x, const T* mean, T* sum_dy,
                  T* sum_product);

/// y = (x - shift) * scale + offset, with one number per channel each.
template <class T>
void scale_channels(const ChannelView& view, const T* x, const T* shift, const T* scale,
                    const T* offset, T* y);

/// dx = dy * scale + (x - shift) * slope + offset, with one number per channel each.
template <class T>
void mix_channels(const ChannelView& view, const T* dy, const T* scale, const T* x, const T* shift,
                  const T* slope, const T* offset, T* dx);

}  // namespace reel::kernels
