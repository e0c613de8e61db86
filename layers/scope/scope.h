// Scopes: where names of variables go, and what is handed down to them.
//
// A variable made through a scope has a path, `cnn/conv/kernel`. The rules are those of TensorFlow
// 1: scopes nest, hand down their initializer, regularizer, constraint, dtype and reuse; a default
// name gets `_1`, `_2` when it was opened before; leaving a scope forgets the default names inside,
// so that entering it again finds the same ones. The scopes that are open are a stack of the
// thread; who has which name is the variable store's business. Read before: variable.h,
// weight_functions.h. Read next: variable_store.h, call_frame.h.
#pragma once

#include <concepts>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <reel/core/variable.h>
#include <reel/layers/functions/weight_functions.h>
#include <reel/layers/scope/training.h>

namespace reel {

/// Whether a name that exists is shared: no (it must be new), yes (it must exist) or automatic.
class Reuse {
 public:
  enum Kind { no, yes, automatic };
  constexpr Reuse(bool reuse = false) : kind_(reuse ? yes : no) {}
  constexpr Reuse(Kind kind) : kind_(kind) {}
  constexpr operator Kind() const { return kind_; }

 private:
  Kind kind_;
};
constexpr std::string_view name_of(Reuse::Kind kind) {
  return detail::name_in({"no", "yes", "automatic"}, kind);
}

struct ScopeOptions {
  Initializer initializer = {};  ///< for variables that name none
  Regularizer regularizer = {};
  Constraint constraint = {};
  Reuse reuse = {};
  std::optional<DType> dtype = {};  ///< a layer has its own and does not ask
};

/// A scope as a value: where it is and what it hands down.
struct Scope {
  std::string path;
  ScopeOptions options;
  /// `path/name`, or `name` at the top.
  std::string join(const std::string& name) const;
};

namespace detail {

struct CallFrame;

// One open scope of a thread, on a stack. Entering costs a few stores, because every call of a
// layer does it; such a one is a CallFrame (call_frame.h).
class OpenScope {
 public:
  /// `training` that nobody gave is that of the scope around.
  OpenScope(const Scope& scope, Reuse reuse, Training training = {})
      : OpenScope(scope, reuse, training, nullptr) {}
  ~OpenScope();
  OpenScope(const OpenScope&) = delete;
  OpenScope& operator=(const OpenScope&) = delete;

  /// Of this thread; null at the top.
  static OpenScope* innermost();

  const Scope& scope;
  const Reuse reuse;
  bool opened_inside = false;

 private:
  OpenScope* const outer_;

 public:
  const CallFrame* const call;  ///< the innermost call that it is, or is in; null outside of calls
  const Training training;      ///< of that call

 protected:
  OpenScope(const Scope& scope, Reuse reuse, Training training, const CallFrame* self);
  const CallFrame* call_around() const { return outer_ ? outer_->call : nullptr; }
};

/// ValueError "what: ..." unless `name` is made as the reference wants scopes: segments of
/// [A-Za-z0-9.][A-Za-z0-9_.-]*, joined by '/'.
void check_scope_name(const std::string& what, const std::string& name);

/// A copy of the innermost scope with the reuse that holds inside it.
Scope present_scope();

}  // namespace detail

/// Opens a scope on this thread until the end of the block.
class VariableScope {
 public:
  /// `name` inside the present scope; what `options` leave out is inherited.
  explicit VariableScope(const std::string& name, const ScopeOptions& options = {});
  /// A scope that was opened before, wherever this thread is now, but for what `options` say. Its
  /// regularizer is for `collections::regularization_losses`; no layer's losses have its penalties.
  explicit VariableScope(const Scope& scope, const ScopeOptions& options = {});
  /// The same, sharing its variables. A template, so that `{}` are the options.
  template <std::convertible_to<Reuse> R>
  VariableScope(const Scope& scope, R reuse) : VariableScope(scope, ScopeOptions{.reuse = reuse}) {}
  /// `base`, or `base_1`, `base_2`, ... when that was opened inside the present scope before.
  static VariableScope unique(const std::string& base, const ScopeOptions& options = {});
  ~VariableScope();
  VariableScope(const VariableScope&) = delete;
  VariableScope& operator=(const VariableScope&) = delete;

  const Scope& scope() const { return scope_; }
  const std::string& path() const { return scope_.path; }

 private:
  struct AlreadyOpened {};
  VariableScope(AlreadyOpened, Scope scope);

  const Scope scope_;
  const detail::OpenScope open_;
};

}  // namespace reel
