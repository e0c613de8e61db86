#include <reel/core/kernels/normalization/normalization_loops.h>

#include <algorithm>

#include <reel/core/kernels/normalization/channel_blocks.h>
#include <reel/core/kernels/reduction/reduction_loops.h>
#include <reel/core/runtime/parallel.h>
#include <reel/core/runtime/scratch.h>

namespace reel::kernels {
namespace {

// How a view is cut into contiguous blocks, by its shape alone. Where inner is 1 a block is some
// rows of all channels, else the run of one channel in one of the outer places.
class Cut {
 public:
  explicit Cut(const ChannelView& view) : view_(view) {
    if (!rows()) return;
    const Index channels = std::max<Index>(1, view.channels);
    rows_per_block_ = std::max<Index>(32, 8192 / channels);
    // Narrow rows are read several at once, at least 64 numbers and a multiple of 8.
    while (channels < 64 && (repeats_ * channels < 64 || repeats_ * channels % 8 != 0))
      repeats_ *= 2;
  }

  // Whether blocks hold rows of all channels.
  bool rows() const { return view_.inner == 1; }
  // Lanes of a block, and the channels among them: a number per lane stands for channel % period.
  Index lanes() const { return period() * repeats_; }
  Index period() const { return rows() ? view_.channels : 1; }

  // Blocks that each channel is cut into, and how many of its elements are in block b of them.
  Index parts() const {
    return rows() ? (view_.outer + rows_per_block_ - 1) / rows_per_block_ : view_.outer;
  }
  Index count(Index part) const {
    return rows() ? std::min(rows_per_block_, view_.outer - part * rows_per_block_) : view_.inner;
  }

  // Calls body(begin, block, first channel, part) for each block; several threads share them.
  template <class Body>
  void for_blocks(const Body& body) const {
    if (view_.size() == 0) return;
    const Index runs = rows() ? 1 : view_.channels;  // blocks of a part
    const Index grain = rows() ? 1 : 8192 / view_.inner;
    const Index step = rows() ? rows_per_block_ * view_.channels : view_.inner;
    parallel_ranges(parts() * runs, grain, [&](Index begin, Index end) {
      for (Index i = begin; i < end; ++i) {
        const ChannelBlock block{count(i / runs) * period(), lanes()};
        body(i * step, block, i % runs, i / runs);
      }
    });
  }

  // One number per lane from one per channel.
  template <class T>
  void repeat(const T* period_values, T* lane_values) const {
    for (Index l = 0; l < lanes(); l += period())
      std::copy_n(period_values, period(), lane_values + l);
  }
  // The other way: lanes of the same channel added.
  template <class T>
  void add_up(const T* lane_values, T* period_values) const {
    std::copy_n(lane_values, period(), period_values);
    for (Index l = period(); l < lanes(); ++l) period_values[l % period()] += lane_values[l];
  }

 private:
  const ChannelView& view_;
  Index rows_per_block_ = 1;
  Index repeats_ = 1;
};

// A parameter as the blocks want it: one number per lane, or per channel where a block is a run.
template <class T>
class Parameter {
 public:
  Parameter(const Cut& cut, const T* per_channel) : values_(per_channel) {
    if (cut.lanes() == cut.period()) return;
    cut.repeat(per_channel, lanes_.reserve(cut.lanes()));
    values_ = lanes_.data();
  }
  const T* at(Index channel) const { return values_ + channel; }

 private:
  Scratch<T> lanes_;
  const T* values_;
};

}  // namespace

template <class T>
void channel_moments(const ChannelView& view, const T* x, T* mean, T* variance) {
  const ChannelBlocks<T>& kernels = channel_blocks<T>();
  const Cut cut(view);
  const Index channels = view.channels, parts = cut.parts(), lanes = cut.lanes();
  // Of each block: its mean, and the sum of squares around it.
  Scratch<double> means(parts * channels), squares(parts * channels);
  cut.for_blocks([&](Index begin, ChannelBlock block, Index channel, Index part) {
    const Index count = cut.count(part), period = cut.period();
    Scratch<T> memory(3 * lanes + 3 * period);
    T *const centre = memory.data(), *const rest = centre + period, *const square = rest + period;
    T *const lane_centre = square + period, *const lane_rest = lane_centre + lanes;
    T* const lane_square = lane_rest + lanes;
    fold(Fold::sum, x + begin, 1, count, period, centre);
    for (Index c = 0; c < period; ++c) centre[c] /= static_cast<T>(count);
    cut.repeat(centre, lane_centre);
    kernels.moments(block, x + begin, lane_centre, lane_rest, lane_square);
    cut.add_up(lane_rest, rest);
    cut.add_up(lane_square, square);
    for (Index c = 0; c < period; ++c) {
      // What rounding left of the mean comes back here.
      const double left = static_cast<double>(rest[c]) / static_cast<double>(count);
      const Index at = part * channels + channel + c;
      means.data()[at] = static_cast<double>(centre[c]) + left;
      squares.data()[at] = static_cast<double>(square[c]) - left * static_cast<double>(rest[c]);
    }
  });
  const auto n = static_cast<double>(view.per_channel());
  for (Index c = 0; c < channels; ++c) {
    double total = 0, spread = 0;
    for (Index part = 0; part < parts; ++part)
      total += static_cast<double>(cut.count(part)) * means.data()[part * channels + c];
    for (Index part = 0; part < parts; ++part) {
      const double apart = means.data()[part * channels + c] - total / n;
      spread += squares.data()[part * channels + c] +
                static_cast<double>(cut.count(part)) * apart * apart;
    }
    mean[c] = static_cast<T>(total / n);
    variance[c] = static_cast<T>(std::max(0.0, spread / n));
  }
}

template <class T>
void channel_sums(const ChannelView& view, const T* dy, const T* x, const T* mean, T* sum_dy,
                  T* sum_product) {
  const ChannelBlocks<T>& kernels = channel_blocks<T>();
  const Cut cut(view);
  const Index channels = view.channels, parts = cut.parts(), lanes = cut.lanes();
  const Parameter<T> centre(cut, mean);
  Scratch<T> sums(parts * channels), products(parts * channels);
  cut.for_blocks([&](Index begin, ChannelBlock block, Index channel, Index part) {
    Scratch<T> lane_sums(2 * lanes);
    kernels.products(block, dy + begin, x + begin, centre.at(channel), lane_sums.data(),
                     lane_sums.data() + lanes);
    cut.add_up(lane_sums.data(), sums.data() + part * channels + channel);
    cut.add_up(lane_sums.data() + lanes, products.data() + part * channels + channel);
  });
  for (Index c = 0; c < channels; ++c) {
    double sum = 0, product = 0;
    for (Index part = 0; part < parts; ++part) {
      sum += static_cast<double>(sums.data()[part * channels + c]);
      product += static_cast<double>(products.data()[part * channels + c]);
    }
    sum_dy[c] = static_cast<T>(sum);
    sum_product[c] = static_cast<T>(product);
  }
}

template <class T>
void scale_channels(const ChannelView& view, const T* x, const T* shift, const T* scale,
                    const T* offset, T* y) {
  const ChannelBlocks<T>& kernels = channel_blocks<T>();
  const Cut cut(view);
  const Parameter<T> shifts(cut, shift), scales(cut, scale), offsets(cut, offset);
  cut.for_blocks([&](Index begin, ChannelBlock block, Index channel, Index) {
    kernels.scale(block, x + begin, shifts.at(channel), scales.at(channel), offsets.at(channel),
                  y + begin);
  });
}

template <class T>
void mix_channels(const ChannelView& view, const T* dy, const T* scale, const T* x, const T* shift,
                  const T* slope, const T* offset, T* dx) {
  const ChannelBlocks<T>& kernels = channel_blocks<T>();
  const Cut cut(view);
  const Parameter<T> scales(cut, scale), shifts(cut, shift), slopes(cut, slope);
  const Parameter<T> offsets(cut, offset);
  cut.for_blocks([&](Index begin, ChannelBlock block, Index channel, Index) {
    kernels.mix(block, dy + begin, scales.at(channel), x + begin, shifts.at(channel),
                slopes.at(channel), offsets.at(channel), dx + begin);
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
