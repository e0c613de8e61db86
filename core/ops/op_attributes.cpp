// Read before: op_attributes.h.
#include <reel/core/ops/op_attributes.h>

#include <cmath>

#include <reel/core/ops/reduce.h>

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

Config config_of(const Reduced& reduced, bool keepdims) {
  return named("axes", reduced.mask, "keepdims", keepdims);
}

Config config_of(const ConvolutionOptions& options) {
  return named("strides", options.strides, "padding", options.padding.name(), "data_format",
               options.data_format.name(), "dilations", options.dilations);
}

Config config_of(const ConvolutionOptions& options, FusedActivation activation) {
  return named(config_of(options), "activation", activation);
}

Config config_of(const ConvolutionOptions& options, const Shape& shape) {
  return named(config_of(options), "shape", shape);
}

Config config_of(const PoolingOptions& options) {
  return named("pool_size", options.pool_size, "strides", options.strides, "padding",
               options.padding.name(), "data_format", options.data_format.name());
}

}  // namespace reel::detail
