// The options that all optimizers share: picked out of an optimizer's own, and in configs.
//
// Each optimizer lists them flat among its own options; `optimizer_options` (optimizer.h) picks
// them out, and here stands once how they are written and read. A learning rate stands in a config
// as a number, or as {class_name, config} of a schedule.
// Read before: optimizer.h, config_fields.h. Read next: optimizer_of_members.h, sgd.cpp.
#pragma once

#include <string>
#include <vector>

#include <reel/layers/base/config_fields.h>
#include <reel/optim/learning_rate.h>
#include <reel/optim/parameter_groups.h>

namespace reel::detail {

template <>
inline constexpr bool none_is_default<LearningRate> = true;
template <>
struct ConfigTraits<LearningRate> {
  /// ValueError for a function that is no schedule.
  static ConfigValue to(const LearningRate& rate);
  static LearningRate from(const ConfigEntry& entry);
};

template <>
inline constexpr bool none_is_default<std::vector<ParameterGroup>> = true;
template <>
struct ConfigTraits<std::vector<ParameterGroup>> {
  static std::vector<ParameterGroup> from(const ConfigEntry& entry);
};
/// ValueError for a predicate without a name.
ConfigValue groups_config(const std::string& optimizer, const std::vector<ParameterGroup>& groups);

/// `clipping` has the bounds of ClippingOptions: it may be the same object.
void visit_optimizer_fields(auto& o, auto& clipping, auto& field) {
  field("name", o.name);
  field("learning_rate", o.learning_rate);
  if constexpr (requires { o.decay; }) field("decay", o.decay);
  field("clipnorm", clipping.clipnorm);
  field("clipvalue", clipping.clipvalue);
  field("global_clipnorm", clipping.global_clipnorm);
}

}  // namespace reel::detail
