#include <reel/layers/reports/ledger_table.h>

#include <ostream>
#include <unordered_map>

#include <reel/core/ops.h>
#include <reel/core/runtime/columns.h>
#include <reel/core/runtime/joined.h>

namespace reel {
namespace {

using detail::LossTerm;

// What a loss depends on, as far as the tape knows: the inputs of the outermost call that reach it.
// A function's value is not on the tape, so it counts as depending on all of them.
std::string condition(const LossTerm& term, const Tensor& loss, const Tape& tape) {
  if (!term.conditional) return "";
  const detail::Calls& calls = term.calls;
  if (calls.number == 0) return "inputs";
  std::vector<std::string> reached, all;
  for (std::size_t i = 0; i < calls.outermost.size(); ++i) {
    const std::string text = calls.outermost.size() == 1
                                 ? calls.outermost[i].str()
                                 : fmt::format("{} {}", i + 1, calls.outermost[i]);
    all.push_back(text);
    if (tape.reaches(std::span(&calls.inputs[i], 1), loss)) reached.push_back(text);
  }
  return fmt::format("call {}: input {}", calls.number,
                     detail::joined(reached.empty() ? all : reached));
}

std::string name_of(const Regularizer& regularizer) {
  return regularizer.name().empty() ? "regularizer" : regularizer.name();
}

std::string last_part(const std::string& path) { return path.substr(path.rfind('/') + 1); }

}  // namespace

// The layer's own walk over its losses, so that the rows are those of `losses()`, in that order.
LedgerTable ledger(const Layer& layer, const Tape& tape) {
  detail::Entries& recorded = detail::Ledger::current().recorded();
  const memory::Vector<LossTerm> of_calls = recorded.losses;
  const PauseRecording pause;
  LedgerTable table{.name = layer.path(), .losses = {}, .updates = {}, .total = 0};
  std::unordered_map<const Layer*, int> added;
  layer.read_losses(of_calls, [&](const Layer& owner, const LossTerm& term, const Tensor& loss) {
    LedgerLoss row{.owner = owner.path(),
                   .conditional_on = condition(term, loss, tape),
                   .value = sum(loss).item()};
    if (term.kind == LossTerm::Kind::penalty)
      row.name = fmt::format("{} of {}", name_of(owner.names_->regularizer_of(term.weight)),
                             last_part(term.weight.name()));
    else if (term.kind == LossTerm::Kind::activity)
      row.name = fmt::format("{} of the output", name_of(owner.activity_regularizer()));
    else
      row.name = fmt::format("add_loss {}", ++added[&owner]);
    table.total += row.value;
    table.losses.push_back(std::move(row));
  });
  for (LedgerLoss& loss : table.losses)
    loss.share = table.total == 0 ? 0 : loss.value / table.total;
  for (const Update* update : layer.updates_in(recorded))
    table.updates.push_back(update->with_owner());
  return table;
}

// Losses and updates are two tables, each there only when it has rows.
std::string LedgerTable::str() const {
  const auto count = [](std::size_t n, const char* one, const char* several) {
    return fmt::format("{} {}", n, n == 1 ? one : several);
  };
  std::string text =
      fmt::format("{}: {}, total {:.6g}; {}\n", name, count(losses.size(), "loss", "losses"), total,
                  count(updates.size(), "update", "updates"));
  if (!losses.empty()) {
    std::vector<std::vector<std::string>> rows{
        {"loss", "owner", "conditional on", "value", "share"}};
    for (const LedgerLoss& loss : losses)
      rows.push_back(
          {loss.name, loss.owner, loss.conditional_on.empty() ? "-" : loss.conditional_on,
           fmt::format("{:.6g}", loss.value), fmt::format("{:.1f} %", 100 * loss.share)});
    text += detail::in_columns(rows, 2);
  }
  if (updates.empty()) return text;
  std::vector<std::vector<std::string>> rows{{"update", "owner", "applied"}};
  std::size_t waiting = 0;
  for (const LedgerUpdate& update : updates) {
    rows.push_back({update.variable.name(), update.owner, update.applied ? "yes" : "no"});
    waiting += !update.applied;
  }
  text += detail::in_columns(rows);
  if (waiting > 0)
    text += fmt::format("{} not applied: call apply_updates() on {}\n",
                        count(waiting, "update", "updates"), name);
  return text;
}

std::ostream& operator<<(std::ostream& out, const LedgerTable& table) { return out << table.str(); }

}  // namespace reel
