// CustomObjects: functions of one's own, by the names that stand for them in a config.
//
//   Conv2D::from_config(config, {{"double_it", [](const Tensor& x) { return 2 * x; }}});
//
// A name says nothing of a kind, and neither does a function of a tensor: it may be an activation
// or a regularizer. So a CustomFunction is all kinds that its arguments allow, and the entry of the
// config picks one. The functions hold while the config is read, also for the layers inside a
// container; they come before the library's of the same name. Classes of layers of one's own are
// made known by `register_layer` (layer_registry.h).
// Read before: weight_functions.h. Read next: lookup.h, where names are looked up.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>

#include <reel/core/variable.h>
#include <reel/layers/functions/weight_functions.h>

namespace reel {

class CustomFunction {
 public:
  /// Anything that can be called with (const Tensor&), (const Variable&) or (const Shape&, DType)
  /// and gives a Tensor.
  template <class F>
  requires(!std::is_base_of_v<CustomFunction, std::decay_t<F>>) CustomFunction(F&& f) {
    std::apply([&](auto&... kinds) { (set(kinds, f), ...); }, kinds_);
  }

  /// As a function of this type; empty when it cannot be called like that.
  template <class Function>
  const Function& as() const {
    return std::get<Function>(kinds_);
  }

 private:
  template <class Function, class F>
  static void set(Function& kind, const F& f) {
    if constexpr (std::is_constructible_v<Function, const F&>) kind = f;
  }
  std::tuple<Regularizer::Function, Constraint::Function, Initializer::Function> kinds_;
};

using CustomObjects = std::map<std::string, CustomFunction>;

namespace detail {

/// Makes these known on this thread while in scope, before those of the scopes around.
class CustomObjectScope {
 public:
  explicit CustomObjectScope(const CustomObjects& objects);
  ~CustomObjectScope();
  CustomObjectScope(const CustomObjectScope&) = delete;
  CustomObjectScope& operator=(const CustomObjectScope&) = delete;

  /// The function of that name, or null.
  static const CustomFunction* find(const std::string& name);

 private:
  const CustomObjects& objects_;
  const CustomObjectScope* const outer_;
};

}  // namespace detail
}  // namespace reel
