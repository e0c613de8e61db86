#include <reel/layers/base/ledger.h>

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include <reel/core/inspect/graph.h>
#include <reel/core/recording.h>
#include <reel/core/runtime/log.h>

namespace reel {
namespace detail {
namespace {

thread_local Ledger own_ledger;

}  // namespace

// A rehearsal's is made when somebody asks: most call no layer.
Ledger& Ledger::current() {
  Rehearsal* const rehearsal = Rehearsal::innermost();
  if (!rehearsal) return own_ledger;
  if (!rehearsal->ledger)
    rehearsal->ledger = std::allocate_shared<Ledger>(memory::Allocator<Ledger>());
  return *static_cast<Ledger*>(rehearsal->ledger.get());
}

bool depends(std::span<const TensorId> from, std::span<const TensorId> inputs,
             std::span<const TensorId> on) {
  const auto reached = [&](TensorId id) { return graph_reaches(on, id); };
  return std::any_of(from.begin(), from.end(), reached) ||
         (!graph_serial() && std::any_of(inputs.begin(), inputs.end(), reached));
}

void Entries::clear() {
  losses.clear();
  updates.clear();
}

void Ledger::drop_what_is_over() {
  const std::uint64_t now = graph_serial();
  if (serial_ == now) return;
  serial_ = now;
  recorded_.clear();
  recorded_calls_ = 0;
  last_was_loose_ = now == 0;
  if (now == 0 || this != &own_ledger) return;
  on_graph_end([](bool normally) {
    if (normally) warn_of_forgotten(own_ledger.recorded_);
    own_ledger.recorded_.clear();
    own_ledger.last_was_loose_ = true;
    own_ledger.serial_ = 0;
  });
}

Entries& Ledger::shown() {
  drop_what_is_over();
  return last_was_loose_ && !recording() ? loose_ : recorded_;
}

Entries& Ledger::open() {
  drop_what_is_over();
  return calls_.empty() ? recording() ? recorded_ : loose_ : last_was_loose_ ? loose_ : recorded_;
}

Entries& Ledger::recorded() {
  drop_what_is_over();
  return recorded_;
}

Calls Ledger::calls() const {
  Calls calls;
  if (calls_.empty()) return calls;
  for (const std::span<const Tensor> inputs : calls_)
    for (const Tensor& x : inputs) calls.inputs.push_back(x.id());
  for (const Tensor& x : calls_[0]) calls.outermost.push_back(x.shape());
  calls.number = last_was_loose_ ? 1 : recorded_calls_;
  return calls;
}

void Ledger::warn_of_forgotten(const Entries& entries) {
  std::vector<Owner*> roots;
  const auto forgotten = [](const UpdateEntry& entry) {
    return !entry.applied && entry.owner->trainable;
  };
  for (const UpdateEntry& entry : entries.updates)
    if (forgotten(entry) && !entry.root->warned.exchange(true)) roots.push_back(entry.root.get());
  for (const Owner* root : roots) {
    std::vector<std::string> names;
    for (const UpdateEntry& entry : entries.updates)
      if (entry.root.get() == root && forgotten(entry) &&
          std::find(names.begin(), names.end(), entry.variable.name()) == names.end())
        names.push_back(entry.variable.name());
    logging::warning(
        "{}: updates were recorded but never applied: {}; call apply_updates() on it after the "
        "optimizer's step, inside the tape's block",
        root->path, fmt::join(names, ", "));
  }
}

LedgerCall::LedgerCall(std::span<const Tensor> inputs) : ledger_(Ledger::current()) {
  if (ledger_.calls_.empty()) {
    ledger_.drop_what_is_over();
    ledger_.last_was_loose_ = !recording();
    if (recording()) ++ledger_.recorded_calls_;
    ledger_.loose_.clear();
  }
  ledger_.calls_.push_back(inputs);
}

LedgerCall::~LedgerCall() { ledger_.calls_.pop_back(); }

}  // namespace detail

}  // namespace reel
