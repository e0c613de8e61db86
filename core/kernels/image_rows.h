// Rows of an image in one form for all kernels: (columns, lanes), whatever the data format.
//
// A lane is a channel, or one of the M copies of a channel that a depthwise kernel filters
// differently: lane c * M + m. Lanes are padded with zeros to whole vectors, so no kernel meets a
// layout, a multiplier or an odd number of channels. Channels-last images whose channels fill their
// vectors are read and written in place; all others go through a few rows of scratch that stay in
// cache. Price: few channels waste lanes, which costs less than moving their memory does.
// Read before: window.h. Read next: depthwise_rows.h.
#pragma once

#include <reel/core/kernels/lane_rows.h>
#include <reel/core/kernels/scratch.h>
#include <reel/core/kernels/window.h>

namespace reel::kernels {

/// `lanes` rounded up to whole vectors.
template <class T>
constexpr Index whole_vectors(Index lanes) {
  constexpr Index width = vector_bytes / static_cast<Index>(sizeof(T));
  return ceil_div(lanes, width) * width;
}

/// A batch of images as it lies in memory, (N, H, W, C) or (N, C, H, W), and its lanes.
template <class T>
struct Images {
  T* data = nullptr;
  Index rows = 0, columns = 0, channels = 0;
  bool channels_first = false;
  Index multiplier = 1;  // lanes a channel
  Index lanes = 0;       // at least channels * multiplier

  bool in_place() const { return !channels_first && multiplier == 1 && lanes == channels; }
  Index image_size() const { return rows * columns * channels; }
  template <class U>
  Images<U> with_data(U* other) const {
    return {other, rows, columns, channels, channels_first, multiplier, lanes};
  }
  /// The first number of row h of image n.
  T* row(Index n, Index h) const {
    return data + n * image_size() + h * columns * (channels_first ? 1 : channels);
  }
};

/// The images on the two sides of a window, a lane a channel.
template <class T>
Images<T> input_images(const Window& window, T* x, Index channels) {
  return {x, window.rows.input, window.columns.input, channels, window.channels_first, 1, channels};
}
template <class T>
Images<T> output_images(const Window& window, T* y, Index channels) {
  return {y,       window.rows.output, window.columns.output, channels, window.channels_first, 1,
          channels};
}

/// The same images with `multiplier` lanes a channel, in whole vectors.
template <class T>
Images<T> in_lanes(Images<T> images, Index multiplier = 1) {
  images.multiplier = multiplier;
  images.lanes = whole_vectors<T>(images.channels * multiplier);
  return images;
}

/// Row h of image n, spread over lanes, into out (columns, lanes).
template <class T>
void load_row(const Images<const T>& x, Index n, Index h, T* out);

/// The transpose of `load_row`: row h of image n becomes, for each channel, the sum of its lanes.
template <class T>
void store_row(const Images<T>& x, Index n, Index h, const T* lanes);

/// Gives rows of images as lanes; keeps the memory that this takes.
template <class T>
class RowReader {
 public:
  explicit RowReader(const Images<const T>& x) : x_(x) {}

  /// Valid until the next call. Rows that the last call gave too are kept.
  LaneRows<const T> read(Index n, Range range) {
    if (x_.in_place()) return {x_.row(n, range.begin), range.begin, x_.columns, x_.lanes};
    const Index row_size = x_.columns * x_.lanes;
    Range kept;
    if (n == image_ && range.begin >= held_.begin && range.begin < held_.end) {
      kept = {range.begin, std::min(range.end, held_.end)};
      std::copy_n(scratch_.data() + (kept.begin - held_.begin) * row_size, kept.size() * row_size,
                  scratch_.data());
    }
    if (range.size() * row_size > scratch_.size()) kept = {};
    T* const rows = scratch_.reserve(range.size() * row_size);
    for (Index i = kept.size(); i < range.size(); ++i)
      load_row(x_, n, range.begin + i, rows + i * row_size);
    image_ = n;
    held_ = range;
    return {rows, range.begin, x_.columns, x_.lanes};
  }

 private:
  Images<const T> x_;
  Scratch<T> scratch_;
  Index image_ = -1;
  Range held_;
};

/// Takes rows of lanes to images: write to `begin(n, h)`, then call `end(n, h)`.
template <class T>
class RowWriter {
 public:
  explicit RowWriter(const Images<T>& x) : x_(x) {
    if (!x.in_place()) scratch_.reserve(x.columns * x.lanes);
  }

  T* begin(Index n, Index h) { return x_.in_place() ? x_.row(n, h) : scratch_.data(); }
  void end(Index n, Index h) {
    if (!x_.in_place()) store_row(x_, n, h, scratch_.data());
  }

 private:
  Images<T> x_;
  Scratch<T> scratch_;
};

}  // namespace reel::kernels
