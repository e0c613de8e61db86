// Rows of images in one form for all kernels: (rows, columns, lanes), whatever the data format.
//
// A lane is a channel, or one of the M copies of a channel that a depthwise kernel filters
// differently: lane c * M + m. Lanes are padded with zeros to whole vectors, so no kernel meets a
// layout, a multiplier or an odd number of channels. Channels-last images whose channels fill their
// vectors are read and written in place; all others go through a few rows of scratch that stay in
// cache. Price: few channels waste lanes, which costs less than moving their memory does.
// Read before: window.h. Read next: depthwise_rows.h.
#pragma once

#include <reel/core/kernels/convolution/lane_copies.h>
#include <reel/core/kernels/convolution/lane_rows.h>
#include <reel/core/kernels/convolution/row_ranges.h>
#include <reel/core/kernels/convolution/taps.h>
#include <reel/core/kernels/convolution/window.h>
#include <reel/core/runtime/scratch.h>

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
  /// The first number of row h of image n.
  T* row(Index n, Index h) const {
    return data + n * image_size() + h * columns * (channels_first ? 1 : channels);
  }
  /// The first number of channel c of image n, channels first.
  T* plane(Index n, Index c) const { return data + n * image_size() + c * rows * columns; }
  /// `count` rows of an image.
  Pixels pixels(Index count) const {
    return channels_first ? Pixels{count * columns, channels, 1, rows * columns, multiplier}
                          : Pixels{count * columns, channels, channels, 1, multiplier};
  }
  template <class U>
  Images<U> with_data(U* other) const {
    return {other, rows, columns, channels, channels_first, multiplier, lanes};
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

/// Gives rows of images as lanes; keeps the memory that this takes.
template <class T>
class RowReader {
 public:
  explicit RowReader(const Images<const T>& x) : x_(x) {}

  const Images<const T>& images() const { return x_; }

  /// Valid until the next call. Rows that the last call gave too are not copied again.
  LaneRows<const T> read(Index n, Range rows) {
    if (x_.in_place()) return {x_.row(n, rows.begin), rows.begin, x_.columns, x_.lanes};
    const Index row_size = x_.columns * x_.lanes;
    Index kept = 0;
    if (rows.size() * row_size > scratch_.size()) {
      scratch_.reserve(rows.size() * row_size);
    } else if (n == image_ && held_.begin <= rows.begin && rows.begin < held_.end) {
      kept = std::min(rows.end, held_.end) - rows.begin;
      std::copy_n(scratch_.data() + (rows.begin - held_.begin) * row_size, kept * row_size,
                  scratch_.data());
    }
    lane_copies<T>().spread(x_.pixels(rows.size() - kept), x_.row(n, rows.begin + kept), x_.lanes,
                            scratch_.data() + kept * row_size);
    image_ = n;
    held_ = rows;
    return {scratch_.data(), rows.begin, x_.columns, x_.lanes};
  }

 private:
  Images<const T> x_;
  Scratch<T> scratch_;
  Index image_ = -1;
  Range held_;
};

/// Takes rows of lanes to images.
template <class T>
class RowWriter {
 public:
  explicit RowWriter(const Images<T>& x) : x_(x) {}

  const Images<T>& images() const { return x_; }

  /// Calls fill(rows, to) for these rows, or for some after the other, and puts what it writes to
  /// `to`, (rows, columns, lanes), where it belongs.
  template <class F>
  void write(Index n, Range rows, const F& fill) {
    if (x_.in_place()) return fill(rows, x_.row(n, rows.begin));
    constexpr Index most_numbers = 1 << 13;
    const Index row_size = x_.columns * x_.lanes;
    for_each_tile(
        rows, std::max<Index>(1, most_numbers / std::max<Index>(1, row_size)), [&](Range part) {
          T* const to = scratch_.reserve(part.size() * row_size);
          fill(part, to);
          lane_copies<T>().collect(x_.pixels(part.size()), to, x_.lanes, x_.row(n, part.begin));
        });
  }

 private:
  Images<T> x_;
  Scratch<T> scratch_;
};

}  // namespace reel::kernels
