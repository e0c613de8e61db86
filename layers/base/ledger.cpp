// Which entries are there: `begin_call` decides, at the start of each outermost call.
//
// Read before: ledger.h. Read next: layer_ledger.cpp.
#include <reel/layers/base/ledger.h>

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include <reel/core/inspect/graph.h>
#include <reel/core/recording.h>
#include <reel/core/runtime/joined.h>
#include <reel/core/runtime/log.h>
#include <reel/core/runtime/of_thread.h>
#include <reel/layers/base/call_frame.h>

namespace reel {
namespace detail {
namespace {

Ledger& own_ledger() {
  static thread_local constinit Ledger* own = nullptr;
  return own ? *own : make_of_thread<Ledger>([]() -> Ledger*& { return own; });
}

}  // namespace

// A rehearsal's is made when somebody asks: most call no layer.
Ledger& Ledger::current() {
  Rehearsal* const rehearsal = Rehearsal::innermost();
  if (!rehearsal) return own_ledger();
  if (!rehearsal->ledger) {
    const auto made = std::allocate_shared<Ledger>(memory::Allocator<Ledger>());
    made->around_ = CallFrame::innermost();
    rehearsal->ledger = made;
  }
  return *static_cast<Ledger*>(rehearsal->ledger.get());
}

bool depends(std::span<const TensorId> from, std::span<const TensorId> inputs,
             std::span<const TensorId> on) {
  const auto reached = [&](TensorId id) { return graph_reaches(on, id); };
  return std::any_of(from.begin(), from.end(), reached) ||
         (!graph_serial() && std::any_of(inputs.begin(), inputs.end(), reached));
}

memory::Vector<TensorId> ids_of(std::span<const Tensor> tensors) {
  memory::Vector<TensorId> ids;
  for (const Tensor& tensor : tensors) ids.push_back(tensor.id());
  return ids;
}

void Entries::clear() {
  losses.clear();
  updates.clear();
}

// There may be fewer by now, when the call opened and ended a tape.
WholeCall::~WholeCall() {
  if (is_done_) return;
  const auto shorten = [](auto& entries, std::size_t size) {
    if (size < entries.size())
      entries.erase(entries.begin() + static_cast<std::ptrdiff_t>(size), entries.end());
  };
  shorten(entries_.losses, losses_);
  shorten(entries_.updates, updates_);
}

void Ledger::drop_what_is_over() {
  const std::uint64_t now = graph_serial();
  if (serial_ == now) return;
  serial_ = now;
  recorded_.clear();
  recorded_calls_ = 0;
  last_was_unrecorded_ = now == 0;
  if (now != 0) reminders.begin();
  if (now == 0 || this != &own_ledger()) return;
  on_graph_end([](bool normally) {
    Ledger& own = own_ledger();
    if (normally) warn_of_forgotten(own.recorded_);
    own.recorded_.clear();
    own.last_was_unrecorded_ = true;
    own.serial_ = 0;
  });
}

Entries& Ledger::to_read() {
  drop_what_is_over();
  return last_was_unrecorded_ && !recording() ? unrecorded_ : recorded_;
}

Entries& Ledger::to_add_to() {
  drop_what_is_over();
  const bool unrecorded = running_call() ? last_was_unrecorded_ : !recording();
  return unrecorded ? unrecorded_ : recorded_;
}

Entries& Ledger::recorded() {
  drop_what_is_over();
  return recorded_;
}

void Ledger::begin_call() {
  if (running_call()) return;
  drop_what_is_over();
  last_was_unrecorded_ = !recording();
  if (recording()) ++recorded_calls_;
  unrecorded_.clear();
}

const CallFrame* Ledger::running_call() const {
  const CallFrame* innermost = CallFrame::innermost();
  return innermost == around_ ? nullptr : innermost;
}

Calls Ledger::calls() const {
  Calls calls;
  const CallFrame* outermost = nullptr;
  for (const CallFrame* frame = running_call(); frame && frame != around_; frame = frame->outer) {
    const memory::Vector<TensorId> ids = ids_of(frame->inputs);
    calls.inputs.insert(calls.inputs.begin(), ids.begin(), ids.end());
    outermost = frame;
  }
  if (!outermost) return calls;
  for (const Tensor& x : outermost->inputs) calls.outermost.push_back(x.shape());
  calls.number = last_was_unrecorded_ ? 1 : recorded_calls_;
  return calls;
}

// One warning a model, with all its variables in it: a net may have dozens of moving statistics.
void Ledger::warn_of_forgotten(const Entries& entries) {
  std::vector<Owner*> roots;
  const auto forgotten = [](const Update& update) {
    return !update.applied && update.layer->trainable &&
           update.variable.stored().id() == update.before;  // else somebody assigned one
  };
  for (const Update& update : entries.updates)
    if (forgotten(update) && !update.root->told->of_updates.exchange(true))
      roots.push_back(update.root.get());
  for (const Owner* root : roots) {
    std::vector<std::string> names;
    for (const Update& update : entries.updates)
      if (update.root.get() == root && forgotten(update) &&
          std::find(names.begin(), names.end(), update.variable.name()) == names.end())
        names.push_back(update.variable.name());
    logging::warning(
        "{}: updates were recorded but never applied: {}; call apply_updates() on it{} after the "
        "optimizer's step, inside the tape's block",
        root->path, detail::joined(names),
        root->gone ? ", or assign those of collections::update_ops()," : "");
  }
}

}  // namespace detail

Update Update::with_owner() const {
  Update copy = *this;
  copy.owner = layer->path;
  return copy;
}

}  // namespace reel
