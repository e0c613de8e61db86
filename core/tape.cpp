// How a tape begins, pauses, starts afresh and ends, and what it refuses.
//
// A tape is a bit in the masks of this thread's tapes (recording.h) and the interval of the list
// from its first node on. Invariant: the bit is the lowest that no active tape has, so nested tapes
// may end in any order. What it watches is in marks.cpp, what a person asks in tape_nodes.cpp.
// Price: 32 tapes a thread, of no use on another. Read before: tape.h. Read next: gradients.cpp.
#include <reel/core/tape.h>

#include <bit>

#include <reel/core/observer.h>

namespace reel {

using detail::NodeList;

// What may fail comes before the tape is active.
Tape::Tape(const TapeOptions& options)
    : list_(&NodeList::current()),
      watches_variables_(options.watch_accessed_variables && !options.watch.list),
      named_(options.watch.list.value_or(std::vector<Variable>())) {
  const int level = std::countr_one(detail::active_tapes);
  if (level >= 32) throw RuntimeError("Tape: at most 32 tapes may be nested; got one more");
  bit_ = std::uint32_t{1} << level;
  nan_check_ = detail::make_nan_check(bit_, options.check_numerics);
  detail::wait_as_environment_says();
  if (detail::active_tapes == 0) list_->be_observed();
  list_->observers.reserve(list_->observers.size() + 2);
  if (options.trace) options.trace->attach(*list_);  // first: what the check stops at is in it
  begin();
  if (nan_check_) list_->observers.push_back(nan_check_.get());
}

void Tape::begin() {
  list_->watches.reserve(list_->watches.size() + named_.size());
  list_->begin(bit_, watches_variables_);
  begin_ = list_->size();
  last_id_before_ = detail::last_id;
  arena_before_ = list_->arena_bytes();
  for (const Variable& variable : named_)
    list_->watches.push_back({bit_, variable.id(), detail::no_node, begin_});
}

// What hangs on the end of the graph runs without the check.
Tape::~Tape() {
  std::erase(list_->observers, nan_check_.get());
  list_->end(bit_);
}

void Tape::check_thread() const {
  if (list_ != &NodeList::current())
    throw RuntimeError("Tape: a tape must be used on the thread that made it");
}

void Tape::check_usable() const {
  check_thread();
  if (given_away_)
    throw RuntimeError(
        "Tape: the tape was given away by std::move(tape).gradient(...); "
        "call tape.gradient(...) to ask more than once");
}

void Tape::check_recording(const char* operation) const {
  if (detail::paused_tapes & bit_)
    throw ValueError("Tape: {} needs a tape that records; this one is paused", operation);
}

Tape::Pause Tape::pause() const {
  check_usable();
  check_recording("pause");
  return Pause(bit_);
}

// Within another tape the nodes are that one's as well and stay.
void Tape::reset() {
  check_thread();
  check_recording("reset");
  list_->end(bit_);
  begin();
  given_away_ = false;
}

}  // namespace reel
