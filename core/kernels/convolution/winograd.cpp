#include <reel/core/kernels/convolution/winograd.h>

#include <reel/core/kernels/convolution/depthwise.h>
#include <reel/core/runtime/parallel.h>

namespace reel::kernels {
namespace {

constexpr Index kernel_taps = TileGrid::taps * TileGrid::taps;

// A kernel (3, 3, depth, lanes): in whole vectors, and turned for the input's gradient.
template <class T>
struct KernelInLanes {
  const T* data;
  Index depth, filters, lanes;

  TilePixels<const T> at(Index channel, Index lane) const {
    const Index pixel = depth * lanes;
    constexpr Range all{0, TileGrid::taps};
    return {data + channel * lanes + lane, TileGrid::taps * pixel, pixel, all, all};
  }
};

template <class T>
KernelInLanes<T> kernel_as_it_is(const T* w, Index channels, Index filters, Scratch<T>& room) {
  const Index lanes = whole_vectors<T>(filters), rows = kernel_taps * channels;
  if (lanes == filters) return {w, channels, filters, lanes};
  T* const to = room.reserve(rows * lanes);
  pad_lanes(w, rows, filters, lanes, to);
  return {to, channels, filters, lanes};
}

// Tap by tap the transpose, the last tap first.
template <class T>
KernelInLanes<T> kernel_turned(const T* w, Index channels, Index filters, Scratch<T>& room) {
  const Index lanes = whole_vectors<T>(channels);
  T* const to = room.reserve(kernel_taps * filters * lanes);
  parallel_ranges(kernel_taps, std::max<Index>(1, (1 << 15) / (channels * filters)),
                  [&](Index begin, Index end) {
                    for (Index tap = begin; tap < end; ++tap)
                      lane_copies<T>().spread({filters, channels, 1, filters, 1},
                                              w + tap * channels * filters, lanes,
                                              to + (kernel_taps - 1 - tap) * filters * lanes);
                  });
  return {to, filters, channels, lanes};
}

// The kernel's planes of some channels and filters; the first row of `planes` is channel `first`.
template <class T>
void transform_kernel(const KernelInLanes<T>& kernel, Index first, Range channels, Range lanes,
                      const Planes36<T>& planes) {
  for (Index c = channels.begin; c < channels.end; ++c)
    winograd_tiles<T>().kernel(kernel.at(c, lanes.begin), lanes.size(),
                               planes.data + (c - first) * planes.distance, planes.plane);
}

// How the work is cut, by its sizes alone. The kernel's planes are made once for all tiles unless
// they are larger than what a convolution may take; then each block of tiles makes them anew, a
// strip of filters and a part of the channels at a time.
struct WinogradCut {
  bool at_once;
  Index strip;  // lanes of filters
  Cut depth, blocks, groups;

  WinogradCut(const TileGrid& grid, Index channels, Index lanes, Index width, Index bytes_of_number)
      : depth{channels, 1} {
    constexpr Index most_kernel = 16 << 20, strip_bytes = 5 << 18, block_bytes = 3 << 19;
    constexpr Index widest_strip = 4, fewest_tiles = 28, most_tiles = 256, few = 4;
    const Index plane_bytes = TileGrid::planes * bytes_of_number;
    at_once = plane_bytes * channels * lanes <= most_kernel;
    const Index vectors = lanes / width;
    strip = ceil_div(vectors, ceil_div(vectors, widest_strip)) * width;
    if (!at_once) depth.parts = ceil_div(plane_bytes * channels * strip, strip_bytes);
    const Index most = std::clamp<Index>(block_bytes / (plane_bytes * (channels + strip)),
                                         fewest_tiles, most_tiles);
    const Index parts = ceil_div(grid.count(), most);
    blocks = {grid.count(), std::min(grid.count(), parts < 16 ? parts + parts % 2 : parts)};
    groups = {ceil_div(lanes, strip), 1};
    if (blocks.parts < few) groups.parts = std::min(groups.total, few);
  }
};

// One convolution: of x's tiles with the kernel, into y.
template <class T>
class Winograd {
 public:
  Winograd(const KernelInLanes<T>& kernel, const Images<const T>& x, const T* mask,
           Index before_rows, Index before_columns, const Finish<T>& finish, const Images<T>& y,
           const TileGrid& grid)
      : kernel_(kernel),
        x_(x),
        mask_(mask),
        before_rows_(before_rows),
        before_columns_(before_columns),
        finish_(finish),
        y_(y),
        grid_(grid),
        cut_(grid_, kernel.depth, kernel.lanes, whole_vectors<T>(1),
             static_cast<Index>(sizeof(T))) {
    if (finish.bias && kernel.lanes > y.channels) {
      T* const to = bias_.reserve(kernel.lanes);
      pad_lanes(finish.bias, 1, y.channels, kernel.lanes, to);
      finish_.bias = to;
    }
  }

  void run() {
    if (cut_.at_once) transform_whole_kernel();
    const double work = static_cast<double>(grid_.count() * TileGrid::planes) *
                        static_cast<double>(kernel_.depth * kernel_.filters);
    const Cut tasks = Cut::by_work(cut_.blocks.parts * cut_.groups.parts, work, least_work, 32);
    parallel_for(tasks.parts, [&](Index task) {
      Rooms rooms;
      WinogradReader<T> reader(x_, mask_, before_rows_, before_columns_, TileGrid::side);
      for (Index i = tasks[task].begin; i < tasks[task].end; ++i) {
        const Range block = cut_.blocks[i / cut_.groups.parts];
        const Range strips = cut_.groups[i % cut_.groups.parts];
        const Planes36<T> seen = see(block, reader, rooms.windows);
        for (Index strip = strips.begin; strip < strips.end; ++strip) {
          const Range lanes = lanes_of(strip);
          const Planes36<T> products =
              planes_in(rooms.products, block.size(), filters_of(strip), lanes.size());
          multiply(seen, strip, rooms.kernel, products);
          write(block, lanes, products, rooms.pixels);
        }
      }
    });
  }

 private:
  struct Rooms {
    Scratch<T> windows, kernel, products, pixels;
  };

  Range lanes_of(Index strip) const {
    return {strip * cut_.strip, std::min(kernel_.lanes, (strip + 1) * cut_.strip)};
  }
  Index filters_of(Index strip) const {
    return std::min(kernel_.filters - strip * cut_.strip, cut_.strip);
  }

  // A strip of the kernel's planes, where all are made at once.
  Planes36<T> kernel_strip(Index strip) {
    const Index plane = Planes36<T>::distance_of(kernel_.depth, cut_.strip);
    return {all_planes_.data() + strip * TileGrid::planes * plane, kernel_.depth, filters_of(strip),
            cut_.strip, plane};
  }
  void transform_whole_kernel() {
    const Index strips = cut_.groups.total, channels = kernel_.depth;
    all_planes_.reserve(strips * TileGrid::planes * Planes36<T>::distance_of(channels, cut_.strip));
    parallel_ranges(
        strips * channels, std::max<Index>(1, (1 << 14) / cut_.strip), [&](Index begin, Index end) {
          for (Index i = begin; i < end; ++i) {
            const Index strip = i / channels, c = i % channels;
            transform_kernel(kernel_, 0, {c, c + 1}, lanes_of(strip), kernel_strip(strip));
          }
        });
  }

  // What the tiles of a block see, as planes.
  Planes36<T> see(Range block, WinogradReader<T>& reader, Scratch<T>& room) const {
    const Planes36<T> seen = planes_in(room, block.size(), kernel_.depth, x_.lanes);
    grid_.for_each_row(block, [&](Index n, Index row, Range columns, Index done) {
      const auto take = [&](Index tile, const TilePixels<const T>& d, const T* mask) {
        winograd_tiles<T>().window(d, mask, x_.lanes, seen.data + (done + tile) * seen.distance,
                                   seen.plane);
      };
      reader.for_each(n, row, columns, take);
    });
    return seen;
  }

  void multiply(const Planes36<T>& seen, Index strip, Scratch<T>& room,
                const Planes36<T>& products) {
    if (cut_.at_once)
      return multiply_planes(seen, {0, kernel_.depth}, kernel_strip(strip), 0, products);
    const Range lanes = lanes_of(strip);
    for (Index part = 0; part < cut_.depth.parts; ++part) {
      const Range inner = cut_.depth[part];
      const Planes36<T> planes = planes_in(room, inner.size(), filters_of(strip), lanes.size());
      transform_kernel(kernel_, inner.begin, inner, lanes, planes);
      multiply_planes(seen, inner, planes, part > 0 ? 1 : 0, products);
    }
  }

  // c = a b + beta c, plane by plane: these columns of a, and these of b.
  static void multiply_planes(const Planes36<T>& a, Range inner, const Planes36<T>& b, T beta,
                              const Planes36<T>& c) {
    const ProductSizes sizes =
        row_product_sizes(inner.size(), b.columns, static_cast<Index>(sizeof(T)), a.rows,
                          blas::multiplies_unpacked());
    for (Index i = 0; i < TileGrid::planes; ++i)
      sizes.for_each(a.rows, [&](Range tiles) {
        multiply_strips<T>(a[i].columns_in(inner).rows_in(tiles), b[i], beta, c[i].rows_in(tiles),
                           sizes.columns);
      });
  }

  void write(Range block, Range lanes, const Planes36<T>& products, Scratch<T>& room) {
    const T* const bias = finish_.bias ? finish_.bias + lanes.begin : nullptr;
    const Index filters = std::min(y_.channels, lanes.end) - lanes.begin;
    const bool in_place = !y_.channels_first && filters == lanes.size();
    grid_.for_each_row(block, [&](Index n, Index i, Range columns, Index done) {
      constexpr Index size = TileGrid::size;
      const Index h = i * size, w = columns.begin * size;
      const Index rows = std::min(size, y_.rows - h);
      const Index width = std::min(columns.size() * size, y_.columns - w);
      const Index pixel_step = y_.channels_first ? 1 : y_.channels;
      const Index channel_step = y_.channels_first ? y_.rows * y_.columns : 1;
      T* const there = y_.row(n, h) + w * pixel_step + lanes.begin * channel_step;
      T* const first = in_place ? there : room.reserve(size * width * lanes.size());
      const Index pixel = in_place ? y_.channels : lanes.size();
      const Index row = in_place ? y_.columns * y_.channels : width * pixel;
      for (Index tile = 0; tile < columns.size(); ++tile) {
        const TilePixels<T> y{first + tile * size * pixel,
                              row,
                              pixel,
                              {0, rows},
                              {0, std::min(size, width - tile * size)}};
        winograd_tiles<T>().result(products.data + (done + tile) * products.distance,
                                   products.plane, lanes.size(), bias, finish_.relu, y);
      }
      if (in_place) return;
      for (Index r = 0; r < rows; ++r)
        lane_copies<T>().collect({width, filters, pixel_step, channel_step, 1}, first + r * row,
                                 lanes.size(), there + r * y_.columns * pixel_step);
    });
  }

  const KernelInLanes<T>& kernel_;
  const Images<const T> x_;
  const T* const mask_;
  const Index before_rows_, before_columns_;
  Finish<T> finish_;
  const Images<T>& y_;
  const TileGrid grid_;
  const WinogradCut cut_;
  Scratch<T> bias_, all_planes_;
};

}  // namespace

bool is_winograd_window(const Window& window) {
  const auto fits = [](const WindowAxis& axis) {
    return axis.kernel == TileGrid::taps && axis.stride == 1 && axis.dilation == 1;
  };
  return fits(window.rows) && fits(window.columns);
}

template <class T>
void winograd_forward(const Window& window, Index channels, const T* x, const T* w,
                      const Finish<T>& finish, const Images<T>& y) {
  Scratch<T> room;
  const KernelInLanes<T> kernel = kernel_as_it_is(w, channels, y.channels, room);
  Winograd<T>(kernel, in_lanes(input_images(window, x, channels)), nullptr, window.rows.before,
              window.columns.before, finish, y, {window.batch, y.rows, y.columns})
      .run();
}

template <class T>
void winograd_input_gradient(const Window& window, Index channels, const T* w, const T* relu_y,
                             const Images<const T>& dy, T* dx) {
  Scratch<T> room;
  const KernelInLanes<T> kernel = kernel_turned(w, channels, dy.channels, room);
  const Index last = TileGrid::taps - 1;
  const Images<T> to = input_images(window, dx, channels);
  Winograd<T>(kernel, in_lanes(dy), relu_y, last - window.rows.before, last - window.columns.before,
              {}, to, {window.batch, to.rows, to.columns})
      .run();
}

template void winograd_forward(const Window&, Index, const float*, const float*,
                               const Finish<float>&, const Images<float>&);
template void winograd_forward(const Window&, Index, const double*, const double*,
                               const Finish<double>&, const Images<double>&);
template void winograd_input_gradient(const Window&, Index, const float*, const float*,
                                      const Images<const float>&, float*);
template void winograd_input_gradient(const Window&, Index, const double*, const double*,
                                      const Images<const double>&, double*);

}  // namespace reel::kernels
