// The backward pass: gradients by node, from the last node back to the first.
//
// The list is in the order of computation, so one loop backwards meets a node after everything that
// used its result: its gradient is complete by then, and the node's rules hand it on. Un-broadcast
// happens here, in one place, for all rules. Before the loop one walk forwards (marks.h) finds the
// nodes that lie between a source and a target; no other costs more than a look. Rules know the
// pass as BackwardPass (node_list.h). A recomputation is a node like others, whose rule records
// nodes anew and has them run in place of its own (recompute.cpp).
// Read before: tape.h, marks.h. Read next: observer.h, recompute.h.
#include <algorithm>
#include <bit>

#include <reel/core/marks.h>
#include <reel/core/observer.h>
#include <reel/core/ops/elementwise.h>
#include <reel/core/ops/factories.h>
#include <reel/core/ops/reduction.h>
#include <reel/core/record.h>
#include <reel/core/tape.h>

namespace reel {
namespace detail {
namespace {

// A pass may run in the middle of another one's rule, whose node is the running one again then.
struct PutBack {
  NodeList& list;
  const NodeIndex running = list.running_node;
  const bool in_pass = std::exchange(list.in_pass, true);
  ~PutBack() {
    list.running_node = running;
    list.in_pass = in_pass;
  }
};

// Sums a gradient down to the shape of the rule's i-th argument, whose dtype it must have.
[[gnu::noinline]] Tensor fit(const char* op, const Closure& rule, std::uint32_t i, const Tensor& dy,
                             const Tensor& gradient) {
  const Argument& x = rule.arguments()[i];
  const Index* extents = rule.extents();
  for (std::uint32_t k = 0; k < i; ++k) extents += std::max<int>(rule.arguments()[k].rank, 0);
  const Shape shape = x.rank >= 0 ? Shape(std::span(extents, std::size_t(x.rank))) : dy.shape();
  if (gradient.dtype() != x.dtype)
    throw TypeError("{}: a gradient rule must return {}; got {}", op, x.dtype, gradient.dtype());
  if (gradient.shape() == shape) return gradient;
  if (x.rank < 0 || gradient.shape() != dy.shape())
    throw ValueError("{}: a gradient rule must return shape {}; got {}", op, shape,
                     gradient.shape());
  return sum_to(gradient, shape);
}

// Keeps gradients of the nodes [low, top).
class Pass final : public BackwardPass {
 public:
  Pass(NodeList& list, std::uint32_t tape, NodeIndex low, NodeIndex top)
      : BackwardPass(tape, low, top),
        list_(list),
        at_(list, tape, low, marks_),
        gradients_(top - low) {}

  bool is_told = false;      // observers hear of it
  bool frees_nodes = false;  // nobody needs a node's rules after this pass

  void ask(NodeIndex i, int known = 0) { at_.set(i, is_asked | known); }
  const Tensor& gradient(NodeIndex i) const { return gradients_[i - low_]; }

  // A recomputed function counts as a whole.
  void mark(NodeIndex first, NodeIndex last) {
    at_.spread(first, last);
    for (const Expansion& expansion : list_.expansions) {
      const NodeIndex i = expansion.node;
      if (i < first || i >= last || (list_[i].paused & tape_)) continue;
      at_.set(i, hands_on);
      gradients_[i - low_] = Tensor(0.0);  // of nothing: it only runs the rule
    }
  }

  void run_all(NodeIndex first, NodeIndex last) {
    at_.run_back(first, last, [this](NodeIndex begin, NodeIndex end) { run(begin, end); });
  }

  void run(NodeIndex first, NodeIndex last) {
    const PutBack put_back{list_};
    for (NodeIndex i = last; i-- > first;) {
      if (Tensor dy = take(i); dy.defined()) {  // else no target depends on it, or it leads nowhere
        list_.running_node = i;
        for (const Closure* rule = list_[i].closures; rule; rule = rule->next)
          rule->type->run(*rule, dy, *this);
      }
      if (frees_nodes) list_.destroy_closures(i);
    }
  }

  // Un-broadcasts what a rule gave, and adds it to the gradient of the rule's argument.
  void accumulate(const Closure& rule, std::uint32_t i, const Tensor& dy,
                  Tensor&& gradient) override {
    if (!gradient.defined()) return;
    const Argument& x = rule.arguments()[i];
    if (is_observed()) return add_told(rule, i, dy, gradient);
    if (x.rank >= 0 || gradient.shape() != dy.shape() || gradient.dtype() != x.dtype)
      gradient = fit(list_[list_.running_node].name, rule, i, dy, gradient);
    add(x.node, std::move(gradient));
  }

  // In place where nobody else holds the sum and nobody records or looks.
  void add(NodeIndex i, Tensor&& gradient) {
    Tensor& sum = gradients_[i - low_];
    if (!sum.defined()) {
      sum = std::move(gradient);
    } else if (!recording() && !is_observed() && sum.unique()) {
      add_into(sum, gradient);
    } else {
      const Tensor total = reel::add(sum, gradient);
      if (is_observed())
        for (Observer* o : list_.observers) o->summed(tape_, i, sum, gradient, total);
      gradients_[i - low_] = total;
    }
  }

  // The gradients of the first nodes wander to their copies, and those that were asked for back.
  void run_in_place_of(NodeIndex first, NodeIndex copy, NodeIndex count) override {
    const std::size_t size = marks_.size();
    const bool freed_nodes = std::exchange(frees_nodes, !recording());
    marks_.resize(copy + count - low_);
    gradients_.resize(copy + count - low_);
    for (NodeIndex i = first - low_, j = copy - low_; j < marks_.size(); ++i, ++j) {
      marks_[j] = marks_[i] & is_asked;
      gradients_[j] = std::move(gradients_[i]);
    }
    mark(copy, copy + count);
    run_all(copy, copy + count);
    for (NodeIndex i = first - low_, j = copy - low_; j < marks_.size(); ++i, ++j)
      if (marks_[j] & is_asked) gradients_[i] = std::move(gradients_[j]);
    marks_.resize(size);
    gradients_.resize(size);
    frees_nodes = freed_nodes;
  }

 private:
  // The complete gradient of a node that hands it on. It is kept only where it was asked for.
  Tensor take(NodeIndex i) {
    const char mark = marks_[i - low_];
    if (!(mark & hands_on)) return {};
    return mark & is_asked ? gradients_[i - low_] : std::move(gradients_[i - low_]);
  }

  bool is_observed() const { return is_told && !list_.observers.empty(); }
  // By value, since dy may be the gradient itself.
  [[gnu::noinline]] void add_told(const Closure& rule, std::uint32_t i, Tensor dy, Tensor given) {
    const auto& [node, rank, dtype, place] = rule.arguments()[i];
    Tensor gradient = fit(list_[list_.running_node].name, rule, i, dy, given);
    for (Observer* o : list_.observers)
      o->contributed({tape_, list_.running_node, node, place, dy, given, gradient});
    add(node, std::move(gradient));
  }

  NodeList& list_;
  Marks at_;
  memory::Vector<Tensor> gradients_;  // of the nodes from low_ on
};

// The nodes whose gradients make up those of the sources, which come by number: for a variable its
// reads under the tape, the last one first. Only those in [low, top) can matter.
auto nodes_of(std::span<const TensorId> sources, NodeList& list, NodeIndex low, NodeIndex begin,
              NodeIndex top) {
  memory::Vector<std::pair<std::size_t, NodeIndex>> nodes;
  const auto reads = list.reads();
  for (std::size_t i = 0; i < sources.size(); ++i) {
    if (const NodeIndex node = list.find(sources[i]); node >= low && node < top)
      nodes.push_back({i, node});
    for (auto read = reads.rbegin(); read != reads.rend() && read->node >= begin; ++read)
      if (read->variable.id() == sources[i] && read->node < top) nodes.push_back({i, read->node});
  }
  return nodes;
}

void add_to(Tensor& sum, const Tensor& gradient) {
  if (gradient.defined()) sum = sum.defined() ? add(sum, gradient) : gradient;
}

// As the innermost tape that records knows it, which is paused meanwhile. Of what runs again dy may
// depend on the first y.
Tensor derivative(const Tensor& y, const Tensor& dy) {
  NodeList& list = NodeList::current();
  NodeIndex low = list.find(y.id());
  const NodeIndex top = list.find(dy.id()) + 1;  // no_node + 1 is 0
  for (auto e = list.expansions.rbegin(); e != list.expansions.rend() && low >= top; ++e)
    if (low - e->copy < e->node - e->first) low -= e->copy - e->first;  // wraps below `copy`
  if (top <= low) return {};
  const Rehearsal rehearsal(Rehearsal::Draws::go_on);
  const std::uint32_t tape = std::bit_floor(recording_tapes());
  paused_tapes |= tape;
  Pass pass(list, tape, low, top);
  pass.ask(low, is_watched | is_needed);
  pass.mark(low, top);
  if (pass.needs(top - 1)) pass.add(top - 1, ones_like(dy));
  pass.run_all(low, top);
  return pass.gradient(low);
}
[[maybe_unused]] const bool derivative_is_set = (derivative_along = derivative, true);

}  // namespace
}  // namespace detail

// The tape is paused meanwhile; others record what runs, and that is all there is to second order.
// The pass begins at the last target, but a recomputed function counts as a whole. A target that
// the tape does not watch can only be a source itself.
std::vector<Tensor> Tape::backward(std::span<const Tensor> targets, std::span<const Tensor> seeds,
                                   std::span<const TensorId> sources) const {
  // Rules may call layers. It also puts back the pauses: this tape is paused only in here.
  const Rehearsal rehearsal(Rehearsal::Draws::go_on);
  detail::paused_tapes |= bit_;

  detail::NodeIndex top = begin_;
  for (const Tensor& target : targets)
    top = std::max(top, list_->find(target.id()) + 1);  // no_node + 1 is 0
  for (const detail::Expansion& expansion : list_->expansions)
    if (expansion.first < top) top = std::max(top, expansion.node + 1);
  const detail::NodeIndex low = detail::Marks::first_of(*list_, bit_, begin_);
  const auto nodes = detail::nodes_of(sources, *list_, low, begin_, top);
  detail::Pass pass(*list_, bit_, low, top);
  pass.is_told = true;
  pass.frees_nodes = given_away_ && detail::active_tapes == bit_ && !list_->in_pass;
  for (const auto& [source, node] : nodes) pass.ask(node);
  pass.mark(begin_, top);

  std::vector<Tensor> results(sources.size());
  for (std::size_t t = 0; t < targets.size(); ++t) {
    const detail::NodeIndex node = list_->find(targets[t].id());
    const bool is_needed = pass.needs(node);
    if (is_needed) pass.add(node, Tensor(seeds[t]));
    for (std::size_t i = 0; i < sources.size(); ++i)
      if (!is_needed && sources[i] == targets[t].id()) detail::add_to(results[i], seeds[t]);
  }
  pass.run_all(begin_, top);
  for (const auto& [source, node] : nodes) detail::add_to(results[source], pass.gradient(node));
  return results;
}

}  // namespace reel
