#include <reel/optim/run/dead_units.h>

#include <fmt/format.h>

#include <algorithm>

#include <reel/layers/activation_layer.h>
#include <reel/layers/advanced_activations.h>

namespace reel::detail {
namespace {

constexpr Index enough_looks = 3, enough_samples = 128;

bool is_activation(const Layer& layer) {
  return dynamic_cast<const layers::Activation*>(&layer) || dynamic_cast<const ReLU*>(&layer) ||
         dynamic_cast<const ThresholdedReLU*>(&layer);
}

// Which of the units along `axis` are 0 everywhere. None where something is negative.
std::vector<char> units_off(const Tensor& y, int axis) {
  const auto units = static_cast<std::size_t>(y.shape()[axis]);
  Index inner = 1;
  for (int i = axis + 1; i < y.rank(); ++i) inner *= y.shape()[i];
  std::vector<char> off(units, 1);
  dispatch(y.dtype(), [&](auto zero) {
    std::size_t unit = 0;
    Index within = 0;
    for (const auto value : y.span<const decltype(zero)>()) {
      if (!(value >= 0)) {
        off.clear();
        return;
      }
      if (value > 0) off[unit] = 0;
      if (++within < inner) continue;
      within = 0;
      if (++unit == units) unit = 0;
    }
  });
  return off;
}

}  // namespace

void DeadUnits::begin_look(const Tensor& features) {
  outputs_ = {features.id()};
  last_ = nullptr;
  calls_ = 0;
  for (auto& [layer, place] : places_) place.is_seen = false;
}

// What was computed between the last layer's output and this input is counted as the last layer's.
void DeadUnits::see(const Layer& layer, const Tensor& x, const Tensor& y) {
  if (!layer.children().empty()) return;
  const bool is_made_between =
      std::find(outputs_.begin(), outputs_.end(), x.id()) == outputs_.end();
  if (last_ && is_made_between && x.shape() == last_shape_) add(*last_, x);
  outputs_.push_back(y.id());
  const bool has_weights = !layer.variables().empty();
  if (has_weights || is_activation(layer)) add(layer, y);
  if (!has_weights) return;
  last_ = &layer;
  last_shape_ = y.shape();
}

// Units of frozen layers will not learn anyhow.
void DeadUnits::add(const Layer& layer, const Tensor& y) {
  if (!layer.trainable() || y.rank() < 2 || y.size() == 0) return;
  Place& place = places_[&layer];
  if (place.is_seen) return;  // a layer that is called again with other inputs
  std::vector<std::vector<char>> off{units_off(y, y.rank() - 1)};
  if (off[0].empty()) return;
  if (y.rank() >= 4) off.push_back(units_off(y, 1));
  place.is_seen = true;
  place.order = calls_++;
  place.path = layer.path();
  place.axes.resize(off.size());
  for (std::size_t axis = 0; axis < off.size(); ++axis) {
    place.axes[axis].resize(off[axis].size());
    for (std::size_t i = 0; i < off[axis].size(); ++i) {
      Unit& unit = place.axes[axis][i];
      unit = off[axis][i] ? Unit{unit.looks + 1, unit.samples + y.shape()[0]} : Unit{};
    }
  }
}

Index DeadUnits::count_dead(const std::vector<Unit>& units) {
  return std::count_if(units.begin(), units.end(), [](const Unit& unit) {
    return unit.looks >= enough_looks && unit.samples >= enough_samples;
  });
}

std::string DeadUnits::finding() const {
  const Place* first = nullptr;
  Index dead = 0, of = 0;  // of its units
  for (const auto& [layer, place] : places_)
    for (const std::vector<Unit>& units : place.axes)
      if (const Index n = count_dead(units), all = static_cast<Index>(units.size());
          place.is_seen && 4 * n > 3 * all && (!first || place.order < first->order)) {
        first = &place;
        dead = n;
        of = all;
      }
  if (!first) return {};
  return fmt::format(
      "dead units: {} of the {} units of {} gave 0 for every sample at the last {} looks; start "
      "again with a lower rate and biases of 0, or use leaky_relu or BatchNormalization",
      dead, of, first->path, enough_looks);
}

}  // namespace reel::detail
