// Reminders: what a training loop forgot to write, said when it takes a step.
//
// Two things go wrong without an error: a call that trains was never told so, and the losses of
// regularizers are added by nobody. Neither is known before a step, and a step knows no layer. So
// calls that a tape records leave notes in the ledger until the next step, which may be of several
// computations, and a step on variables of the same net reads them. Each path of a layer (of
// losses: of a net) is named once; what was named leaves no more notes, and a layer one of a kind.
// Penalties that no layer counts have an owner of their own each, and one net together.
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
  /// Layers are called under another outermost tape now, which has this number.
  void begin(std::uint64_t serial);
  /// Keeps a note while a tape records, unless it was told before.
  void add(Reminder reminder);
  /// All losses of the present computation are read, whenever their layers are called.
  void forget_losses();
  /// To be told of each step: warns of what its nets' calls left, but for layers that some call
  /// trained and losses that somebody read.
  void at_step(std::span<const VariableGradient> stepped);

 private:
  bool is_settled(const Reminder& reminder) const;

  memory::Vector<Reminder> notes_;
  std::uint64_t last_ = 0, at_last_step_ = 0;
  std::uint64_t losses_read_in_ = 0;  // when all losses were read
};

}  // namespace reel::detail
