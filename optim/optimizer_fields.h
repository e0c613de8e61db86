// The options that all optimizers share: picked out of an optimizer's own, and in configs.
//
// Each optimizer lists them flat among its own options; `optimizer_options` (optimizer.h) picks
// them out, and here stands once how they are written and read. A learning rate stands in a config
// as a number. Read before: optimizer.h, config_fields.h. Read next: sgd.cpp.
#pragma once

#include <reel/layers/base/config_fields.h>
#include <reel/optim/learning_rate.h>

namespace reel::detail {

template <>
inline constexpr bool none_is_default<LearningRate> = true;
template <>
struct ConfigTraits<LearningRate> {
  static ConfigValue to(const LearningRate& rate) { return rate.at(0); }
  static LearningRate from(const ConfigEntry& entry) { return ConfigTraits<double>::from(entry); }
};

/// `clipping` has the bounds of ClippingOptions: it may be the same object.
void visit_optimizer_fields(auto& o, auto& clipping, auto& field) {
  field("name", o.name);
  field("learning_rate", o.learning_rate);
  field("decay", o.decay);
  field("clipnorm", clipping.clipnorm);
  field("clipvalue", clipping.clipvalue);
  field("global_clipnorm", clipping.global_clipnorm);
}

/// The options that the config of an optimizer stands for, in which `lr` may be the rate. TypeError
/// for an entry that is no option.
template <class Options>
Options optimizer_options_from(const Config& config, const char* optimizer) {
  Options options;
  ConfigReader reader(config, optimizer);
  visit_fields(options, reader);
  reader("lr", options.learning_rate);
  reader.finish();
  return options;
}

}  // namespace reel::detail
