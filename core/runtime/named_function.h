// A function as a value: {name, parameters, function}, with an identity.
//
// Activations, initializers, regularizers and constraints are all this. A value is made by a
// factory (`max_norm(2.0)`), from a name ("relu"), from a name and parameters, or from any
// callable. Invariant: a value made from a name keeps it and never throws; the layer's constructor
// resolves it, so that errors come in the order of the arguments and carry the layer's path. Two
// values are equal when they are copies of one value, wrap the same plain function, or have the
// same name and parameters; two closures are never equal, because C++ cannot compare them. The
// parameters are a config, so that a function stands in a layer's config as it is.
// Members that are no templates are compiled in core/ops/named_function.cpp, for the signatures of
// the library: nearly every source holds options with such values.
// Read before: config.h. Read next: lookup.h, which turns names into functions.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>

#include <reel/core/error.h>
#include <reel/core/runtime/call_site.h>
#include <reel/core/runtime/config.h>

namespace reel {

using ParameterValue = ConfigValue;
using Parameters = Config;

template <class Signature>
class NamedFunction;

template <class Result, class... Args>
class NamedFunction<Result(Args...)> {
 public:
  using Function = std::function<Result(Args...)>;

  /// No function.
  NamedFunction();
  NamedFunction(std::nullptr_t) : NamedFunction() {}
  NamedFunction(const NamedFunction& other);
  NamedFunction(NamedFunction&& other) noexcept;
  NamedFunction& operator=(const NamedFunction& other);
  NamedFunction& operator=(NamedFunction&& other) noexcept;
  ~NamedFunction();

  /// By name, to be looked up later.
  NamedFunction(const char* name);
  NamedFunction(std::string name, Parameters parameters = {});

  /// What a factory makes: a name, its parameters and the function itself.
  template <class F>
  requires(std::is_invocable_r_v<Result, const std::decay_t<F>&, Args...>)
      NamedFunction(std::string name, Parameters parameters, F&& function)
      : NamedFunction(std::move(name), std::move(parameters), Function(function),
                      address_of(function)) {}

  /// Any callable; it has no name, so it cannot stand in a config (a plain function of the library
  /// is recognised when it is resolved, and gets its name back).
  template <class F>
  requires(!std::is_base_of_v<NamedFunction, std::decay_t<F>> &&
           std::is_invocable_r_v<Result, const std::decay_t<F>&, Args...>)
      NamedFunction(F&& callable)
      : NamedFunction({}, {}, Function(callable), address_of(callable)) {}

  /// Whether there is anything: a name or a function.
  explicit operator bool() const { return state_ != nullptr; }
  /// Whether it can be called already.
  bool resolved() const { return state_ && state_->function; }

  /// Whether it wraps a function that has an address, not a closure.
  bool is_plain_function() const { return state_ && state_->address; }
  /// The callable that it wraps if that is an F, else null: what a maker of functions put there.
  template <class F>
  const F* target() const {
    return state_ ? state_->function.template target<F>() : nullptr;
  }

  const std::string& name() const;
  const Parameters& parameters() const;

  Result operator()(Args... args, CallSite site = {}) const;

  friend bool operator==(const NamedFunction& a, const NamedFunction& b) { return a.is_same(b); }

 private:
  using Address = void (*)();
  struct State {
    std::string name;
    Parameters parameters;
    Function function;
    Address address;  // of a plain function, which has an identity of its own
  };

  NamedFunction(std::string name, Parameters parameters, Function function, Address address);

  template <class F>
  static Address address_of(const F& callable) {
    if constexpr (std::is_function_v<std::remove_reference_t<F>>)
      return reinterpret_cast<Address>(&callable);
    else if constexpr (std::is_pointer_v<std::decay_t<F>>)
      return reinterpret_cast<Address>(callable);
    else
      return nullptr;
  }

  bool is_same(const NamedFunction& other) const;

  std::shared_ptr<const State> state_;
};

}  // namespace reel
