// Reminders: what a training loop forgot to write, said when it takes a step.
//
// Two things go wrong without an error: a call that trains was never told so, and the losses of
// regularizers are added by nobody. Neither is known before a step, and a step knows no layer. So
// calls that a tape records leave notes in the ledger until the next such computation, and a step
// on variables of the same net reads them. Each layer (of losses: each net) is named once in its
// life; what was named leaves no more notes, and a loop that forgets nothing leaves few.
// Read before: ledger.h, which tells of forgotten updates. Read next: reminders.cpp.
#pragma once

#include <cstdint>
#include <memory>
#include <span>

#include <reel/core/gradient_options.h>

namespace reel::detail {

struct Owner;

struct Reminder {
  enum Kind {
    mode,   // the layer ran as in inference because nobody said whether it trains
    losses  // the layer has losses
  } kind;
  std::shared_ptr<Owner> layer, root;
  bool alone;  // a root without variables: no step is on its own
};

class Reminders {
 public:
  /// Keeps a note while a tape records, unless it was told before.
  void add(Reminder reminder);
  /// Of the present computation's losses nobody need be reminded any more.
  void forget_losses();
  /// To be told of each step: warns of what its nets' calls left, but for layers that some call
  /// trained and losses that somebody read.
  void at_step(std::span<const VariableGradient> stepped);

 private:
  bool is_settled(const Reminder& reminder) const;

  memory::Vector<Reminder> notes_;
  std::uint64_t serial_ = 0;  // of the outermost tape that they go with, which may have ended
};

}  // namespace reel::detail
