// Above 300 lines because the sweep and the tape that it pauses are one subject.
#include <reel/core/tape.h>

#include <algorithm>
#include <bit>

#include <reel/core/ledger.h>
#include <reel/core/node_list.h>
#include <reel/core/ops.h>

namespace reel {

using detail::Node;
using detail::NodeList;

Tape::Tape(const TapeOptions& options) : list_(&NodeList::current()), options_(options) {
  const int level = std::countr_one(detail::active_tapes);
  if (level >= 32) throw RuntimeError("Tape: at most 32 tapes may be nested; got one more");
  list_->begin(*this);
  begin_ = list_->size();
  bit_ = std::uint32_t{1} << level;
  detail::active_tapes |= bit_;
  detail::paused_tapes &= ~bit_;
}

Tape::~Tape() {
  detail::active_tapes &= ~bit_;
  list_->end(*this);
}

void Tape::check_usable() const {
  if (list_ != &NodeList::current())
    throw RuntimeError("Tape: a tape must be used on the thread that made it");
  if (given_away_)
    throw RuntimeError(
        "Tape: the tape was given away by std::move(tape).gradient(...); "
        "call tape.gradient(...) to ask more than once");
}

void Tape::watch(const Tensor& x) {
  check_usable();
  const std::uint32_t slot = list_->slot_of(x.id());
  (slot != NodeList::none ? (*list_)[slot] : list_->append("watch", x.id(), 0)).watched = true;
}

void Tape::watch(const Variable& variable) {
  check_usable();
  list_->append_read(variable, variable.stored(), true);
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

Index Tape::size() const { return list_->size() - begin_; }

// --- pausing ---------------------------------------------------------------------------------

Tape::Pause::Pause(std::uint32_t mask) : before_(detail::paused_tapes) {
  detail::paused_tapes |= mask;
}
Tape::Pause::~Pause() { detail::paused_tapes = before_; }
Tape::Pause Tape::pause() const { return Pause(bit_); }

PauseRecording::PauseRecording() : before_(detail::paused_tapes) {
  detail::paused_tapes = ~std::uint32_t{0};
}
PauseRecording::~PauseRecording() { detail::paused_tapes = before_; }

// --- the sweep -------------------------------------------------------------------------------

namespace {

// Gradients by node, for the nodes in [low, top).
class Sweep {
 public:
  Sweep(NodeList& list, std::uint32_t low, std::uint32_t top)
      : list_(list), low_(low), is_source_(top - low), wanted_(top - low), gradients_(top - low) {}

  void add_source(std::uint32_t slot) { is_source_[slot - low_] = wanted_[slot - low_] = 1; }

  bool covers(std::uint32_t slot) const { return slot >= low_ && slot - low_ < wanted_.size(); }
  bool wants(std::uint32_t slot) const { return covers(slot) && wanted_[slot - low_]; }
  Tensor& gradient(std::uint32_t slot) { return gradients_[slot - low_]; }

  // A node is wanted when a source lies behind it; `bit` is the sweeping tape, which does not see
  // what ran while it was paused.
  void mark(std::uint32_t begin, std::uint32_t bit) {
    for (std::uint32_t slot = begin; slot - low_ < wanted_.size(); ++slot) {
      const Node& node = list_[slot];
      if (wanted_[slot - low_] || (node.paused & bit)) continue;
      for (const detail::Closure* c = node.closures; c && !wanted_[slot - low_]; c = c->next)
        for (std::uint32_t i = 0; i < c->count; ++i)
          if (wants(c->arguments[i].slot)) wanted_[slot - low_] = 1;
    }
  }

  void accumulate(std::uint32_t slot, Tensor gradient) {
    Tensor& sum = gradients_[slot - low_];
    if (!sum.defined())
      sum = std::move(gradient);
    else if (!detail::recording() && sum.unique())
      detail::add_into(sum, gradient);
    else
      sum = add(sum, gradient);
  }

  void run(std::uint32_t begin, std::uint32_t bit, bool free_nodes) {
    for (auto slot = low_ + static_cast<std::uint32_t>(wanted_.size()); slot-- > begin;) {
      Node& node = list_[slot];
      Tensor& sum = gradients_[slot - low_];
      if (sum.defined() && !(node.paused & bit)) {
        const Tensor dy = is_source_[slot - low_] ? sum : std::exchange(sum, Tensor());
        for (const detail::Closure* c = node.closures; c; c = c->next) run(node, *c, dy);
      }
      if (free_nodes) list_.destroy_closures(node);
    }
  }

 private:
  void run(const Node& node, const detail::Closure& closure, const Tensor& dy) {
    std::uint32_t mask = 0;
    for (std::uint32_t i = 0; i < closure.count; ++i)
      if (wants(closure.arguments[i].slot)) mask |= 1u << i;
    if (!mask) return;
    Tensor gradients[Gradients::max_count];
    closure.run(closure, dy, Wanted(mask), gradients);
    for (std::uint32_t i = 0; i < closure.count; ++i) {
      if (!(mask >> i & 1u) || !gradients[i].defined()) continue;
      const detail::Argument& argument = closure.arguments[i];
      if (argument.rank >= 0) {
        const Shape shape(std::span(argument.extents, static_cast<std::size_t>(argument.rank)));
        if (gradients[i].shape() != shape) {
          if (gradients[i].shape() != dy.shape()) throw_wrong_shape(node, shape, gradients[i]);
          gradients[i] = sum_to(gradients[i], shape);
        }
      } else if (gradients[i].shape() != dy.shape()) {
        throw_wrong_shape(node, dy.shape(), gradients[i]);
      }
      accumulate(argument.slot, std::move(gradients[i]));
    }
  }

  [[noreturn]] static void throw_wrong_shape(const Node& node, const Shape& expected,
                                             const Tensor& gradient) {
    throw ValueError("{}: a gradient rule must return shape {}; got {}", node.name, expected,
                     gradient.shape());
  }

  NodeList& list_;
  std::uint32_t low_;
  detail::PoolVector<char> is_source_;
  detail::PoolVector<char> wanted_;
  detail::PoolVector<Tensor> gradients_;
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
  if (options.output_gradients.size() > targets.size())
    throw ValueError("gradient: there must be at most {} output gradients; got {}", targets.size(),
                     options.output_gradients.size());
  const Pause pause_self(bit_);
  const DiscardEntries discard;  // rules that call layers leave neither losses nor updates

  std::vector<std::vector<std::uint32_t>> slots(sources.size());
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

  Sweep sweep(*list_, low, top);
  for (const auto& of_source : slots)
    for (std::uint32_t s : of_source) sweep.add_source(s);
  sweep.mark(begin_, bit_);

  std::vector<Tensor> results(sources.size());
  for (std::size_t t = 0; t < targets.size(); ++t) {
    const std::uint32_t slot = list_->slot_of(targets[t].id());
    const Tensor seed = seed_for(targets[t], t, options);
    if (slot != NodeList::none && sweep.wants(slot)) {
      sweep.accumulate(slot, seed);
    } else if (slot == NodeList::none) {  // not on the tape: it can only be a source itself
      for (std::size_t i = 0; i < sources.size(); ++i)
        if (sources[i] == targets[t].id())
          results[i] = results[i].defined() ? add(results[i], seed) : seed;
    }
  }
  sweep.run(begin_, bit_, free_nodes && list_->tape_count() == 1);

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
  std::vector<TensorId> ids;
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
  std::vector<TensorId> ids;
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
  auto result = sweep_variables(y, variables, options, true);
  given_away_ = true;
  return result;
}
std::vector<Tensor> Tape::gradient(const Targets& y, std::span<const Tensor> xs,
                                   const GradientOptions& options) && {
  auto result = sweep_tensors(y, xs, options, true);
  given_away_ = true;
  return result;
}
Tensor Tape::gradient(const Targets& y, const Tensor& x, const GradientOptions& options) && {
  auto result = sweep_tensors(y, std::span(&x, 1), options, true)[0];
  given_away_ = true;
  return result;
}
Tensor Tape::gradient(const Targets& y, const Variable& x, const GradientOptions& options) && {
  auto result = sweep_variables(y, std::span(&x, 1), options, true)[0].gradient;
  given_away_ = true;
  return result;
}

// --- free functions --------------------------------------------------------------------------

Tensor stop_gradient(const Tensor& x) {
  return record("stop_gradient", x.share(x.shape()), no_gradient(x));
}

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
