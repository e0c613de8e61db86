// The variable store: every name of a variable, and who has it.
//
// Two makers share a variable only when they ask for the same path and say so (`reuse`); otherwise
// the second one is an error. Decision: names are counted in a `VariableStore`, one default a
// process, not in tapes; a test or a second model that wants fresh names makes a store of its own.
// The store keeps weak handles, so it never keeps a layer's weights alive; only what nobody owns is
// kept by it: functional layers, and the variables of `get_variable`. It also knows what each
// variable was made with: its penalty and its first value. Read before: scope.h. Read next:
// variable_store.cpp, collections.h.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <reel/layers/scope/scope.h>

namespace reel {
namespace detail {

class Names;
struct Owner;  // ledger.h

}  // namespace detail

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
  std::uint64_t number;  // in order of creation
  std::weak_ptr<const Owner> owner = {};
  std::shared_ptr<Owner> penalised = {};  // whose loss the penalty is; none without a regularizer
};

/// 1, 2, ...: counts what happens, in all threads.
std::uint64_t next_moment();

// What was said of the layers of a path, so that nothing is said twice: of a root's updates, of a
// net's losses. Whoever has the path shares it, since a functional form makes a layer each time.
struct Told {
  std::atomic<bool> of_updates = false, of_mode = false, of_losses = false;
  std::atomic<std::uint64_t> stepped_at = next_moment();  // the last step on it as a net, if any
  std::atomic<int> made_anew = 0;  // how often a recorded call made its weights
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
  /// The regularizer that a variable was made with, or none.
  Regularizer regularizer_of(const Variable& variable) const;
  /// The layer that a variable was made for, if it lives.
  void set_owner(const Variable& variable, std::weak_ptr<const Owner> owner);
  std::shared_ptr<const Owner> owner_of(const Variable& variable) const;
  /// Whose loss the variable's penalty is: the layer's that counts it, else nobody's but its own.
  void set_penalised(const Variable& variable, const std::shared_ptr<Owner>& owner);
  std::shared_ptr<Owner> penalised(const Variable& variable) const;
  /// Of the variables that no layer counts the penalties of, together.
  const std::shared_ptr<Owner>& no_layer() const;
  /// What was said of the layers of that path.
  std::shared_ptr<Told> told_of(const std::string& path);
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
