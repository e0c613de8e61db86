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

// Positions, or rows of sums, of a block that is `across` vectors wide.
double block_height(const Sizes& s, double across) {
  return std::floor(std::min<double>(direct_block, (s.registers - 1 - across) / across));
}

// Panels of two vectors; a last one of a single vector takes half the time of another.
double panels(const Sizes& s, double lanes) {
  const double whole = std::floor(lanes / (2 * s.width)), rest = lanes - 2 * s.width * whole;
  if (lanes <= s.width) return 1;
  return whole + (rest == 0 ? 0 : rest <= s.width ? 0.6 : 1);
}

double cut(double all, double most) { return std::max(1.0, -std::floor(-all / most)); }

// Rows of `row` positions by `lanes` filters, `depth` terms a result: the cycles of direct_rows.h.
double cycles_of_blocks(const Sizes& s, double rows, double row, double lanes, double depth) {
  const double across = lanes > s.width ? 2 : 1;
  const double blocks = cut(row, block_height(s, across)), height = row / blocks;
  const double step = std::max({height * across / 2, (height + across) / 2, 4.0});
  const double ends = 20 + 3 * height * across;
  return rows * blocks * panels(s, lanes) * (depth * step + ends);
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
  // All of a large kernel comes from memory for each band of the source's rows (direct.cpp).
  const bool forward = s.pass == DensePass::forward;
  const double source = (forward ? s.inputs * s.channels : s.outputs * s.filters);
  const double bands = std::max(static_cast<double>(w.batch), source / (32 << 10));
  const bool large = s.taps * s.channels * s.filters > (384 << 10);
  const double streams = large ? bands * kernel * 5 : 0;
  const double output_rows = static_cast<double>(w.batch * w.rows.output);
  const double input_rows = static_cast<double>(w.batch * w.rows.input);
  if (forward)
    return copies + streams +
           cycles_of_blocks(s, output_rows, static_cast<double>(w.columns.output), s.filters,
                            s.taps * s.channels);
  if (s.pass == DensePass::input_gradient) {
    const double strides = static_cast<double>(w.rows.stride * w.columns.stride);
    const double phases = static_cast<double>(std::min(w.columns.stride, w.columns.input));
    return copies + streams +
           cycles_of_blocks(s, input_rows * phases, static_cast<double>(w.columns.input) / phases,
                            s.channels, s.taps * s.filters / strides);
  }
  // Sums of a block are fetched and stored once a band of some thousand numbers of x.
  const double across = s.filters > s.width ? 2 : 1, depth = s.taps * s.channels;
  const double run =
      w.columns.dilation == 1 ? static_cast<double>(w.columns.kernel) * s.channels : s.channels;
  const double blocks = cut(run, block_height(s, across)), height = run / blocks;
  // Pixels of many channels lie in lines of their own, which the second level of the cache gives.
  const double far = s.channels * static_cast<double>(w.columns.stride) > 4 * s.width ? 4 : 0;
  const double step = std::max({height * across / 2, (height + across) / 2, 4.0}) + far;
  const double gradient_bands = std::max(static_cast<double>(w.batch),
                                         std::min(s.inputs * s.channels / (16 << 10), output_rows));
  const double ends = 20 + height * across * (gradient_bands > 1 ? 5 : 2);
  const double dy_copies = s.outputs * panels(s, s.filters) * across * 4;
  const double results = kernel * 18;  // lie far from each other
  return copies + dy_copies + results +
         panels(s, s.filters) * (depth / run) * blocks * (s.outputs * step + gradient_bands * ends);
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
  // Planes of a large kernel do not stay in the second level of the cache.
  const double far =
      in * out > (8 << 10) ? 36 * (s.pass == DensePass::filter_gradient ? 4 : 13) : 0;
  const double kernel = in * s.vectors(out) * (110 + far + (turned ? 90 : 0));
  // Few rows make slow products.
  const double rows = std::min(tiles, 64.0);
  const double products = tiles * 36 * in * s.vectors(out) / 2 / (0.85 * rows / (rows + 6));
  const double calls = 36 * cut(tiles, 64) * 120;
  return transforms + kernel + products + calls;
}

double tap_products_cost(const Sizes& s) {
  if (s.pass != DensePass::input_gradient || s.taps == 1 || !has_neighbouring_taps(s.window))
    return impossible;
  const Window& w = s.window;
  const double stride = static_cast<double>(w.columns.stride) * s.channels;
  const double strides =
      static_cast<double>(w.rows.kernel * ceil_div(w.columns.kernel, w.columns.stride));
  const double products =
      cycles_of_blocks(s, static_cast<double>(w.batch * w.rows.output),
                       static_cast<double>(w.columns.output), strides * stride, s.filters);
  return products + s.outputs * strides * (1 + stride / 4) + s.taps * s.channels * s.filters * 8;
}

double patches_cost(const Sizes& s) {
  const double depth = s.taps * s.channels;
  // BLAS packs a large kernel, whatever the number of positions.
  const bool large = depth * s.filters > 20000;
  const double packing = large ? depth * s.filters / s.width * 6 : 0;
  // Short rows, short sums and planes make slow products.
  const bool gradient = s.pass == DensePass::filter_gradient;
  const double inner = gradient ? s.outputs : s.pass == DensePass::forward ? depth : s.filters;
  const double row = s.pass == DensePass::input_gradient ? depth : s.filters;
  const double packed = large ? 0.75 : 0.85, best = gradient ? 1.05 : packed;
  const double speed =
      best * inner / (inner + 12) * row / (row + 12) * (s.window.channels_first ? 0.8 : 1);
  const double product = s.sums / s.width / 2 / speed + packing;
  const double short_runs = s.channels < s.width ? 4 : 1;  // a copy is a call
  const double copy = s.outputs * (s.taps * 5 * short_runs + depth / s.width * 3);
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
