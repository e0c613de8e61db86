// The ledger: losses and updates that calls leave behind.
//
// A layer's call may add a loss (an activity regularizer's, say) or an update of a variable (a
// moving mean). Neither belongs to the layer: both are true of one computation. So they are kept
// here, by owner, and go with the outermost tape of the thread, as the computation's own record
// does. With no tape recording, only those of the last outermost call are kept, so that nothing
// piles up. Invariant: an entry never outlives the tape that was outermost when it was made. An
// update that nobody applied by then is worth one warning per model. A `Rehearsal` has a
// ledger of its own, which goes with it. Read before: tape.h. Read next: collections.h,
// layers/base/layer.h.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include <reel/core/runtime/pool_function.h>
#include <reel/core/tensor.h>
#include <reel/core/variable.h>

namespace reel {

/// A change of a variable that waits for `apply_updates`: a function from its old to its new value.
struct Update {
  Variable variable;
  std::function<Tensor(const Tensor& old_value)> next;
  std::string owner;         ///< path of the layer that added it
  bool conditional = false;  ///< whether it depends on the inputs of a call
  bool applied = false;
};

namespace detail {

// Who made an entry. Outlives the layer, so that an entry may.
struct Owner {
  std::string path;
  bool trainable = true;
  std::atomic<bool> warned = false;  // on a model's root: its forgotten updates were named already
};

// The calls that an entry was made in.
struct Calls {
  memory::Vector<TensorId> inputs;  // of all of them, outermost first
  memory::Vector<Shape> outermost;  // shapes of the outermost one's inputs
  Index number = 0;  // of the outermost one in its computation; 0: no call was running
};

// A term of the losses: a tensor, or a function that is evaluated at each read.
struct LossEntry {
  enum class Kind { tensor, function, activity };
  std::shared_ptr<const Owner> owner;
  PoolFunction<Tensor()> value;
  bool conditional;
  Calls calls;
  Kind kind;
};

using NextValue = PoolFunction<Tensor(const Tensor& old_value)>;

// What `Update` is made from when somebody asks.
struct UpdateEntry {
  std::shared_ptr<const Owner> owner;
  std::shared_ptr<Owner> root;
  Variable variable;
  NextValue next;
  bool conditional;
  bool applied;
  memory::Vector<TensorId> from;  // what it was computed from
  Calls calls;
  Update update() const { return {variable, next, owner->path, conditional, applied}; }
};

/// Whether something computed in calls with these `inputs` from the values `from` depends on one of
/// the tensors `on`: the record of the outermost tape answers, or identity where there is none.
bool depends(std::span<const TensorId> from, std::span<const TensorId> inputs,
             std::span<const TensorId> on);

struct Entries {
  memory::Vector<LossEntry> losses;
  memory::Vector<UpdateEntry> updates;
  void clear();
};

class Ledger {
 public:
  /// This thread's.
  static Ledger& current();

  /// What to read: the entries of the computation that ran last.
  Entries& shown();
  /// Where an entry made now goes: with the outermost call, wherever that pauses inside.
  Entries& open();

  /// The entries of the outermost tape's computation.
  Entries& recorded();

  /// The calls that are running.
  Calls calls() const;
  /// The inputs of the call that is running.
  std::span<const Tensor> innermost_inputs() const { return calls_.back(); }
  bool in_call() const { return !calls_.empty(); }

 private:
  friend class LedgerCall;
  void drop_what_is_over();
  static void warn_of_forgotten(const Entries& entries);

  Entries recorded_;            // of the outermost tape
  Entries loose_;               // of the last outermost call that no tape recorded
  bool last_was_loose_ = true;  // whether that call came after the recorded ones
  std::uint64_t serial_ = 0;    // of the tape that `recorded_` goes with
  Index recorded_calls_ = 0;    // outermost ones under that tape so far
  memory::Vector<std::span<const Tensor>> calls_;
};

/// A call of a layer while in scope.
class LedgerCall {
 public:
  explicit LedgerCall(std::span<const Tensor> inputs);
  ~LedgerCall();
  LedgerCall(const LedgerCall&) = delete;
  LedgerCall& operator=(const LedgerCall&) = delete;

 private:
  Ledger& ledger_;
};

}  // namespace detail

}  // namespace reel
