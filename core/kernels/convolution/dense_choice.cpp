#include <reel/core/kernels/convolution/dense_choice.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include <reel/core/kernels/convolution/direct.h>
#include <reel/core/kernels/convolution/tap_products.h>
#include <reel/core/kernels/convolution/winograd.h>
#include <reel/core/runtime/isa.h>
#include <reel/core/runtime/log.h>
#include <reel/core/runtime/named_enum.h>

namespace reel::kernels {
namespace {

constexpr double impossible = std::numeric_limits<double>::infinity();

// What all estimates start from, as doubles: products of extents may be large.
struct Sizes {
  DensePass pass;
  const Window& window;
  double register_bytes;
  double width;      // numbers of a vector
  double registers;  // for vectors
  double channels, filters, taps, outputs, inputs;
  double sums;  // multiplications

  double vectors(double lanes) const { return std::max(1.0, -std::floor(-lanes / width)); }
};

double cut(double all, double most) { return std::max(1.0, -std::floor(-all / most)); }

// Rows of `row` positions by `lanes` filters, `depth` terms a result: the cycles of direct_rows.h.
double cycles_of_blocks(const Sizes& s, double rows, double row, double lanes, double depth) {
  const double across = lanes > s.width ? 2 : 1;
  const double most = std::min<double>(direct_block, (s.registers - 1 - across) / across);
  const double blocks = cut(row, std::floor(most)), height = row / blocks;
  const double panels = cut(lanes, across * s.width);
  // A panel that the first level of the cache does not hold comes from the second, again and again.
  const double vectors_bytes = across * s.register_bytes;
  const double fetch = depth * vectors_bytes > (32 << 10) ? 1.5 * vectors_bytes / 64 : 0;
  const double step = std::max({height * across / 2, (height + across) / 2, 4.0}) + fetch;
  const double ends = 20 + 3 * height * across;
  return rows * blocks * panels * (depth * step + ends);
}

double direct_cost(const Sizes& s) {
  const Window& w = s.window;
  const bool padded = w.columns.before > 0 || w.columns.kernel > 1 || w.channels_first;
  const double turning = w.channels_first ? 4 : 2;
  const double kernel = s.taps * s.channels * s.filters / s.width;
  const bool used_in_place = s.pass == DensePass::forward && is_kernel_used_little(w);
  const double kernel_turning = s.pass == DensePass::input_gradient ? 5 : used_in_place ? 0.5 : 2;
  const double copies = (padded ? s.inputs * s.channels / s.width * turning : 0) +
                        kernel * kernel_turning +
                        (w.channels_first ? s.outputs * s.filters / s.width * turning : 0);
  const double output_rows = static_cast<double>(w.batch * w.rows.output);
  const double input_rows = static_cast<double>(w.batch * w.rows.input);
  if (s.pass == DensePass::forward)
    return copies + cycles_of_blocks(s, output_rows, static_cast<double>(w.columns.output),
                                     s.filters, s.taps * s.channels);
  if (s.pass == DensePass::input_gradient) {
    const double strides = static_cast<double>(w.rows.stride * w.columns.stride);
    const double phases = static_cast<double>(std::min(w.columns.stride, w.columns.input));
    return copies + cycles_of_blocks(s, input_rows * phases,
                                     static_cast<double>(w.columns.input) / phases, s.channels,
                                     s.taps * s.filters / strides);
  }
  // Sums of a block are fetched and stored once a row of positions.
  const double across = s.filters > s.width ? 2 : 1, depth = s.taps * s.channels;
  const double most =
      std::floor(std::min<double>(direct_block, (s.registers - 1 - across) / across));
  const double run =
      w.columns.dilation == 1 ? static_cast<double>(w.columns.kernel) * s.channels : s.channels;
  const double blocks = cut(run, most), height = run / blocks;
  const double step = std::max({height * across / 2, (height + across) / 2, 4.0});
  const double panels = cut(s.filters, across * s.width);
  const bool far = depth * across * s.register_bytes > (32 << 10);  // sums are in the second level
  const double ends = 20 + height * across * (far ? 5 : 2);
  return copies + output_rows * panels * (depth / run) * blocks *
                      (static_cast<double>(w.columns.output) * step + ends);
}

double winograd_cost(const Sizes& s) {
  if (!is_winograd_window(s.window)) return impossible;
  const bool turned = s.pass == DensePass::input_gradient;
  const Window& w = s.window;
  const TileGrid grid(w.batch, turned ? w.rows.input : w.rows.output,
                      turned ? w.columns.input : w.columns.output);
  const double tiles = static_cast<double>(grid.count());
  const double in = turned ? s.filters : s.channels, out = turned ? s.channels : s.filters;
  const double transforms = tiles * (s.vectors(in) * 190 + s.vectors(out) * 130);
  const double kernel = in * s.vectors(out) * 110;
  // Few rows make slow products.
  const double rows = std::min(tiles, 64.0);
  const double products = tiles * 36 * in * s.vectors(out) / 2 / (0.85 * rows / (rows + 6));
  const double calls = 36 * cut(tiles, 64) * 120;
  return transforms + kernel + products + calls;
}

double tap_products_cost(const Sizes& s) {
  if (s.pass != DensePass::input_gradient || !has_neighbouring_taps(s.window)) return impossible;
  const Window& w = s.window;
  const double stride = static_cast<double>(w.columns.stride) * s.channels;
  const double strides =
      static_cast<double>(w.rows.kernel * ceil_div(w.columns.kernel, w.columns.stride));
  const double products =
      cycles_of_blocks(s, static_cast<double>(w.batch * w.rows.output),
                       static_cast<double>(w.columns.output), strides * stride, s.filters);
  return products + s.outputs * strides * (3 + stride) + s.taps * s.channels * s.filters;
}

double patches_cost(const Sizes& s) {
  const double depth = s.taps * s.channels;
  // BLAS packs a large kernel, whatever the number of positions.
  const bool large = depth * s.filters > 20000;
  const double packing = large ? depth * s.filters / s.width * 6 : 0;
  const double product = s.sums / s.width / 2 / (large ? 0.75 : 0.85) + packing;
  const double short_runs = s.channels < s.width ? 4 : 1;  // a copy is a call
  const double copy = s.outputs * (s.taps * 8 * short_runs + depth / s.width * 3);
  if (s.pass == DensePass::input_gradient) {
    // Each tap of each position is added to its pixel: few channels one by one.
    const double add = s.channels < s.width ? 25 + 2 * s.channels : 10 + s.channels / s.width * 4;
    return product + s.outputs * s.taps * add;
  }
  return product + copy;
}

}  // namespace

std::string_view name_of(DenseKernel kernel) {
  return detail::name_in({"direct", "winograd", "patches", "tap products"}, kernel);
}
std::string_view name_of(DensePass pass) {
  return detail::name_in({"forward", "input gradient", "filter gradient"}, pass);
}

DenseKernel DenseCosts::cheapest() const {
  const double least = std::min({direct, winograd, patches, tap_products});
  return least == direct     ? DenseKernel::direct
         : least == winograd ? DenseKernel::winograd
         : least == patches  ? DenseKernel::patches
                             : DenseKernel::tap_products;
}

DenseCosts dense_costs(DensePass pass, const Window& window, Index channels, Index filters,
                       Index bytes_of_number) {
  const double register_bytes = isa() == Isa::avx512 ? 64 : isa() == Isa::avx2 ? 32 : 16;
  const auto number = [](Index n) { return static_cast<double>(n); };
  const double outputs = number(window.batch * window.output_positions());
  const Sizes sizes{pass,
                    window,
                    register_bytes,
                    register_bytes / number(bytes_of_number),
                    isa() == Isa::avx512 ? 32.0 : 16.0,
                    number(channels),
                    number(filters),
                    number(window.taps()),
                    outputs,
                    number(window.batch * window.input_positions()),
                    outputs * number(window.taps()) * number(channels) * number(filters)};
  return {direct_cost(sizes), winograd_cost(sizes), patches_cost(sizes), tap_products_cost(sizes)};
}

DenseKernel dense_kernel(DensePass pass, const Window& window, Index channels, Index filters,
                         Index bytes_of_number) {
  if (channels == 0) return DenseKernel::patches;  // nothing to sum: y is what finishes zeros
  const DenseCosts costs = dense_costs(pass, window, channels, filters, bytes_of_number);
  const DenseKernel kernel = costs.cheapest();
  if (logging::level() <= logging::Level::debug)
    logging::write(
        logging::Level::debug,
        fmt::format(
            "convolution, {}: {} images of {} x {} x {}, {} filters of {} x {}: {} "
            "(estimated kilocycles: direct {:.0f}, winograd {:.0f}, patches {:.0f}, tap products "
            "{:.0f})",
            name_of(pass), window.batch, window.rows.input, window.columns.input, channels, filters,
            window.rows.kernel, window.columns.kernel, name_of(kernel), costs.direct / 1e3,
            costs.winograd / 1e3, costs.patches / 1e3, costs.tap_products / 1e3));
  return kernel;
}

}  // namespace reel::kernels
