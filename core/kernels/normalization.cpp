#include <reel/core/kernels/normalization.h>

#include <algorithm>
#include <vector>

#include <reel/core/memory.h>
#include <reel/core/parallel.h>

namespace reel::kernels {
namespace {

template <class T>
using Scratch = std::vector<T, memory::Allocator<T>>;

// Contiguous elements x[begin, begin + size), of channels `channel`, `channel` + 1, ... in turn
// with the given period. Its partial sums stand at `partial`, one per channel.
struct Block {
  Index begin, size, channel, period, partial;

  // How many numbers are added side by side: whole periods, at least 64 if there are so many.
  Index lanes() const { return period * std::max<Index>(1, 64 / period); }
};

Index rows_per_block(const ChannelView& view) {
  return std::max<Index>(32, 8192 / std::max<Index>(1, view.channels));
}

// Blocks that each channel is cut into.
Index block_count(const ChannelView& view) {
  const Index rows = rows_per_block(view);
  return view.inner == 1 ? (view.outer + rows - 1) / rows : view.outer;
}

// Elements of a channel in its block number b.
Index count_in_block(const ChannelView& view, Index b) {
  const Index rows = rows_per_block(view);
  return view.inner == 1 ? std::min(rows, view.outer - b * rows) : view.inner;
}

template <class Body>
void for_blocks(const ChannelView& view, const Body& body) {
  const Index channels = view.channels;
  if (view.size() == 0) return;
  if (view.inner == 1) {
    const Index step = rows_per_block(view) * channels;
    parallel_for(block_count(view), [&](Index b) {
      body(Block{b * step, count_in_block(view, b) * channels, 0, channels, b * channels});
    });
    return;
  }
  const Index runs = view.outer * channels;
  const Index grain = std::max<Index>(1, 8192 / view.inner);
  parallel_for((runs + grain - 1) / grain, [&](Index tile) {
    for (Index run = tile * grain; run < std::min(runs, (tile + 1) * grain); ++run)
      body(Block{run * view.inner, view.inner, run % channels, 1, run});
  });
}

// One period of values, repeated to the block's lanes.
template <class T>
Scratch<T> in_lanes(const Block& block, const T* values) {
  Scratch<T> lanes(static_cast<std::size_t>(block.lanes()));
  for (Index l = 0; l < block.lanes(); l += block.period)
    std::copy_n(values, block.period, lanes.data() + l);
  return lanes;
}

template <class T>
struct Two {
  T a, b;
};

// Sums of a pair of values over the block, one pair per channel: `f(i, l)` gives those of element i
// in lane l. Four rows are added before they meet the sum, which saves traffic and rounding.
template <class T, class F>
void sum_lanes(const Block& block, T* a, T* b, const F& f) {
  const Index lanes = block.lanes(), size = block.size;
  Scratch<T> lane_sums(static_cast<std::size_t>(2 * lanes), T(0));
  T* __restrict sum_a = lane_sums.data();
  T* __restrict sum_b = lane_sums.data() + lanes;
  Index i = 0;
  for (; i + 4 * lanes <= size; i += 4 * lanes)
    for (Index l = 0; l < lanes; ++l) {
      const Two<T> v0 = f(i + l, l), v1 = f(i + lanes + l, l);
      const Two<T> v2 = f(i + 2 * lanes + l, l), v3 = f(i + 3 * lanes + l, l);
      sum_a[l] += (v0.a + v1.a) + (v2.a + v3.a);
      sum_b[l] += (v0.b + v1.b) + (v2.b + v3.b);
    }
  for (; i < size; i += lanes)
    for (Index l = 0; l < std::min(lanes, size - i); ++l) {
      const Two<T> v = f(i + l, l);
      sum_a[l] += v.a;
      sum_b[l] += v.b;
    }
  for (Index c = 0; c < block.period; ++c) a[c] = b[c] = 0;
  for (Index l = 0; l < lanes; ++l) {
    a[l % block.period] += sum_a[l];
    b[l % block.period] += sum_b[l];
  }
}

// Calls f(i, l) for each element i of the block and its lane.
template <class F>
void for_lanes(const Block& block, const F& f) {
  const Index lanes = block.lanes();
  for (Index i = 0; i < block.size; i += lanes)
    for (Index l = 0; l < std::min(lanes, block.size - i); ++l) f(i + l, l);
}

}  // namespace

template <class T>
void channel_moments(const ChannelView& view, const T* x, T* mean, T* variance) {
  const auto channels = static_cast<std::size_t>(view.channels);
  const auto blocks = static_cast<std::size_t>(block_count(view));
  // Of each block: its mean, and the sum of squares around it.
  Scratch<double> means(blocks * channels), squares(blocks * channels);
  for_blocks(view, [&](const Block& block) {
    const T* from = x + block.begin;
    const auto count = static_cast<T>(block.size / block.period);
    Scratch<T> centre(static_cast<std::size_t>(block.period)), rest(centre), square(centre);
    sum_lanes(block, centre.data(), rest.data(), [&](Index i, Index) {
      return Two<T>{from[i], T(0)};
    });
    for (T& c : centre) c /= count;
    const Scratch<T> shift_lanes = in_lanes(block, centre.data());
    const T* __restrict shift = shift_lanes.data();
    sum_lanes(block, rest.data(), square.data(), [&](Index i, Index l) {
      const T v = from[i] - shift[l];
      return Two<T>{v, v * v};
    });
    for (std::size_t c = 0; c < centre.size(); ++c) {
      // What rounding left of the mean comes back here.
      const double left = static_cast<double>(rest[c]) / static_cast<double>(count);
      const auto at = static_cast<std::size_t>(block.partial) + c;
      means[at] = static_cast<double>(centre[c]) + left;
      squares[at] = static_cast<double>(square[c]) - left * static_cast<double>(rest[c]);
    }
  });
  const auto n = static_cast<double>(view.per_channel());
  Scratch<double> total(channels, 0.0), spread(channels, 0.0);
  for (std::size_t b = 0; b < blocks; ++b) {
    const auto count = static_cast<double>(count_in_block(view, static_cast<Index>(b)));
    for (std::size_t c = 0; c < channels; ++c) total[c] += count * means[b * channels + c];
  }
  for (std::size_t b = 0; b < blocks; ++b) {
    const auto count = static_cast<double>(count_in_block(view, static_cast<Index>(b)));
    for (std::size_t c = 0; c < channels; ++c) {
      const double apart = means[b * channels + c] - total[c] / n;
      spread[c] += squares[b * channels + c] + count * apart * apart;
    }
  }
  for (std::size_t c = 0; c < channels; ++c) {
    mean[c] = static_cast<T>(total[c] / n);
    variance[c] = static_cast<T>(std::max(0.0, spread[c] / n));
  }
}

template <class T>
void channel_sums(const ChannelView& view, const T* dy, const T* x, const T* mean, T* sum_dy,
                  T* sum_product) {
  const auto channels = static_cast<std::size_t>(view.channels);
  const auto blocks = static_cast<std::size_t>(block_count(view));
  Scratch<T> sums(blocks * channels), products(blocks * channels);
  for_blocks(view, [&](const Block& block) {
    const Scratch<T> shift_lanes = in_lanes(block, mean + block.channel);
    const T* __restrict shift = shift_lanes.data();
    const T *from_x = x + block.begin, *from_dy = dy + block.begin;
    sum_lanes(block, sums.data() + block.partial, products.data() + block.partial,
              [&](Index i, Index l) {
                return Two<T>{from_dy[i], from_dy[i] * (from_x[i] - shift[l])};
              });
  });
  for (std::size_t c = 0; c < channels; ++c) {
    double sum = 0, product = 0;
    for (std::size_t b = 0; b < blocks; ++b) {
      sum += static_cast<double>(sums[b * channels + c]);
      product += static_cast<double>(products[b * channels + c]);
    }
    sum_dy[c] = static_cast<T>(sum);
    sum_product[c] = static_cast<T>(product);
  }
}

template <class T>
void scale_channels(const ChannelView& view, const T* x, const T* shift, const T* scale,
                    const T* offset, T* y) {
  for_blocks(view, [&](const Block& block) {
    const Scratch<T> shifts = in_lanes(block, shift + block.channel),
                     scales = in_lanes(block, scale + block.channel);
    const Scratch<T> offsets = in_lanes(block, offset + block.channel);
    const T *sh = shifts.data(), *sc = scales.data(), *of = offsets.data();
    const T* from = x + block.begin;
    T* __restrict to = y + block.begin;
    for_lanes(block, [=](Index i, Index l) { to[i] = (from[i] - sh[l]) * sc[l] + of[l]; });
  });
}

template <class T>
void mix_channels(const ChannelView& view, const T* dy, const T* scale, const T* x, const T* shift,
                  const T* slope, const T* offset, T* dx) {
  for_blocks(view, [&](const Block& block) {
    const Scratch<T> scales = in_lanes(block, scale + block.channel),
                     shifts = in_lanes(block, shift + block.channel);
    const Scratch<T> slopes = in_lanes(block, slope + block.channel),
                     offsets = in_lanes(block, offset + block.channel);
    const T *sc = scales.data(), *sh = shifts.data(), *sl = slopes.data(), *of = offsets.data();
    const T *from_x = x + block.begin, *from_dy = dy + block.begin;
    T* __restrict to = dx + block.begin;
    for_lanes(block, [=](Index i, Index l) {
      to[i] = from_dy[i] * sc[l] + (from_x[i] - sh[l]) * sl[l] + of[l];
    });
  });
}

template void channel_moments(const ChannelView&, const float*, float*, float*);
template void channel_moments(const ChannelView&, const double*, double*, double*);
template void channel_sums(const ChannelView&, const float*, const float*, const float*, float*,
                           float*);
template void channel_sums(const ChannelView&, const double*, const double*, const double*, double*,
                           double*);
template void scale_channels(const ChannelView&, const float*, const float*, const float*,
                             const float*, float*);
template void scale_channels(const ChannelView&, const double*, const double*, const double*,
                             const double*, double*);
template void mix_channels(const ChannelView&, const float*, const float*, const float*,
                           const float*, const float*, const float*, float*);
template void mix_channels(const ChannelView&, const double*, const double*, const double*,
                           const double*, const double*, const double*, double*);

}  // namespace reel::kernels
