#include <reel/core/kernels/convolution/tap_products.h>

#include <reel/core/kernels/convolution/direct_rows.h>
#include <reel/core/kernels/convolution/pixel_rows.h>
#include <reel/core/kernels/convolution/window_taps.h>
#include <reel/core/runtime/parallel.h>

namespace reel::kernels {
namespace {

template <class T>
class TapProducts {
 public:
  TapProducts(const Window& window, const Images<const T>& dy, const T* relu_y, const Images<T>& dx)
      : rows_(window.rows),
        columns_(window.columns),
        dy_(dy),
        relu_y_(relu_y),
        dx_(dx),
        stride_(columns_.stride * dx.channels),
        strides_(ceil_div(columns_.kernel, columns_.stride)),
        kernels_(direct_rows<T>(rows_.kernel * strides_ * stride_)),
        lanes_(ceil_div(rows_.kernel * strides_ * stride_, kernels_.panel) * kernels_.panel) {}

  // The kernel as a matrix (filters, R * whole strides of columns by channels).
  void pack(const T* w) {
    const Index filters = dy_.channels, row = columns_.kernel * dx_.channels;
    kernel_.reserve(filters * lanes_);
    kernel_.clear();
    for (Index r = 0; r < rows_.kernel; ++r)
      for (Index k = 0; k < row; ++k)
        for (Index f = 0; f < filters; ++f)
          kernel_.data()[f * lanes_ + r * strides_ * stride_ + k] = w[(r * row + k) * filters + f];
  }

  void run(Index batch, double work) const {
    constexpr Index products_bytes = 128 << 10;
    const Index row_bytes = columns_.output * lanes_ * static_cast<Index>(sizeof(T));
    const Index band = std::max<Index>(rows_.stride, products_bytes / row_bytes * rows_.stride);
    const Index bands = ceil_div(dx_.rows, band);
    const Cut tasks = Cut::by_work(batch * bands, work, least_work, 256);
    parallel_for(tasks.parts, [&](Index task) {
      PixelRows<T> reader(dy_, relu_y_, 0, 0, pixel_lanes(dy_));
      Scratch<T> products, sums;
      for (Index i = tasks[task].begin; i < tasks[task].end; ++i)
        add(i / bands, Cut{dx_.rows, bands}[i % bands], reader, products, sums);
    });
  }

 private:
  // Rows of dx of image n.
  void add(Index n, Range rows, PixelRows<T>& reader, Scratch<T>& products,
           Scratch<T>& sums) const {
    const Range seen = outputs_of(rows_, rows);
    const Index row_size = columns_.output * lanes_;
    products.reserve(seen.size() * row_size);
    if (seen.size() > 0) multiply(reader.read(n, seen), reader.pitch(), seen.size(), products);
    const Index groups = ceil_div(columns_.before + columns_.input, columns_.stride);
    for (Index h = rows.begin; h < rows.end; ++h) {
      T* const sum = sums.reserve(groups * stride_);
      std::fill_n(sum, groups * stride_, T(0));
      const Taps taps = taps_of_input(rows_, h);
      for (Index t = 0; t < taps.count; ++t) {
        const Index p = taps.other + t * taps.other_step, r = taps.tap + t * taps.tap_step;
        const T* const from =
            products.data() + (p - seen.begin) * row_size + r * strides_ * stride_;
        for (Index d = 0; d < strides_; ++d)
          collect(from + d * stride_, std::min(columns_.output, groups - d), sum + d * stride_);
      }
      write(n, h, sum + columns_.before * dx_.channels);
    }
  }

  // Rows of dy times the kernel.
  void multiply(const T* dy, Index pitch, Index rows, Scratch<T>& products) const {
    const DirectRow row{.positions = columns_.output,
                        .source_step = pixel_lanes(dy_),
                        .target_step = lanes_,
                        .kernel_step = lanes_,
                        .columns = kernels_.panel};
    for (Index p = 0; p < rows; ++p)
      for (Index lane = 0; lane < lanes_; lane += kernels_.panel) {
        const DirectRun<T> run{dy + p * pitch, kernel_.data() + lane, dy_.channels};
        kernels_.forward(row, &run, 1, nullptr, false,
                         products.data() + p * columns_.output * lanes_ + lane);
      }
  }

  // A stride of each position's products to where it belongs; the usual sizes as constants.
  template <Index constant>
  void collect_of(Index count, const T* from, Index positions, T* to) const {
    if constexpr (constant > 0) count = constant;
    for (Index j = 0; j < positions; ++j, from += lanes_, to += count)
      for (Index k = 0; k < count; ++k) to[k] += from[k];
  }
  void collect(const T* from, Index positions, T* to) const {
    switch (stride_) {
      case 1:
        return collect_of<1>(1, from, positions, to);
      case 2:
        return collect_of<2>(2, from, positions, to);
      case 3:
        return collect_of<3>(3, from, positions, to);
      case 6:
        return collect_of<6>(6, from, positions, to);
      default:
        return collect_of<0>(stride_, from, positions, to);
    }
  }

  void write(Index n, Index h, const T* pixels) const {
    T* const to = dx_.row(n, h);
    const Index channels = dx_.channels;
    if (!dx_.channels_first) {
      std::copy_n(pixels, dx_.columns * channels, to);
      return;
    }
    for (Index c = 0; c < channels; ++c)
      for (Index w = 0; w < dx_.columns; ++w)
        to[c * dx_.rows * dx_.columns + w] = pixels[w * channels + c];
  }

  const WindowAxis &rows_, &columns_;
  const Images<const T>& dy_;
  const T* const relu_y_;
  const Images<T> dx_;
  const Index stride_, strides_;  // numbers of dx that a stride covers; strides that a window does
  const DirectRows<T>& kernels_;
  const Index lanes_;
  Scratch<T> kernel_;
};

}  // namespace

template <class T>
void tap_products_input_gradient(const Window& window, Index channels, const T* w, const T* relu_y,
                                 const Images<const T>& dy, T* dx) {
  TapProducts<T> products(window, dy, relu_y, input_images(window, dx, channels));
  products.pack(w);
  products.run(window.batch, static_cast<double>(window.batch * window.output_positions()) *
                                 static_cast<double>(window.taps() * channels * dy.channels));
}

template void tap_products_input_gradient(const Window&, Index, const float*, const float*,
                                          const Images<const float>&, float*);
template void tap_products_input_gradient(const Window&, Index, const double*, const double*,
                                          const Images<const double>&, double*);

}  // namespace reel::kernels
