// The kernel's gradient by Winograd: dU = (B^T d B)^T (A dy A^T) over all tiles, dw = G^T dU G.
//
// A task owns a square of channels by filters, whose 36 sums stay in the second-level cache, and a
// part of the tiles. Each part has a gradient of its own, a quarter of the size of its sums; they
// are added at the end, in order. Where channels and filters make several squares, tiles are
// transformed again for each: little beside products that wide.
#include <reel/core/kernels/convolution/partial_sums.h>
#include <reel/core/kernels/convolution/winograd.h>

namespace reel::kernels {
namespace {

constexpr Index square = 128;  // channels, and filters, of a task

// `all` in nearly equal parts of whole vectors.
template <class T>
struct VectorCut {
  static constexpr Index width = whole_vectors<T>(1);
  Index all;
  Cut vectors{ceil_div(all, width), ceil_div(all, square)};

  Range operator[](Index i) const {
    return {vectors[i].begin * width, std::min(all, vectors[i].end * width)};
  }
};

template <class T>
class GradientTask {
 public:
  GradientTask(const TileGrid& grid, const Window& window, const Images<const T>& x,
               const Images<const T>& dy, const T* relu_y)
      : grid_(grid),
        x_reader_(x, nullptr, window.rows.before, window.columns.before, TileGrid::side),
        dy_reader_(dy, relu_y, 0, 0, TileGrid::size),
        x_(x),
        dy_(dy) {}

  // dw (3, 3, channels, filters) and, unless it is null, db, of these channels, filters and tiles.
  void run(Range channels, Range filters, Range tiles, T* dw, T* db) {
    const Index lanes = whole_vectors<T>(filters.size());
    const Planes36<T> sums =
        planes_in(sums_, channels.size(), filters.size(), odd_vectors<T>(lanes));
    bias_.reserve(lanes);
    bias_.clear();
    bool begun = false;
    for_each_tile(tiles, most_tiles(channels.size() + filters.size()), [&](Range block) {
      add(block, channels, filters, sums, begun ? 1 : 0);
      begun = true;
    });
    if (db) std::copy_n(bias_.data(), filters.size(), db + filters.begin);
    take(sums, channels, filters, lanes, dw);
  }

 private:
  static Index most_tiles(Index lanes) {
    constexpr Index planes_bytes = 2 << 20;
    return std::clamp<Index>(
        planes_bytes / (TileGrid::planes * lanes * static_cast<Index>(sizeof(T))), 28, 256);
  }

  void add(Range block, Range channels, Range filters, const Planes36<T>& sums, T beta) {
    const Index tiles = block.size(), x_lanes = whole_vectors<T>(channels.size()),
                dy_lanes = whole_vectors<T>(filters.size());
    const Planes36<T> seen = planes_in(windows_, tiles, channels.size(), x_lanes);
    const Planes36<T> dy = planes_in(gradients_, tiles, filters.size(), dy_lanes);
    grid_.for_each_row(block, [&](Index n, Index row, Range columns, Index done) {
      x_reader_.for_each(n, row, columns, [&](Index tile, TilePixels<const T> d, const T*) {
        d.first += channels.begin;
        winograd_tiles<T>().window(d, nullptr, x_lanes, seen.data + (done + tile) * seen.distance,
                                   seen.plane);
      });
      dy_reader_.for_each(n, row, columns, [&](Index tile, TilePixels<const T> d, const T* mask) {
        d.first += filters.begin;
        winograd_tiles<T>().gradient(d, mask ? mask + filters.begin : nullptr, dy_lanes,
                                     dy.data + (done + tile) * dy.distance, dy.plane, bias_.data());
      });
    });
    const ProductSizes sizes =
        row_product_sizes(channels.size(), filters.size(), static_cast<Index>(sizeof(T)), tiles,
                          blas::multiplies_unpacked());
    for (Index i = 0; i < TileGrid::planes; ++i) {
      T factor = beta;
      sizes.for_each(tiles, [&](Range range) {
        multiply_strips<T>(seen[i].rows_in(range).transpose(), dy[i].rows_in(range), factor,
                           sums[i], sizes.columns);
        factor = 1;
      });
    }
  }

  // Back to taps: (3, 3, lanes) a channel, of which `filters` are wanted.
  void take(const Planes36<T>& sums, Range channels, Range filters, Index lanes, T* dw) {
    constexpr Index taps = TileGrid::taps * TileGrid::taps;
    const Index all_filters = dy_.channels;
    T* const to = taps_.reserve(taps * lanes);
    for (Index c = 0; c < channels.size(); ++c) {
      constexpr Range all{0, TileGrid::taps};
      winograd_tiles<T>().kernel_gradient(sums.data + c * sums.distance, sums.plane, lanes,
                                          {to, TileGrid::taps * lanes, lanes, all, all});
      for (Index tap = 0; tap < taps; ++tap)
        std::copy_n(to + tap * lanes, filters.size(),
                    dw + (tap * x_.channels + channels.begin + c) * all_filters + filters.begin);
    }
  }

  const TileGrid& grid_;
  WinogradReader<T> x_reader_, dy_reader_;
  const Images<const T>&x_, &dy_;
  Scratch<T> windows_, gradients_, sums_, bias_, taps_;
};

}  // namespace

template <class T>
void winograd_filter_gradient(const Window& window, Index channels, const T* x, const T* relu_y,
                              const Images<const T>& dy, T* dw, T* db) {
  constexpr Index few = 4, least_tiles = 48, most_sums = 16 << 20;
  const Index filters = dy.channels;
  const TileGrid grid(window.batch, dy.rows, dy.columns);
  const VectorCut<T> of_channels{channels}, of_filters{filters};
  const Index across = of_filters.vectors.parts, squares = of_channels.vectors.parts * across;
  const Index gradient_size = TileGrid::taps * TileGrid::taps * channels * filters;
  const Index room = 1 + most_sums / static_cast<Index>(sizeof(T)) / gradient_size;
  const Index wanted =
      squares >= few ? 1 : std::clamp<Index>(grid.count() / least_tiles, 1, 2 * few / squares);
  const Cut parts{grid.count(), std::min({wanted, room, grid.count()})};

  PartialSums<T> sums({nullptr, nullptr, dw, db}, 0, gradient_size, filters, parts.parts);
  const Images<const T> x_images = in_lanes(input_images(window, x, channels));
  const Images<const T> dy_images = in_lanes(dy);
  parallel_for(parts.parts * squares, [&](Index i) {
    const Index part = i / squares, a = i % squares / across, b = i % across;
    const LoweredGradients<T> own = sums.of(part);
    GradientTask<T>(grid, window, x_images, dy_images, relu_y)
        .run(of_channels[a], of_filters[b], parts[part], own.matrix, a == 0 ? own.bias : nullptr);
  });
  sums.add_up();
}

template void winograd_filter_gradient(const Window&, Index, const float*, const float*,
                                       const Images<const float>&, float*, float*);
template void winograd_filter_gradient(const Window&, Index, const double*, const double*,
                                       const Images<const double>&, double*, double*);

}  // namespace reel::kernels
