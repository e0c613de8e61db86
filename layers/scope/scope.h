// Names of variables: scopes, reuse, and the store that knows every name.
//
// A variable made through a scope has a path, `cnn/conv/kernel`. Two makers share a variable only
// when they ask for the same path and say so (`reuse`); otherwise the second one is an error. The
// rules are those of TensorFlow 1: scopes nest, hand down their initializer, regularizer,
// constraint, dtype and reuse; a default name gets `_1`, `_2` when it was opened before; leaving a
// scope forgets the default names inside, so that entering it again finds the same ones. Decision:
// names are counted in a `VariableStore`, one default a process, not in tapes; a test or a second
// model that wants fresh names makes a store of its own. The store keeps weak handles, so it never
// keeps a layer's weights alive; only functional layers, which nobody owns, are kept by it. Read
// before: variable.h, weight_functions.h. Read next: collections.h, layers/base/layer.h.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <reel/core/variable.h>
#include <reel/layers/functions/weight_functions.h>

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

class VariableStore;

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

class Names;

// One open scope of a thread. Entering costs two stores, because every call of a layer does it.
class OpenScope {
 public:
  OpenScope(const Scope& scope, Reuse reuse);
  ~OpenScope();
  OpenScope(const OpenScope&) = delete;
  OpenScope& operator=(const OpenScope&) = delete;

  const Scope& scope;
  const Reuse reuse;
  bool opened_inside = false;

 private:
  OpenScope* before_;
};

/// A copy of the innermost scope with the reuse that holds inside it.
Scope present_scope();

}  // namespace detail

/// Opens a scope on this thread until the end of the block.
class VariableScope {
 public:
  /// `name` inside the present scope; what `options` leave out is inherited.
  explicit VariableScope(const std::string& name, const ScopeOptions& options = {});
  /// A scope that was opened before, wherever this thread is now.
  explicit VariableScope(const Scope& scope, Reuse reuse = {});
  /// The same, handing down what `options` say and otherwise what it did.
  VariableScope(const Scope& scope, const ScopeOptions& options);
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

/// What a variable is asked for with; `name` is its whole path.
struct VariableRequest {
  std::string name;
  Shape shape;
  DType dtype = float32;
  bool trainable = true;
  Constraint constraint = {};
  KernelKind kernel_kind = KernelKind::none;
  Regularizer regularizer = {};  ///< registered when the variable is new
  Reuse reuse = {};
};

/// Counts names and finds variables by name; the current one of its thread while in scope.
class VariableStore {
 public:
  VariableStore();
  ~VariableStore();
  VariableStore(const VariableStore&) = delete;
  VariableStore& operator=(const VariableStore&) = delete;

  /// The variable of that name, or an undefined one.
  static Variable find(const std::string& name);

 private:
  std::shared_ptr<detail::Names> before_;
  const Scope top_;
  const detail::OpenScope open_;
};

namespace detail {

struct RegisteredVariable {
  WeakVariable variable;
  Regularizer regularizer;
  std::function<Tensor()> first_value;
};

/// The names of one store. Safe to use from several threads.
class Names {
 public:
  Names();
  ~Names();
  static const std::shared_ptr<Names>& current();

  /// 1, 2, ...: how often a layer of this kind asked for an automatic name.
  int next_layer_number(const std::string& base);

  /// Chooses `base`, `base_1`, ... and opens it inside `parent`: two threads never get the same.
  std::string open_unique_scope(const Scope& parent, const std::string& base);
  void open_scope(const std::string& path);
  void close_subscopes(const std::string& path);

  struct Obtained {
    Variable variable;
    bool created;
  };
  /// The variable of that name: found or made, as `request.reuse` says. ValueError otherwise, or
  /// when shape or dtype differ from what was found. `first_value` is kept, to begin again. It runs
  /// unlocked; when another thread made the variable meanwhile, that one is found.
  Obtained obtain(const VariableRequest& request, const std::function<Tensor()>& first_value);

  Variable find(const std::string& name) const;
  /// Makes the name free again, whoever holds the variable.
  void forget(const Variable& variable);
  /// Keeps a variable alive as long as the store.
  void keep(const Variable& variable);
  /// The living variables, in order of creation.
  std::vector<RegisteredVariable> variables() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace detail
}  // namespace reel
