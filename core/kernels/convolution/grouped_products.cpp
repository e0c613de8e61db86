#include <reel/core/kernels/convolution/grouped_products.h>

#include <reel/core/kernels/matrix/matrix.h>
#include <reel/core/runtime/parallel.h>

namespace reel::kernels {
namespace {

// Pixels of a batch, cut into tiles: a range of rows each, of one image if those are planes.
class Tiles {
 public:
  // `products`: multiplications a pixel in one group.
  Tiles(const Window& window, Index products)
      : planes_(window.channels_first),
        columns_(window.columns.input),
        rows_(window.rows.input * (planes_ ? 1 : window.batch)),
        tile_rows_(
            std::max<Index>(1, std::clamp<Index>((1 << 19) / products, 64, 1024) / columns_)),
        tiles_(ceil_div(rows_, tile_rows_)),
        count_(tiles_ * (planes_ ? window.batch : 1)) {}

  Index count() const { return count_; }

  // Of images with so many channels, the pixels of tile i: (positions, channels).
  template <class T>
  Matrix<T> pixels(Index i, T* data, Index channels) const {
    const Index first = i % tiles_ * tile_rows_, size = std::min(tile_rows_, rows_ - first);
    if (!planes_) return {data + first * columns_ * channels, size * columns_, channels, channels};
    const Index plane = rows_ * columns_;
    return {data + i / tiles_ * plane * channels + first * columns_, size * columns_, channels,
            plane, true};
  }

 private:
  bool planes_;
  Index columns_, rows_, tile_rows_, tiles_, count_;
};

// Columns g * own to (g + 1) * own.
template <class T>
Matrix<T> part(const Matrix<T>& matrix, Index g, Index own) {
  return matrix.columns_in({g * own, (g + 1) * own});
}

}  // namespace

bool are_products(const Window& window, Index channels, Index filters) {
  const auto stays = [](const WindowAxis& axis) { return axis.kernel == 1 && axis.stride == 1; };
  return stays(window.rows) && stays(window.columns) && channels >= 16 && filters >= 16;
}

template <class T>
void grouped_products_forward(const Window& window, Index groups, Index channels, const T* x,
                              const T* w, const Finish<T>& finish, const Images<T>& y) {
  const Index filters = y.channels / groups;
  const Tiles tiles(window, channels * filters);
  const Matrix<const T> kernel{w, channels, y.channels, y.channels};
  parallel_for(tiles.count(), [&](Index i) {
    const Matrix<const T> from = tiles.pixels(i, x, groups * channels);
    const Matrix<T> to = tiles.pixels(i, y.data, y.channels);
    for (Index g = 0; g < groups; ++g)
      multiply<T>(part(from, g, channels), part(kernel, g, filters), 0, part(to, g, filters));
    epilogue<T>().finish(to.stored(), to.transposed ? nullptr : finish.bias,
                         to.transposed ? finish.bias : nullptr, finish.relu);
  });
}

template <class T>
void grouped_products_input_gradient(const Window& window, Index groups, Index channels, const T* w,
                                     const T* relu_y, const Images<const T>& dy, T* dx) {
  const Index filters = dy.channels / groups;
  const Tiles tiles(window, channels * filters);
  const Matrix<const T> kernel{w, channels, dy.channels, dy.channels};
  parallel_for(tiles.count(), [&](Index i) {
    Matrix<const T> from = tiles.pixels(i, dy.data, dy.channels);
    Scratch<T> room;
    if (relu_y) {
      const Tile<const T> given = from.stored();
      const Tile<T> masked{room.reserve(given.rows * given.columns), given.rows, given.columns,
                           given.columns};
      epilogue<T>().mask(given, tiles.pixels(i, relu_y, dy.channels).stored(), masked);
      from = {masked.data, from.rows, from.columns, masked.distance, from.transposed};
    }
    const Matrix<T> to = tiles.pixels(i, dx, groups * channels);
    for (Index g = 0; g < groups; ++g)
      multiply<T>(part(from, g, filters), part(kernel, g, filters).transpose(), 0,
                  part(to, g, channels));
  });
}

template void grouped_products_forward(const Window&, Index, Index, const float*, const float*,
                                       const Finish<float>&, const Images<float>&);
template void grouped_products_forward(const Window&, Index, Index, const double*, const double*,
                                       const Finish<double>&, const Images<double>&);
template void grouped_products_input_gradient(const Window&, Index, Index, const float*,
                                              const float*, const Images<const float>&, float*);
template void grouped_products_input_gradient(const Window&, Index, Index, const double*,
                                              const double*, const Images<const double>&, double*);

}  // namespace reel::kernels
