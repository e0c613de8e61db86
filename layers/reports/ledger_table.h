// What a computation has put into the ledger, as a table: where did this loss come from?
//
// Each loss term of a layer and those below stands in it once, with its share of the total, and
// each update that their calls queued, with whether it was applied. The tape answers on which
// inputs a term depends. Decision: the values are read with recording paused, so looking at the
// ledger changes nothing, and the table holds numbers, names and copies: it may outlive the tape.
// Read before: ledger.h, layer.h.
#pragma once

#include <iosfwd>
#include <string>
#include <vector>

#include <reel/core/tape.h>
#include <reel/layers/base/layer.h>

namespace reel {

/// A term of a layer's losses.
struct LedgerLoss {
  std::string name = {};       ///< "l2 of kernel", "l1 of the output", "add_loss 1"
  std::string owner;           ///< path of the layer that added it
  std::string conditional_on;  ///< "call 1: input (8, 28, 28, 1)"; empty when on no input
  double value = 0;
  double share = 0;  ///< of the total; 0 when the total is 0
};

using LedgerUpdate = Update;

struct LedgerTable {
  std::string name;  ///< path of the layer
  std::vector<LedgerLoss> losses;
  std::vector<Update> updates;  ///< in the order of the calls
  double total = 0;             ///< of the losses
  /// The table as text; its last line says what to call when updates wait.
  std::string str() const;
};

/// The losses of the computation on `tape` in the order of `layer.losses()`, and its updates. The
/// entries are those of the thread's outermost tape; `tape` may be one inside.
LedgerTable ledger(const Layer& layer, const Tape& tape);

std::ostream& operator<<(std::ostream& out, const LedgerTable& table);

}  // namespace reel

template <>
struct fmt::formatter<reel::LedgerTable> : reel::detail::StrFormatter<reel::LedgerTable> {};
