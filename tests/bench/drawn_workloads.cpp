// How a row is drawn: network, layer, then what users change in it. Integers only.
// Read before: network_layers.h, splitmix64.h.
#include "drawn_workloads.h"

#include <fmt/ranges.h>

#include "network_layers.h"
#include "splitmix64.h"
#include "workload_text.h"

namespace {

struct Source {
  const char* network;
  NetworkLayer layer;
};

template <class List>
const auto& one_of(const List& list, SplitMix64& draw) {
  return list[static_cast<std::size_t>(draw.below(static_cast<std::int64_t>(list.size())))];
}

/// Dense layers that look at more than one position.
std::vector<NetworkLayer> spatial(const Network& network) {
  std::vector<NetworkLayer> layers;
  for (const NetworkLayer& layer : network.dense)
    if (layer.kernel > 1) layers.push_back(layer);
  return layers;
}

Source draw_source(Kind kind, SplitMix64& draw) {
  const bool usual = draw.below(4) > 0;
  const bool of_separable = kind == Kind::dense ? !usual : usual || kind == Kind::depthwise;
  const Network& network = one_of(of_separable ? separable_networks() : dense_networks(), draw);
  std::vector<NetworkLayer> layers = network.pairs;
  if (kind == Kind::dense)
    layers = network.dense;
  else if (kind == Kind::separable)
    for (const NetworkLayer& layer : spatial(network)) layers.push_back(layer);
  return {network.name, one_of(layers, draw)};
}

/// An image smaller by 1, 2 or 4; one in four odd where it was even or even where it was odd, one
/// in five not square. Sides below 4 have no room for that.
bool draw_sides(int side, SplitMix64& draw, Workload& w) {
  w.rows = side / (std::int64_t{1} << draw.below(3));
  if (draw.below(4) == 0) w.rows += draw.below(2) == 0 ? -1 : 1;
  w.columns = w.rows;
  if (draw.below(5) == 0) (draw.below(2) == 0 ? w.rows : w.columns) = (w.rows * 3 + 3) / 4;
  return w.rows >= 4 && w.columns >= 4;
}

/// Whether a training step is at most 20 GFLOP and twice its tensors fit a gibibyte.
bool can_be_raced(Workload w) {
  w.training = true;
  return w.operations() <= 20e9 && 2 * w.bytes() <= 1024.0 * 1024 * 1024;
}

std::string numbers_of(const Workload& w) {
  std::vector<std::int64_t> numbers{w.batch, w.rows, w.columns, w.channels, w.filters};
  const bool dilated = w.dilation > 1, strided = dilated || w.stride > 1;
  if (strided || w.kernel_rows != 3) numbers.push_back(w.kernel_rows);
  if (strided) numbers.push_back(w.stride);
  if (dilated) numbers.push_back(w.dilation);
  return fmt::format("{}", fmt::join(numbers, ","));
}

}  // namespace

std::vector<DrawnWorkload> drawn_workloads(Kind kind, std::uint64_t seed, int count) {
  // A stream for each kind, so that asking for one kind or for all gives the same rows.
  SplitMix64 draw(SplitMix64(seed)() + static_cast<std::uint64_t>(kind));
  std::vector<DrawnWorkload> rows;
  for (int one_channel = 0; static_cast<int>(rows.size()) < count;) {
    const int number = static_cast<int>(rows.size()) + 1;
    const Source source = draw_source(kind, draw);
    const NetworkLayer& layer = source.layer;
    Workload w;
    w.kind = kind;
    w.batch = std::int64_t{1} << std::array{0, 3, 5}[static_cast<std::size_t>(draw.below(3))];
    w.channels = layer.channels;
    w.filters = kind == Kind::depthwise ? layer.channels : layer.filters;
    w.kernel_rows = w.kernel_columns = layer.kernel;
    w.stride = layer.stride;
    w.channels_first = draw.below(2) == 0;
    const bool fits = draw_sides(layer.side, draw, w);
    if (number % 10 == 8) w.dilation = 2;  // one in ten
    if (!fits || !can_be_raced(w)) continue;
    if (w.dilation > 1 && (layer.kernel == 1 || layer.stride > 1)) continue;
    // At most one in twenty.
    if (w.channels == 1 && (one_channel + 1) * 20 > number) continue;
    if (w.channels == 1) ++one_channel;
    w.name = numbers_of(w);
    rows.push_back({w, source.network, number % 3 == 0});
  }
  return rows;
}
