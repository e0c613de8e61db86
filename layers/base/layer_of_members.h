// The members of LayerOf: for the one source of a layer that instantiates them.
//
// `visit_fields(Options&, visitor)` must be declared there, next to the options' type. Of what else
// the reference writes into a config, `ignored_entries(const Options&)` names what means nothing,
// `fixed_entries(const Options&)` what may have one value only.
// Read before: layer_of.h, config_fields.h.
#pragma once

#include <string>
#include <typeinfo>
#include <vector>

#include <reel/layers/base/config_fields.h>
#include <reel/layers/base/layer_of.h>
#include <reel/layers/base/naming.h>

namespace reel {
namespace detail {

/// The config of a layer with these options: its present name, dtype and trainable flag count.
template <class Options>
Config config_of(const Layer& layer, Options options) {
  options.name = layer.name();
  options.trainable = layer.trainable();
  options.dtype = layer.dtype();
  ConfigWriter writer(layer.path());
  visit_fields(options, writer);
  visit_common_fields(options, writer);
  return std::move(writer.config);
}

}  // namespace detail

template <class Self, class Options>
Self LayerOf<Self, Options>::from_config(const Config& config,
                                         const CustomObjects& custom_objects) {
  const detail::CustomObjectScope scope(custom_objects);
  std::vector<std::string> ignored;
  if constexpr (requires { ignored_entries(Options()); }) ignored = ignored_entries(Options());
  std::vector<detail::FixedEntry> fixed;
  if constexpr (requires { fixed_entries(Options()); }) fixed = fixed_entries(Options());
  return Self(detail::options_from<Options>(
      config, detail::snake_case(detail::class_name(typeid(Self))), std::move(ignored), fixed));
}

template <class Self, class Options>
Config LayerOf<Self, Options>::get_config() const {
  return detail::config_of(*this, options_);
}

template <class Self, class Options>
void LayerOf<Self, Options>::resolve_functions() {
  detail::resolve_functions(options_, path());
  if constexpr (requires { options_.activity_regularizer; })
    set_activity_regularizer(options_.activity_regularizer);
}

template <class Self, class Options>
Shape LayerOf<Self, Options>::compute_output_shape(const Shape& input) const {
  return detail::with_path(path(), [&] { return output_shape(input); });
}

}  // namespace reel
