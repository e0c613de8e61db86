// FunctionOf: a std::function as an argument, where other functions could be meant as well.
//
// `check_gradients(f, x)` is there for functions of one tensor and of several, and a std::function
// asks f which it is. Of `[](const auto& x) { return 2 * x; }` that asks for the result of a call
// with several tensors, whose type stands in a body that does not compile for them. So who cannot
// be asked (a generic lambda, an object with several call operators) is taken for either, and the
// other arguments decide. Price: an object that cannot be called at all is refused further in.
// Read next: recompute.h.
#pragma once

#include <functional>
#include <type_traits>
#include <utility>

#include <reel/core/runtime/language.h>

namespace reel {

namespace detail {
/// Whether it has one call operator, of known arguments, or is none that could have several.
template <class F>
concept OneSignature = !std::is_class_v<F> || requires {
  &F::operator();
};
}  // namespace detail

template <class Signature>
class FunctionOf;

template <class Result, class... Args>
class FunctionOf<Result(Args...)> : public std::function<Result(Args...)> {
  using Function = std::function<Result(Args...)>;

 public:
  template <class F>
  requires(!std::is_base_of_v<FunctionOf, std::decay_t<F>> &&
           ((sizeof...(Args) > 0 && !detail::OneSignature<std::decay_t<F>>) ||
            std::is_constructible_v<Function, F>)) FunctionOf(F&& f)
      : Function(std::forward<F>(f)) {}
};

}  // namespace reel
