// How named functions are made, copied, compared and called, compiled once for each signature.
//
// It stands here, above the engine, because the signatures name tensors and variables.
// Read before: named_function.h, variable.h.
#include <reel/core/runtime/named_function.h>

#include <reel/core/runtime/named_scope.h>
#include <reel/core/variable.h>

namespace reel {

template <class Result, class... Args>
NamedFunction<Result(Args...)>::NamedFunction() = default;
template <class Result, class... Args>
NamedFunction<Result(Args...)>::NamedFunction(const NamedFunction&) = default;
template <class Result, class... Args>
NamedFunction<Result(Args...)>::NamedFunction(NamedFunction&&) noexcept = default;
template <class Result, class... Args>
NamedFunction<Result(Args...)>& NamedFunction<Result(Args...)>::operator=(const NamedFunction&) =
    default;
template <class Result, class... Args>
NamedFunction<Result(Args...)>& NamedFunction<Result(Args...)>::operator=(
    NamedFunction&&) noexcept = default;
template <class Result, class... Args>
NamedFunction<Result(Args...)>::~NamedFunction() = default;

template <class Result, class... Args>
NamedFunction<Result(Args...)>::NamedFunction(const char* name)
    : NamedFunction(std::string(name)) {}
template <class Result, class... Args>
NamedFunction<Result(Args...)>::NamedFunction(std::string name, Parameters parameters)
    : NamedFunction(std::move(name), std::move(parameters), Function(), nullptr) {}
template <class Result, class... Args>
NamedFunction<Result(Args...)>::NamedFunction(std::string name, Parameters parameters,
                                              Function function, Address address)
    : state_(std::make_shared<State>(
          State{std::move(name), std::move(parameters), std::move(function), address})) {}

template <class Result, class... Args>
const std::string& NamedFunction<Result(Args...)>::name() const {
  static const auto& none = *new const std::string;  // never destroyed: who ends last may ask
  return state_ ? state_->name : none;
}

template <class Result, class... Args>
const Parameters& NamedFunction<Result(Args...)>::parameters() const {
  static const auto& none = *new const Parameters;
  return state_ ? state_->parameters : none;
}

template <class Result, class... Args>
Result NamedFunction<Result(Args...)>::operator()(Args... args, CallSite site) const {
  detail::note(site);
  if (!resolved())
    throw RuntimeError("a function given by name must be resolved before it is called; got '{}'",
                       name());
  const NamedScope scope(name());
  return state_->function(std::forward<Args>(args)...);
}

template <class Result, class... Args>
bool NamedFunction<Result(Args...)>::is_same(const NamedFunction& other) const {
  if (state_ == other.state_) return true;
  if (!state_ || !other.state_) return false;
  if (state_->address && state_->address == other.state_->address) return true;
  return !name().empty() && name() == other.name() && parameters() == other.parameters();
}

template class NamedFunction<Tensor(const Tensor&)>;        // activations and regularizers
template class NamedFunction<Tensor(const Shape&, DType)>;  // initializers
template class NamedFunction<Tensor(const Variable&)>;      // constraints
template class NamedFunction<bool(const Variable&)>;        // which variables are meant

}  // namespace reel
