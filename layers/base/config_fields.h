// Options to configs and back, from one list of fields.
//
// A layer's source names the fields that are its options' own once, in the order of the arguments:
//
//   void visit_fields(DenseOptions& o, auto& field) { field("units", o.units); ... }
//
// Who visits them: `ConfigWriter` and `ConfigReader`, and the look-up of functions that were given
// by name. A function without a name cannot be written; the error says which field holds it.
// Read before: config_reader.h, layer_options.h. Read next: layer_of.h, which uses all three.
#pragma once

#include <optional>
#include <string>
#include <type_traits>
#include <utility>

#include <reel/layers/base/config_reader.h>
#include <reel/layers/functions/activations.h>
#include <reel/layers/functions/constraints.h>
#include <reel/layers/functions/initializers.h>
#include <reel/layers/functions/regularizers.h>

namespace reel::detail {

/// Name and parameters of a function in a config: an empty name for none; nothing for what stands
/// for no function.
std::optional<std::pair<std::string, Config>> function_in(const ConfigValue& value);
/// An activation whose parameters are the defaults is only its name, as the reference writes it.
bool is_default(const Activation& activation);

/// None, a name, or {class_name, config} where there are parameters.
template <Function F>
struct ConfigTraits<F> {
  static ConfigValue to(const F& function) {
    if (function.name().empty()) return {};
    if constexpr (std::is_same_v<F, Activation>)
      if (is_default(function)) return function.name();
    if (function.parameters().entries().empty()) return function.name();
    return Config{{"class_name", function.name()}, {"config", function.parameters()}};
  }
  /// TypeError for what cannot stand for an activation, ValueError for the other kinds: as the
  /// reference has it.
  static F from(const ConfigEntry& entry) {
    using E = std::conditional_t<std::is_same_v<F, Activation>, TypeError, ValueError>;
    auto found = function_in(entry.value);
    if (!found) entry.refuse<E>("a name, or an object with class_name and config");
    return found->first.empty() ? F() : F(std::move(found->first), std::move(found->second));
  }
};

extern template struct ConfigField<Activation>;
extern template struct ConfigField<Constraint>;
extern template struct ConfigField<Initializer>;
extern template struct ConfigField<Regularizer>;

/// The fields that every layer's config has, behind its own.
void visit_common_fields(auto& o, auto& field) {
  field("trainable", o.trainable);
  field("name", o.name);
  field("dtype", o.dtype);
  field("input_shape", o.input_shape);
}

/// A visitor of fields that makes the config of what is called `path` in errors.
class ConfigWriter {
 public:
  explicit ConfigWriter(std::string path) : path_(std::move(path)) {}
  Config config;

  template <class T>
  void operator()(const char* name, const T& value) {
    ConfigField<T>::write(config, path_, name, value);
  }

 private:
  std::string path_;
};

/// Looks up the functions among the options. Errors start with "path: field"; the first wrong
/// argument is told.
void resolve_functions(auto& options, const std::string& path) {
  const auto look_up = [&]<class T>(const char* name, T& value) {
    ConfigField<T>::look_up(path, name, value);
  };
  visit_fields(options, look_up);
}

/// An entry that is no field: `value` (or none) means nothing, any other something that is `wanted`
/// not to be there.
struct FixedEntry {
  const char* name;
  ConfigValue value;
  const char* wanted;
};

/// The options that a config stands for; fields that it leaves out keep their defaults. Errors come
/// in the order of the reference: functions, unknown names, what all layers share, the rest.
template <class Options>
Options options_from(const Config& config, const std::string& layer,
                     std::vector<std::string> ignored = {},
                     const std::vector<FixedEntry>& fixed = {}) {
  Options options;
  ConfigReader reader(config, layer, std::move(ignored));
  const auto functions = [&]<class T>(const char* name, T& value) {
    reader.know(name);
    if constexpr (Function<T>) {
      reader(name, value);
      ConfigField<T>::look_up(layer, name, value);
    }
  };
  visit_fields(options, functions);
  visit_common_fields(options, functions);
  reader.know("batch_input_shape");
  for (const FixedEntry& entry : fixed) reader.know(entry.name);
  reader.finish();
  visit_common_fields(options, reader);
  const auto batch = reader.take<std::optional<Shape>>("batch_input_shape");
  if (batch && batch->rank() == 0)
    reader.refuse("batch_input_shape", "a batch size and the shape of one input");
  visit_fields(options, reader);
  for (const auto& [name, value, wanted] : fixed)
    if (const ConfigValue* given = config.find(name);
        given && !given->is_none() && !(*given == value))
      reader.refuse<ValueError>(name, wanted);
  // The reference writes the shape with the batch in front; as there, it wins.
  if (batch) options.input_shape = batch->without(0);
  return options;
}

}  // namespace reel::detail
