#include <reel/core/tape.h>

#include <algorithm>
#include <bit>

#include <reel/core/ops/factories.h>

namespace reel {

using detail::NodeIndex;
using detail::NodeList;

Tape::Tape(const TapeOptions& options)
    : list_(&NodeList::current()), watches_variables_(options.watch_accessed_variables) {
  const int level = std::countr_one(detail::active_tapes);
  if (level >= 32) throw RuntimeError("Tape: at most 32 tapes may be nested; got one more");
  bit_ = std::uint32_t{1} << level;
  nan_check_ = detail::make_nan_check(bit_, options.check_numerics);
  list_->begin(bit_, watches_variables_);
  if (nan_check_) list_->observers.push_back(nan_check_.get());
  begin_ = list_->size();
  arena_before_ = list_->arena_bytes();
  detail::active_tapes |= bit_;
  detail::paused_tapes &= ~bit_;
}

Tape::~Tape() {
  detail::active_tapes &= ~bit_;
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

void Tape::watch(const Tensor& x) {
  check_usable();
  if (!x.defined()) throw ValueError("Tape: watch needs a tensor; got an undefined one");
  const NodeIndex node = list_->find(x.id());
  (node != detail::no_node ? (*list_)[node] : list_->append("watch", x.id(), 0)).watched = true;
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
    if (read.node >= begin_ && (*list_)[read.node].watched &&
        std::find(result.begin(), result.end(), read.variable) == result.end())
      result.push_back(read.variable);
  return result;
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
  if (list_->has_only(bit_)) {
    list_->end(bit_);
    list_->begin(bit_, watches_variables_);
  }
  begin_ = list_->size();
  arena_before_ = list_->arena_bytes();
  given_away_ = false;
}

// --- what was recorded -----------------------------------------------------------------------

bool Tape::reaches(std::span<const TensorId> from, const Tensor& y) const {
  check_usable();
  return list_->reaches(begin_, from, y.id());
}

std::vector<TapeNode> Tape::nodes() const {
  check_thread();
  std::vector<TapeNode> result;
  for (NodeIndex i = begin_; i < list_->size(); ++i) {
    const detail::Node& node = (*list_)[i];
    if (node.paused & bit_) continue;
    result.push_back(
        {node.name, node.output, {node.inputs, node.inputs + node.input_count}, node.watched != 0});
  }
  return result;
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

// --- gradients -------------------------------------------------------------------------------

std::vector<Tensor> Tape::of_tensors(const Targets& y, std::span<const Tensor> xs,
                                     const GradientOptions& options, bool free_nodes) const {
  memory::Vector<TensorId> ids;
  for (const Tensor& x : xs) ids.push_back(x.id());
  std::vector<Tensor> gradients = backward(y, ids, options, free_nodes);
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

std::vector<VariableGradient> Tape::of_variables(const Targets& y,
                                                 std::span<const Variable> variables,
                                                 const GradientOptions& options,
                                                 bool free_nodes) const {
  memory::Vector<TensorId> ids;
  for (const Variable& variable : variables) ids.push_back(variable.id());
  std::vector<Tensor> gradients = backward(y, ids, options, free_nodes);
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
  return of_variables(y, variables, options, false);
}
std::vector<Tensor> Tape::gradient(const Targets& y, std::span<const Tensor> xs,
                                   const GradientOptions& options) const& {
  return of_tensors(y, xs, options, false);
}
Tensor Tape::gradient(const Targets& y, const Tensor& x, const GradientOptions& options) const& {
  return of_tensors(y, std::span(&x, 1), options, false)[0];
}
Tensor Tape::gradient(const Targets& y, const Variable& x, const GradientOptions& options) const& {
  return of_variables(y, std::span(&x, 1), options, false)[0].gradient;
}

namespace {

// At the end, also by an error: the pass may have freed rules by then, and a tape that lacks some
// would answer with wrong zeros.
struct GivesAway {
  bool& given_away;
  ~GivesAway() { given_away = true; }
};

}  // namespace

std::vector<VariableGradient> Tape::gradient(const Targets& y, std::span<const Variable> variables,
                                             const GradientOptions& options) && {
  check_usable();
  const GivesAway gives_away{given_away_};
  return of_variables(y, variables, options, true);
}
std::vector<Tensor> Tape::gradient(const Targets& y, std::span<const Tensor> xs,
                                   const GradientOptions& options) && {
  check_usable();
  const GivesAway gives_away{given_away_};
  return of_tensors(y, xs, options, true);
}
Tensor Tape::gradient(const Targets& y, const Tensor& x, const GradientOptions& options) && {
  return std::move(*this).gradient(y, std::span(&x, 1), options)[0];
}
Tensor Tape::gradient(const Targets& y, const Variable& x, const GradientOptions& options) && {
  return std::move(*this).gradient(y, std::span(&x, 1), options)[0].gradient;
}

}  // namespace reel
