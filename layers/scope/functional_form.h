// The functional form of a layer: `layers::dense(x, {.units = 10})` makes it, calls it once, and
// returns the output.
//
// The layer itself is gone after the call; its variables stay, owned by the variable store, where a
// second call with the same name finds them (reuse). As in the reference the form is deprecated,
// because nothing is left to ask for losses, weights or a config.
// Read before: layer.h, layers/scope/scope.h. Read next: separable_conv2d.h, which has one.
#pragma once

#include <mutex>
#include <typeinfo>
#include <utility>

#include <reel/layers/base/layer.h>

namespace reel::detail {

/// Warns that the functional form of a class is deprecated, and says what to do.
void warn_of_functional_form(const std::type_info& layer);

/// Makes a layer with these options and calls it; a name is the exact scope. The first call for a
/// class in a process warns.
template <class T>
Tensor call_once(const Tensor& x, typename T::Options options, const Call& call) {
  static std::once_flag told;
  std::call_once(told, warn_of_functional_form, typeid(T));
  if (!options.scope.given()) options.scope = options.name;
  T layer(std::move(options));
  const Tensor y = layer(x, call);
  for (const Variable& variable : layer.variables()) Names::current()->keep(variable);
  return y;
}

}  // namespace reel::detail
