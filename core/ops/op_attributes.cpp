// Read before: op_attributes.h.
#include <reel/core/ops/op_attributes.h>

#include <cmath>

namespace reel::detail {

ConfigValue config_of(double number) {
  if (std::isfinite(number)) return number;
  return std::isnan(number) ? "nan" : number > 0 ? "inf" : "-inf";
}

ConfigValue config_of(const Pair& pair) { return ConfigValue::List{pair.rows, pair.columns}; }

ConfigValue config_of(const std::bitset<Shape::max_rank>& axes) {
  ConfigValue::List list;
  for (int axis = 0; axis < Shape::max_rank; ++axis)
    if (axes[axis]) list.emplace_back(axis);
  return list;
}

Config config_of(const RandomKey& key) {
  return named("seed", key.seed, "stream", key.stream, "draw", key.draw);
}

}  // namespace reel::detail
