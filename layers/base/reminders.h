// Reminders: what a training loop forgot to write, said when it takes a step.
//
// Two things go wrong without an error: a call that trains was never told so, and the losses of
// regularizers are added by nobody. Neither is known before a step, and a step knows no layer. So
// calls that a tape records leave notes in the ledger until a step on variables of the same net,
// which may be of several computations, reads them. Which net that is the layers know that have the
// variables, wherever these are named. What is due was done since the net's last step, by the
// moments of one counter. Each path of a layer (of losses: of a net) is named once. Penalties that
// no layer counts have an owner of their own each, and one net together. Notes are a thread's:
// gradients made in a worker, for a step in main, are not looked at.
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
  std::shared_ptr<Owner> layer, net;
  bool alone;  // a net without variables: no step is on its own
};

class Reminders {
 public:
  /// Layers are called under another outermost tape now.
  void begin();
  /// Keeps a note while a tape records, unless it was told before.
  void add(Reminder reminder);
  /// All losses are read, whenever their layers are called.
  void forget_losses();
  /// To be told of each step: warns of what its nets' calls left, but for layers that some call
  /// trained and losses that somebody read.
  void at_step(std::span<const VariableGradient> stepped);

 private:
  bool is_settled(const Reminder& reminder) const;
  void warn_of(const Reminder& first, const memory::Vector<Reminder>& due) const;

  memory::Vector<Reminder> notes_;
  std::uint64_t losses_read_at_ = 0;  // when all were
};

}  // namespace reel::detail
