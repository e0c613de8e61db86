// Options to configs and back, from one list of fields.
//
// A layer's source names the fields of its options once, in the order of the arguments:
//
//   template <class Options, class Visit>
//   void visit_fields(Options& o, Visit&& field) { field("units", o.units); ... }
//
// `ConfigWriter` and `ConfigReader` are the two visitors. What a layer was given by value or by
// name can be written; a function without a name cannot, and the error says which field holds it.
// Read before: config.h, layer_options.h.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <reel/core/ops/window_options.h>
#include <reel/core/runtime/named_function.h>
#include <reel/layers/base/config.h>
#include <reel/layers/base/layer.h>
#include <reel/layers/functions/activations.h>
#include <reel/layers/functions/constraints.h>
#include <reel/layers/functions/initializers.h>
#include <reel/layers/functions/regularizers.h>

namespace reel::detail {

/// The fields that every layer's config has.
template <class Options, class Visit>
void visit_common_fields(Options& o, Visit&& field) {
  field("trainable", o.trainable);
  field("name", o.name);
  field("dtype", o.dtype);
  field("input_shape", o.input_shape);
}

class ConfigWriter {
 public:
  explicit ConfigWriter(std::string path) : path_(std::move(path)) {}
  Config config;

  void operator()(const char* name, bool value) { config.set(name, value); }
  void operator()(const char* name, int value) { config.set(name, value); }
  void operator()(const char* name, Index value) { config.set(name, value); }
  void operator()(const char* name, double value) { config.set(name, value); }
  void operator()(const char* name, const std::string& value) { config.set(name, value); }
  void operator()(const char* name, const Pair& value);
  void operator()(const char* name, const Padding& value) { config.set(name, value.name()); }
  void operator()(const char* name, const DataFormat& value) { config.set(name, value.name()); }
  void operator()(const char* name, const Shape& value);
  void operator()(const char* name, const std::optional<bool>& value);
  void operator()(const char* name, const std::optional<std::uint64_t>& value);
  void operator()(const char* name, const std::optional<DType>& value);
  void operator()(const char* name, const std::optional<Shape>& value);
  /// Only its name when the parameters are the defaults, as the reference does for functions.
  void operator()(const char* name, const Activation& value);
  template <class Signature>
  void operator()(const char* name, const NamedFunction<Signature>& value) {
    if (value && value.name().empty()) refuse(name);
    config.set(name, value ? function(value.name(), value.parameters()) : ConfigValue());
  }

 private:
  [[noreturn]] void refuse(const char* name) const;
  static ConfigValue function(const std::string& name, const Parameters& parameters);
  std::string path_;
};

class ConfigReader {
 public:
  /// `ignored` keys may be there and mean nothing.
  ConfigReader(const Config& config, std::string layer, std::vector<std::string> ignored = {});

  void operator()(const char* name, bool& value);
  void operator()(const char* name, int& value);
  void operator()(const char* name, Index& value);
  void operator()(const char* name, double& value);
  void operator()(const char* name, std::string& value);
  void operator()(const char* name, Pair& value);
  void operator()(const char* name, Padding& value);
  void operator()(const char* name, DataFormat& value);
  void operator()(const char* name, Shape& value);
  void operator()(const char* name, std::optional<bool>& value);
  void operator()(const char* name, std::optional<std::uint64_t>& value);
  void operator()(const char* name, std::optional<DType>& value);
  void operator()(const char* name, std::optional<Shape>& value);
  /// TypeError for what cannot stand for an activation, ValueError for the other kinds: as the
  /// reference has it.
  void operator()(const char* name, Activation& value) { read_function<TypeError>(name, value); }
  template <class Signature>
  void operator()(const char* name, NamedFunction<Signature>& value) {
    read_function<ValueError>(name, value);
  }

  /// A field of this name exists, as if it had been read.
  void know(const char* name) { known_.emplace_back(name); }
  /// TypeError for a key that no field has.
  void finish() const;

 private:
  const ConfigValue* take(const char* name);
  std::string text(const char* name, const ConfigValue& value) const;
  Index integer(const char* name, const ConfigValue& value) const;
  std::vector<Index> integers(const char* name, const ConfigValue& value) const;
  template <class E = TypeError>
  [[noreturn]] void refuse(const char* name, const char* wanted) const {
    throw E("{}: config entry {} must be {}; got {}", layer_, name, wanted, entry(name));
  }
  std::string entry(const char* name) const;

  template <class E, class Function>
  void read_function(const char* name, Function& value) {
    const ConfigValue* given = take(name);
    if (!given) return;
    std::optional<NamedParameters> read = named_parameters(*given);
    if (!read) refuse<E>(name, "a name, or an object with class_name and config");
    value = read->first.empty() ? Function() : Function(read->first, std::move(read->second));
  }
  using NamedParameters = std::pair<std::string, Parameters>;
  /// Nothing when the value is no function's; an empty name for none.
  static std::optional<NamedParameters> named_parameters(const ConfigValue& value);

  const Config& config_;
  std::string layer_;
  std::vector<std::string> known_;
};

/// The config of a layer with these options: its present name, dtype and trainable flag count.
template <class Options, class Fields>
Config config_of(const Layer& layer, Options options, Fields&& visit_fields) {
  options.name = layer.name();
  options.trainable = layer.trainable();
  options.dtype = layer.dtype();
  ConfigWriter writer(layer.path());
  visit_fields(options, writer);
  return std::move(writer.config);
}

/// The options that a config stands for; fields that it leaves out keep their defaults. Errors come
/// in the order of the reference: functions, unknown keys, what all layers share, the rest.
template <class Options, class Fields>
Options options_from(const Config& config, const char* layer, Fields&& visit_fields,
                     std::vector<std::string> ignored = {}) {
  Options options;
  ConfigReader reader(config, layer, std::move(ignored));
  const auto functions = [&](const char* name, auto& value) {
    reader.know(name);
    if constexpr (requires { value.resolved(); }) {
      reader(name, value);
      value = resolve(value, fmt::format("{}: {}", layer, name));
    }
  };
  visit_fields(options, functions);
  reader.know("batch_input_shape");
  reader.finish();
  visit_common_fields(options, reader);
  visit_fields(options, reader);
  return options;
}

}  // namespace reel::detail
