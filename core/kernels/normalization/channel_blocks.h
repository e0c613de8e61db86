// Loops over one contiguous block of numbers with one parameter per channel: what the loops of
// normalization_loops.h come down to.
//
// Element i of a block belongs to lane i % lanes, and parameters have one number per lane. lanes =
// 1 is a run of one channel; its sums are kept apart in vector registers and added at the end. Read
// before: isa.h. Read next: channel_blocks_kernels.cpp, normalization_loops.h.
#pragma once

#include <type_traits>

#include <reel/core/dtype.h>
#include <reel/core/runtime/isa.h>

namespace reel::kernels {

struct ChannelBlock {
  Index size, lanes;
};

template <class T>
struct ChannelBlocks {
  /// sum = sum(x - centre), squares = sum((x - centre)^2)
  void (*moments)(ChannelBlock block, const T* x, const T* centre, T* sum, T* squares);
  /// sum = sum(dy), products = sum(dy (x - centre))
  void (*products)(ChannelBlock block, const T* dy, const T* x, const T* centre, T* sum,
                   T* products);
  /// y = (x - shift) * scale + offset
  void (*scale)(ChannelBlock block, const T* x, const T* shift, const T* scale, const T* offset,
                T* y);
  /// dx = dy * scale + (x - shift) * slope + offset
  void (*mix)(ChannelBlock block, const T* dy, const T* scale, const T* x, const T* shift,
              const T* slope, const T* offset, T* dx);
};

struct ChannelBlockTables {
  ChannelBlocks<float> of_float;
  ChannelBlocks<double> of_double;
};

const ChannelBlockTables& channel_block_tables(sse2::Set);
const ChannelBlockTables& channel_block_tables(avx2::Set);
const ChannelBlockTables& channel_block_tables(avx512::Set);

/// The kernels for this CPU.
template <class T>
const ChannelBlocks<T>& channel_blocks() {
  static const ChannelBlockTables& chosen =
      for_this_cpu([](auto set) -> const ChannelBlockTables& { return channel_block_tables(set); });
  if constexpr (std::is_same_v<T, float>)
    return chosen.of_float;
  else
    return chosen.of_double;
}

}  // namespace reel::kernels
