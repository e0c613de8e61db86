// What the layers with kernels and a bias share: options become functions, the bias a variable.
//
// The list of fields that configs are written from (config_fields.h) serves here too: what was
// given by name is looked up field by field, in the order of the arguments, so an error names the
// argument and the first wrong one is told. Read before: config_fields.h, lookup.h.
#pragma once

#include <string>
#include <utility>

#include <reel/layers/base/layer.h>
#include <reel/layers/functions/activations.h>
#include <reel/layers/functions/constraints.h>
#include <reel/layers/functions/initializers.h>
#include <reel/layers/functions/regularizers.h>

namespace reel::detail {

/// A visitor of fields that looks up those that are functions. Errors start with "path: field".
class FunctionResolver {
 public:
  explicit FunctionResolver(std::string path) : path_(std::move(path)) {}
  void operator()(const char* name, Activation& value) const { look_up(name, value); }
  void operator()(const char* name, Initializer& value) const { look_up(name, value); }
  void operator()(const char* name, Regularizer& value) const { look_up(name, value); }
  void operator()(const char* name, Constraint& value) const { look_up(name, value); }
  template <class Other>
  void operator()(const char*, const Other&) const {}

 private:
  template <class Function>
  void look_up(const char* name, Function& value) const {
    value = resolve(value, fmt::format("{}: {}", path_, name));
  }
  std::string path_;
};

/// Looks up all functions among the options.
template <class Options, class Fields>
void resolve_functions(const std::string& path, const Fields& visit_fields, Options& options) {
  const FunctionResolver resolver(path);
  visit_fields(options, resolver);
}

/// The bias of a layer with these options, of shape (size,); none when they want none.
template <class Options>
Variable add_bias(Layer& layer, const Options& options, Index size) {
  if (!options.use_bias) return {};
  return layer.add_weight("bias", {size},
                          {.initializer = options.bias_initializer,
                           .regularizer = options.bias_regularizer,
                           .constraint = options.bias_constraint,
                           .kind = KernelKind::bias});
}

}  // namespace reel::detail
