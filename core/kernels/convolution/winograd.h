// A dense convolution of 3 x 3 taps and stride 1 by Winograd's minimal filtering.
//
// Results are cut into tiles of 4 x 4. A block of tiles is taken to 36 planes (tiles, channels),
// each of which is multiplied by its plane of the kernel (channels, filters), and the products are
// taken back to pixels, bias and relu included, all of it in cache. The input's gradient is the
// same with the kernel turned, dy for x. The kernel's gradient sums planes^T planes over the tiles.
// A quarter of the multiplications is left, rounding errors are two to three times those of plain
// sums, and a NaN or an infinity may reach all 16 results of a tile. Read before: winograd_law.h,
// winograd_tiles.h, lowering.h. Read next: winograd.cpp, winograd_gradient.cpp.
#pragma once

#include <reel/core/kernels/convolution/lowering.h>
#include <reel/core/kernels/convolution/winograd_tiles.h>

namespace reel::kernels {

/// Whether the window is one that Winograd's tiles can serve.
bool is_winograd_window(const Window& window);

/// y = finish(conv(x, w)); x has `channels`, w (3, 3, channels, y.channels).
template <class T>
void winograd_forward(const Window& window, Index channels, const T* x, const T* w,
                      const Finish<T>& finish, const Images<T>& y);

/// dx from dy, where relu_y, if it is not null, is above 0.
template <class T>
void winograd_input_gradient(const Window& window, Index channels, const T* w, const T* relu_y,
                             const Images<const T>& dy, T* dx);

/// dw and, unless it is null, db, likewise.
template <class T>
void winograd_filter_gradient(const Window& window, Index channels, const T* x, const T* relu_y,
                              const Images<const T>& dy, T* dw, T* db);

/// The tiles of a window's results, numbered through the batch.
class TileGrid {
 public:
  static constexpr Index size = 4, taps = 3, side = size + taps - 1, planes = side * side;

  TileGrid(Index batch, Index rows, Index columns)
      : batch_(batch), rows_(ceil_div(rows, size)), columns_(ceil_div(columns, size)) {}

  Index count() const { return batch_ * rows_ * columns_; }

  /// Calls f(n, i, columns, done) for each row of tiles of which some are in the range: row i of
  /// image n, those columns of it, behind `done` tiles of the range.
  template <class F>
  void for_each_row(Range tiles, const F& f) const {
    Index done = 0;
    for_each_image(tiles, columns_, [&](Index row, Range columns) {
      f(row / rows_, row % rows_, columns, done);
      done += columns.size();
    });
  }

 private:
  Index batch_, rows_, columns_;
};

/// Rows of images as tiles, some in lanes of their own: what the transforms read. `size` pixels a
/// side, of which the first of tile (i, j) is at 4 i - before.
template <class T>
class WinogradReader {
 public:
  /// `mask`: numbers that lie as those of x do, or null.
  WinogradReader(const Images<const T>& x, const T* mask, Index before_rows, Index before_columns,
                 Index size)
      : reader_(x),
        mask_reader_(x.with_data(mask)),
        masked_(mask != nullptr),
        before_rows_(before_rows),
        before_columns_(before_columns),
        size_(size) {}

  /// Calls f(tile, pixels, mask) for tiles of row i of image n.
  template <class F>
  void for_each(Index n, Index i, Range columns, const F& f) {
    const Images<const T>& images = reader_.images();
    const Index h = i * TileGrid::size - before_rows_;
    const Range rows = present(h, images.rows);
    const LaneRows<const T> x = reader_.read(n, {h + rows.begin, h + rows.end});
    const T* mask =
        masked_ ? mask_reader_.read(n, {h + rows.begin, h + rows.end}).first_row : nullptr;
    const Index row = x.columns * x.lanes;
    for (Index j = columns.begin; j < columns.end; ++j) {
      const Index w = j * TileGrid::size - before_columns_;
      const Index skipped = w * x.lanes - rows.begin * row;  // of what was read, to pixel (0, 0)
      f(j - columns.begin,
        TilePixels<const T>{x.first_row + skipped, row, x.lanes, rows, present(w, images.columns)},
        mask ? mask + skipped : nullptr);
    }
  }

 private:
  // Which of `size` places from `first` on lie in an image.
  Range present(Index first, Index extent) const {
    const Index begin = std::clamp<Index>(-first, 0, size_);
    return {begin, std::clamp<Index>(extent - first, begin, size_)};
  }

  RowReader<T> reader_, mask_reader_;
  const bool masked_;
  const Index before_rows_, before_columns_, size_;
};

/// Planes (36, rows, lanes) in scratch, a vector apart so that they do not share the sets of a
/// cache.
template <class T>
struct Planes36 {
  T* data;
  Index rows, columns, distance, plane;

  static Index distance_of(Index rows, Index distance) {
    return rows * distance + whole_vectors<T>(1);
  }
  Matrix<T> operator[](Index i) const { return {data + i * plane, rows, columns, distance}; }
};

template <class T>
Planes36<T> planes_in(Scratch<T>& scratch, Index rows, Index columns, Index distance) {
  const Index plane = Planes36<T>::distance_of(rows, distance);
  return {scratch.reserve(TileGrid::planes * plane), rows, columns, distance, plane};
}

}  // namespace reel::kernels
