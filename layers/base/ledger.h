// The ledger: losses and updates that calls leave behind.
//
// A layer's call may add a loss (an activity regularizer's, say) or an update of a variable (a
// moving mean). Neither belongs to the layer: both are true of one computation. So they are kept
// here, with their owners, and go with the outermost tape of the thread, as the computation's own
// record does. With no tape recording, only those of the last outermost call are kept, so that
// nothing piles up. Invariant: an entry never outlives the tape that was outermost when it was
// made. An update that nobody applied by then is worth one warning per model. A `Rehearsal` has a
// ledger of its own, which goes with it. Read before: tape.h, call_frame.h. Read next: ledger.cpp,
// collections.h.
#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include <reel/core/runtime/pool_function.h>
#include <reel/core/tensor.h>
#include <reel/core/variable.h>
#include <reel/layers/base/reminders.h>
#include <reel/layers/scope/variable_store.h>

namespace reel {
namespace detail {

struct CallFrame;

// Who made an entry. Outlives the layer, so that an entry may.
struct Owner {
  std::string path;
  bool trainable = true;
  std::shared_ptr<Told> told = std::make_shared<Told>();  // its place's, from the first call on
  std::atomic<bool> told_of_early_read = false;
  std::atomic<bool> gone = false;  // nobody can ask the layer for its losses
  // The moments when it was last called to train, and its losses were last read.
  std::atomic<std::uint64_t> trained_at = 0, losses_read_at = 0;
  std::atomic<const Owner*> ran_in = nullptr;  // the net of the last recorded call; to compare only
  std::map<std::string, int> segments = {};    // of its children, with the last number behind each
  std::atomic<bool> made_frozen = false;  // a weight was to be trainable, but made while frozen
  std::atomic<bool> placed = false;       // it was looked at in which layer's call this one runs
  std::string stray_in = {};  // path of a layer that calls this one, but has no such child
  std::shared_ptr<const Owner> parent = {};
};

// The calls that an entry was made in.
struct Calls {
  memory::Vector<TensorId> inputs;  // of all of them, outermost first
  memory::Vector<Shape> outermost;  // shapes of the outermost one's inputs
  Index number = 0;  // of the outermost one in its computation; 0: no call was running
};

// A term of the losses. What a call added is in the ledger; what was given outside of calls is kept
// by its layer; a penalty is made when somebody reads, from what the variable store knows.
struct LossTerm {
  enum class Kind { tensor, activity, penalty, function };
  friend constexpr std::string_view name_of(Kind kind) {
    return name_in({"tensor", "activity", "penalty", "function"}, kind);
  }
  Kind kind;
  std::shared_ptr<const Owner> owner;
  PoolFunction<Tensor()> value;  // evaluated at each read
  bool conditional = false;      // whether it counts as depending on inputs
  Calls calls = {};
  Variable weight = {};  // that a penalty is on
};

using NextValue = PoolFunction<Tensor(const Tensor& old_value)>;

}  // namespace detail

/// A change of a variable that waits for `apply_updates`: a function from its old to its new value.
struct Update {
  Variable variable;
  detail::NextValue next;
  std::string owner = {};    ///< path of the layer that added it
  bool conditional = false;  ///< whether it depends on the inputs of a call
  bool applied = false;

  // --- for the ledger, whose own have no text in `owner`, since a step must not ask the heap -----
  std::shared_ptr<detail::Owner> layer = {}, root = {};
  TensorId before = 0;                 // the value that it is to change
  memory::Vector<TensorId> from = {};  // what it was computed from
  detail::Calls calls = {};
  Update with_owner() const;
};

namespace detail {

/// Whether something computed in calls with these `inputs` from the values `from` depends on one of
/// the tensors `on`: the record of the outermost tape answers, or identity where there is none.
bool depends(std::span<const TensorId> from, std::span<const TensorId> inputs,
             std::span<const TensorId> on);

memory::Vector<TensorId> ids_of(std::span<const Tensor> tensors);

struct Entries {
  memory::Vector<LossTerm> losses;
  memory::Vector<Update> updates;
  void clear();
};

// Takes back what a call has left behind, unless it gets `done`: a second try must not count twice.
class WholeCall {
 public:
  explicit WholeCall(Entries& entries)
      : entries_(entries), losses_(entries.losses.size()), updates_(entries.updates.size()) {}
  ~WholeCall();
  WholeCall(const WholeCall&) = delete;
  WholeCall& operator=(const WholeCall&) = delete;
  void done() { is_done_ = true; }

 private:
  Entries& entries_;
  const std::size_t losses_, updates_;
  bool is_done_ = false;
};

class Ledger {
 public:
  /// This thread's.
  static Ledger& current();

  /// What to read: the entries of the computation that ran last.
  Entries& to_read();
  /// Where an entry made now goes: to the list with which its outermost call began, even if the
  /// tape was paused further in.
  Entries& to_add_to();
  /// The entries of the outermost tape's computation.
  Entries& recorded();

  /// To be told of each call before its frame is there.
  void begin_call();
  /// The innermost call that is running, if any; of a rehearsal, inside it.
  const CallFrame* running_call() const;
  /// The calls that are running.
  Calls calls() const;

  Reminders reminders;  ///< of what tapes recorded in this thread since its last step

 private:
  void drop_what_is_over();
  static void warn_of_forgotten(const Entries& entries);

  Entries recorded_;                   // of the outermost tape
  Entries unrecorded_;                 // of the last outermost call that no tape recorded
  bool last_was_unrecorded_ = true;    // whether that call came after the recorded ones
  std::uint64_t serial_ = 0;           // of the tape that `recorded_` goes with
  Index recorded_calls_ = 0;           // outermost ones under that tape so far
  const CallFrame* around_ = nullptr;  // the call that a rehearsal runs in
};

}  // namespace detail
}  // namespace reel
