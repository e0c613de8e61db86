#include <reel/core/tape.h>

#include <algorithm>
#include <bit>

#include <reel/core/backward_pass.h>
#include <reel/core/inspect/nan_check.h>
#include <reel/core/ops.h>

namespace reel {

using detail::NodeList;

Tape::Tape(const TapeOptions& options) : list_(&NodeList::current()), options_(options) {
  const int level = std::countr_one(detail::active_tapes);
  if (level >= 32) throw RuntimeError("Tape: at most 32 tapes may be nested; got one more");
  options_.check_numerics |= detail::environment_checks_numerics();
  bit_ = std::uint32_t{1} << level;
  list_->begin(*this);
  begin_ = list_->size();
  arena_before_ = list_->arena().bytes();
  detail::active_tapes |= bit_;
  detail::paused_tapes &= ~bit_;
}

Tape::~Tape() {
  detail::active_tapes &= ~bit_;
  list_->end(*this);
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

void Tape::watch(const Tensor& x) {
  check_usable();
  if (!x.defined()) throw ValueError("Tape: watch needs a tensor; got an undefined one");
  const std::uint32_t slot = list_->slot_of(x.id());
  list_->watch(slot != NodeList::none ? (*list_)[slot] : list_->append("watch", x.id(), 0));
}

void Tape::watch(const Variable& variable) {
  check_usable();
  if (!variable.defined()) throw ValueError("Tape: watch needs a variable; got none");
  list_->append_read(variable, variable.stored(), true);
}

void Tape::watch(std::span<const Variable> variables) {
  for (const Variable& variable : variables) watch(variable);
}

std::vector<Variable> Tape::watched_variables() const {
  check_usable();
  std::vector<Variable> result;
  for (const detail::Read& read : list_->reads())
    if (read.slot >= begin_ && (*list_)[read.slot].watched &&
        std::find(result.begin(), result.end(), read.variable) == result.end())
      result.push_back(read.variable);
  return result;
}

bool Tape::reaches(std::span<const TensorId> from, const Tensor& y) const {
  check_usable();
  return list_->reaches(begin_, from, y.id());
}

void Tape::reset() {
  check_thread();
  check_recording("reset");
  if (list_->tape_count() == 1) {  // else the nodes are the enclosing tapes' as well
    list_->end(*this);
    list_->begin(*this);
  }
  begin_ = list_->size();
  arena_before_ = list_->arena().bytes();
  given_away_ = false;
}

// --- pausing ---------------------------------------------------------------------------------

Tape::Pause Tape::pause() const {
  check_usable();
  check_recording("pause");
  return Pause(bit_);
}

// --- gradients -------------------------------------------------------------------------------

namespace {

// At the end, also by an error: the sweep may have freed rules by then, and a tape that lacks some
// would answer with wrong zeros.
struct GivesAway {
  bool& given_away;
  ~GivesAway() { given_away = true; }
};

Tensor seed_for(const Tensor& y, std::size_t i, const GradientOptions& options) {
  if (i >= options.output_gradients.size() || !options.output_gradients[i].defined())
    return ones_like(y);
  const Tensor& dy = options.output_gradients[i];
  if (dy.shape() != y.shape())
    throw ValueError("gradient: output gradient {} must have the target's shape {}; got {}", i,
                     y.shape(), dy.shape());
  if (dy.dtype() != y.dtype())
    throw TypeError("gradient: output gradient {} must be {} as the target; got {}", i, y.dtype(),
                    dy.dtype());
  return dy;
}

}  // namespace

// `sources` are ids of tensors or of variables: the nodes of a variable are its reads.
std::vector<Tensor> Tape::sweep(const Targets& y, std::span<const TensorId> sources,
                                const GradientOptions& options, bool free_nodes) const {
  check_usable();
  const std::vector<Tensor>& targets = y.tensors();
  for (const Tensor& target : targets)
    if (!target.defined())
      throw TypeError("gradient: a target must be a tensor; got an undefined one");
  if (options.output_gradients.size() > targets.size())
    throw ValueError("gradient: there must be at most {} output gradients; got {}", targets.size(),
                     options.output_gradients.size());
  // Rules that call layers leave neither losses nor updates.
  const Rehearsal rehearsal(Rehearsal::Draws::go_on);
  detail::paused_tapes |= bit_;

  memory::Vector<memory::Vector<std::uint32_t>> slots(sources.size());
  std::uint32_t low = begin_, top = begin_;
  for (std::size_t i = 0; i < sources.size(); ++i) {
    const std::uint32_t slot = list_->slot_of(sources[i]);
    if (slot != NodeList::none) slots[i].push_back(slot);
    for (std::uint32_t r = list_->last_read(sources[i]); r != NodeList::none;
         r = list_->reads()[r].previous)
      slots[i].push_back(list_->reads()[r].slot);
    for (std::uint32_t s : slots[i]) low = std::min(low, s);
  }
  for (const Tensor& target : targets)
    if (const std::uint32_t slot = list_->slot_of(target.id()); slot != NodeList::none)
      top = std::max(top, slot + 1);
  for (const auto& of_source : slots)
    for (std::uint32_t s : of_source) top = std::max(top, s + 1);
  for (const detail::Segment& segment : list_->segments)  // which are swept as a whole
    if (segment.begin < top) top = std::max(top, segment.end);

  detail::Sweep sweep(*list_,
                      {.begin = begin_,
                       .bit = bit_,
                       .check_numbers = options_.check_numerics,
                       .free_nodes = free_nodes && list_->tape_count() == 1},
                      low, top);
  for (const auto& of_source : slots)
    for (std::uint32_t s : of_source) sweep.add_source(s);
  sweep.mark();

  std::vector<Tensor> results(sources.size());
  for (std::size_t t = 0; t < targets.size(); ++t) {
    const std::uint32_t slot = list_->slot_of(targets[t].id());
    const Tensor seed = seed_for(targets[t], t, options);
    if (slot != NodeList::none && sweep.wants(slot)) {
      sweep.accumulate(slot, Tensor(seed));
    } else if (slot == NodeList::none) {  // not on the tape: it can only be a source itself
      for (std::size_t i = 0; i < sources.size(); ++i)
        if (sources[i] == targets[t].id())
          results[i] = results[i].defined() ? add(results[i], seed) : seed;
    }
  }
  sweep.run();

  for (std::size_t i = 0; i < sources.size(); ++i)
    for (std::uint32_t s : slots[i]) {
      const Tensor& gradient = sweep.gradient(s);
      if (!gradient.defined()) continue;
      results[i] = results[i].defined() ? add(results[i], gradient) : gradient;
    }
  return results;
}

std::vector<Tensor> Tape::sweep_tensors(const Targets& y, std::span<const Tensor> xs,
                                        const GradientOptions& options, bool free_nodes) const {
  memory::Vector<TensorId> ids;
  for (const Tensor& x : xs) ids.push_back(x.id());
  std::vector<Tensor> gradients = sweep(y, ids, options, free_nodes);
  for (std::size_t i = 0; i < xs.size(); ++i) {
    if (gradients[i].defined() || options.unconnected == Unconnected::none) continue;
    if (options.unconnected == Unconnected::error)
      throw ValueError(
          "gradient: the target must depend on every source; it does not depend on source {} of "
          "shape {}; watch it before it is used, or pass {{.unconnected = Unconnected::zeros}}",
          i, xs[i].shape());
    gradients[i] = zeros_like(xs[i]);
  }
  return gradients;
}

std::vector<VariableGradient> Tape::sweep_variables(const Targets& y,
                                                    std::span<const Variable> variables,
                                                    const GradientOptions& options,
                                                    bool free_nodes) const {
  memory::Vector<TensorId> ids;
  for (const Variable& variable : variables) ids.push_back(variable.id());
  std::vector<Tensor> gradients = sweep(y, ids, options, free_nodes);
  std::vector<VariableGradient> result;
  for (std::size_t i = 0; i < variables.size(); ++i) {
    if (!gradients[i].defined() && options.unconnected == Unconnected::error)
      throw ValueError(
          "gradient: the target must depend on every source; it does not depend on variable {}; "
          "pass {{.unconnected = Unconnected::zeros}}, or none",
          variables[i].name());
    if (!gradients[i].defined() && options.unconnected == Unconnected::zeros)
      gradients[i] = zeros(variables[i].shape(), variables[i].dtype());
    result.push_back({variables[i], std::move(gradients[i])});
  }
  return result;
}

std::vector<VariableGradient> Tape::gradient(const Targets& y, std::span<const Variable> variables,
                                             const GradientOptions& options) const& {
  return sweep_variables(y, variables, options, false);
}
std::vector<Tensor> Tape::gradient(const Targets& y, std::span<const Tensor> xs,
                                   const GradientOptions& options) const& {
  return sweep_tensors(y, xs, options, false);
}
Tensor Tape::gradient(const Targets& y, const Tensor& x, const GradientOptions& options) const& {
  return sweep_tensors(y, std::span(&x, 1), options, false)[0];
}
Tensor Tape::gradient(const Targets& y, const Variable& x, const GradientOptions& options) const& {
  return sweep_variables(y, std::span(&x, 1), options, false)[0].gradient;
}

std::vector<VariableGradient> Tape::gradient(const Targets& y, std::span<const Variable> variables,
                                             const GradientOptions& options) && {
  check_usable();
  const GivesAway gives_away{given_away_};
  return sweep_variables(y, variables, options, true);
}
std::vector<Tensor> Tape::gradient(const Targets& y, std::span<const Tensor> xs,
                                   const GradientOptions& options) && {
  check_usable();
  const GivesAway gives_away{given_away_};
  return sweep_tensors(y, xs, options, true);
}
Tensor Tape::gradient(const Targets& y, const Tensor& x, const GradientOptions& options) && {
  check_usable();
  const GivesAway gives_away{given_away_};
  return sweep_tensors(y, std::span(&x, 1), options, true)[0];
}
Tensor Tape::gradient(const Targets& y, const Variable& x, const GradientOptions& options) && {
  check_usable();
  const GivesAway gives_away{given_away_};
  return sweep_variables(y, std::span(&x, 1), options, true)[0].gradient;
}

// --- free functions --------------------------------------------------------------------------

std::uint64_t graph_serial() { return detail::active_tapes ? NodeList::current().serial() : 0; }

bool graph_reaches(std::span<const TensorId> from, TensorId y) {
  if (!detail::active_tapes) return std::find(from.begin(), from.end(), y) != from.end();
  return NodeList::current().reaches(0, from, y);
}

void on_graph_end(std::function<void(bool normally)> f) {
  if (!detail::active_tapes)
    throw RuntimeError("on_graph_end: a tape must be active on this thread");
  NodeList::current().on_end.push_back(std::move(f));
}

}  // namespace reel
