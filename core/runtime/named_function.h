// A function as a value: {name, parameters, function}, with an identity.
//
// Activations, initializers, regularizers and constraints are all this. A value is made by a
// factory (`max_norm(2.0)`), from a name ("relu"), from a name and parameters, or from any
// callable. Invariant: a value made from a name keeps it and never throws; the layer's constructor
// resolves it, so that errors come in the order of the arguments and carry the layer's path. Two
// values are equal when they are copies of one value, wrap the same plain function, or have the
// same name and parameters; two closures are never equal, because C++ cannot compare them.
//
// It knows no tensor. Read before: pool_function.h, call_site.h. Read next: lookup.h, which turns
// names into functions.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include <reel/core/call_site.h>
#include <reel/core/dtype.h>
#include <reel/core/error.h>

namespace reel {

/// One parameter of a named function, as a config shows it. `std::monostate` stands for none.
struct ParameterValue : std::variant<std::monostate, bool, double, std::string, std::vector<Index>,
                                     std::vector<double>> {
  ParameterValue() = default;
  ParameterValue(const char* text) : variant(std::string(text)) {}
  ParameterValue(std::string text) : variant(std::move(text)) {}
  ParameterValue(std::vector<Index> list) : variant(std::move(list)) {}
  ParameterValue(std::vector<double> list) : variant(std::move(list)) {}
  template <class T>
  requires(std::is_arithmetic_v<T>) ParameterValue(T number) {
    if constexpr (std::is_same_v<T, bool>)
      emplace<bool>(number);
    else
      emplace<double>(static_cast<double>(number));
  }
  bool operator==(const ParameterValue&) const = default;
};
using Parameters = std::vector<std::pair<std::string, ParameterValue>>;

template <class Signature>
class NamedFunction;

template <class Result, class... Args>
class NamedFunction<Result(Args...)> {
 public:
  using Function = std::function<Result(Args...)>;

  /// No function.
  NamedFunction() = default;
  NamedFunction(std::nullptr_t) {}

  /// By name, to be looked up later.
  NamedFunction(const char* name) : NamedFunction(std::string(name)) {}
  NamedFunction(std::string name, Parameters parameters = {})
      : state_(std::make_shared<State>(State{std::move(name), std::move(parameters), {}, {}})) {}

  /// What a factory makes: a name, its parameters and the function itself.
  template <class F>
  requires(std::is_invocable_r_v<Result, const std::decay_t<F>&, Args...>)
      NamedFunction(std::string name, Parameters parameters, F&& function)
      : state_(std::make_shared<State>(State{std::move(name), std::move(parameters),
                                             Function(function), address_of(function)})) {}

  /// Any callable; it has no name, so it cannot stand in a config (a plain function of the library
  /// is recognised when it is resolved, and gets its name back).
  template <class F>
  requires(!std::is_base_of_v<NamedFunction, std::decay_t<F>> &&
           std::is_invocable_r_v<Result, const std::decay_t<F>&, Args...>)
      NamedFunction(F&& callable)
      : state_(std::make_shared<State>(State{{}, {}, Function(callable), address_of(callable)})) {}

  /// Whether there is anything: a name or a function.
  explicit operator bool() const { return state_ != nullptr; }
  /// Whether it can be called already.
  bool resolved() const { return state_ && state_->function; }

  /// Whether it wraps a function that has an address, not a closure.
  bool is_plain_function() const { return state_ && state_->address; }

  const std::string& name() const {
    static const std::string none;
    return state_ ? state_->name : none;
  }
  const Parameters& parameters() const {
    static const Parameters none;
    return state_ ? state_->parameters : none;
  }

  Result operator()(Args... args, CallSite site = {}) const {
    detail::note(site);
    if (!resolved())
      throw RuntimeError("a function given by name must be resolved before it is called; got '{}'",
                         name());
    return state_->function(std::forward<Args>(args)...);
  }

  friend bool operator==(const NamedFunction& a, const NamedFunction& b) {
    if (a.state_ == b.state_) return true;
    if (!a.state_ || !b.state_) return false;
    if (a.state_->address && a.state_->address == b.state_->address) return true;
    return !a.name().empty() && a.name() == b.name() && a.parameters() == b.parameters();
  }

 private:
  using Address = void (*)();
  struct State {
    std::string name;
    Parameters parameters;
    Function function;
    Address address;  // of a plain function, which has an identity of its own
  };

  template <class F>
  static Address address_of(const F& callable) {
    if constexpr (std::is_function_v<std::remove_reference_t<F>>)
      return reinterpret_cast<Address>(&callable);
    else if constexpr (std::is_pointer_v<std::decay_t<F>>)
      return reinterpret_cast<Address>(callable);
    else
      return nullptr;
  }

  std::shared_ptr<const State> state_;
};

}  // namespace reel
