// A tile's pixels as one matrix, wherever they lie.
//
// Pixels of a tile that spans several channels-first images are several matrices, one an image,
// and small images make small, slow products. So they are gathered in scratch before a product, or
// scattered behind it, while they are in cache. Read before: matrix.h. Read next: lowering.h.
#pragma once

#include <reel/core/kernels/matrix/matrix.h>

namespace reel::kernels {

/// Calls f(range) for tiles of at most `most` rows, counted through the batch. Of channels-first
/// images a tile is a part of one, or whole ones if an image is no larger than a tile.
template <class T, class F>
void for_each_tile(const Images<T>& images, Range rows, Index most, const F& f) {
  const Index height = images.rows;
  if (!images.channels_first) {
    for_each_tile(rows, most, f);
  } else if (most >= height) {
    for_each_tile({rows.begin / height, ceil_div(rows.end, height)}, most / height,
                  [&](Range tile) {
                    f(Range{std::max(rows.begin, tile.begin * height),
                            std::min(rows.end, tile.end * height)});
                  });
  } else {
    for_each_image(rows, height, [&](Index n, Range part) {
      for_each_tile({n * height + part.begin, n * height + part.end}, most, f);
    });
  }
}

/// Whether these rows are one matrix as they lie.
template <class T>
bool is_one_matrix(const Images<T>& images, Range rows) {
  return !images.channels_first || rows.begin / images.rows == (rows.end - 1) / images.rows;
}

template <class T>
void copy(const Matrix<const T>& from, const Matrix<T>& to) {
  const Tile<const T> source = from.stored();
  const Tile<T> target = to.stored();
  for (Index i = 0; i < source.rows; ++i)
    std::copy_n(source.data + i * source.distance, source.columns,
                target.data + i * target.distance);
}

/// Gives pixels of dy to products, zero where relu let nothing through.
template <class T>
class TileReader {
 public:
  /// `relu_y`: the result if relu was applied to it, else null.
  TileReader(const Images<const T>& dy, const T* relu_y) : dy_(dy), relu_y_(relu_y) {}

  /// Rows counted through the batch, and a range of the channels; valid until the next call.
  Matrix<const T> read(Range rows, Range channels) {
    const bool in_place = !relu_y_ && is_one_matrix(dy_, rows);
    Matrix<const T> all;
    if (!in_place) all = room_for(rows.size() * dy_.columns, channels.size());
    for_each_matrix(dy_, rows, [&](Range place, Matrix<const T> piece) {
      piece = piece.columns_in(channels);
      if (in_place)
        all = piece;
      else
        take(piece, room_.rows_in(place));
    });
    return all;
  }

 private:
  const Matrix<T>& room_for(Index positions, Index channels) {
    const bool planes = dy_.channels_first;
    const Index distance = planes ? odd_vectors<T>(positions) : channels;
    T* const data = scratch_.reserve((planes ? channels : positions) * distance);
    room_ = {data, positions, channels, distance, planes};
    return room_;
  }

  void take(const Matrix<const T>& from, const Matrix<T>& to) {
    if (!relu_y_) return copy(from, to);
    Matrix<const T> y = from;
    y.data = relu_y_ + (from.data - dy_.data);
    epilogue<T>().mask(from.stored(), y.stored(), to.stored());
  }

  const Images<const T>& dy_;
  const T* const relu_y_;
  Scratch<T> scratch_;
  Matrix<T> room_;
};

/// Takes pixels of y from products.
template <class T>
class TileWriter {
 public:
  explicit TileWriter(const Images<T>& y) : y_(y) {}

  /// Calls fill(matrix) and puts what it writes where these rows belong.
  template <class F>
  void write(Range rows, const F& fill) {
    if (is_one_matrix(y_, rows))
      return for_each_matrix(y_, rows, [&](Range, const Matrix<T>& piece) { fill(piece); });
    const Index positions = rows.size() * y_.columns, distance = odd_vectors<T>(positions);
    const Matrix<T> all{scratch_.reserve(y_.channels * distance), positions, y_.channels, distance,
                        true};
    fill(all);
    for_each_matrix(
        y_, rows, [&](Range place, const Matrix<T>& piece) { copy<T>(all.rows_in(place), piece); });
  }

 private:
  const Images<T>& y_;
  Scratch<T> scratch_;
};

}  // namespace reel::kernels
