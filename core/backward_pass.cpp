#include <reel/core/backward_pass.h>

#include <algorithm>

#include <reel/core/inspect/nan_check.h>
#include <reel/core/ops.h>

namespace reel::detail {

Sweep::Sweep(NodeList& list, const SweepOptions& options, std::uint32_t low, std::uint32_t top,
             Sweep* outer)
    : list_(list),
      options_(options),
      low_(low),
      count_(top - low),
      outer_(outer),
      is_source_(top - low),
      wanted_(top - low),
      gradients_(top - low) {}

// Whether each node that is watched has a source behind it, as when a training step asks for all of
// its variables: all that is watched then follows from a source. It saves a walk over the list.
bool Sweep::wants_all_watched() const {
  if (begin() > 0 || !list_.segments.empty() || (list_.ever_paused() & options_.bit)) return false;
  std::uint32_t leaves = 0;
  for (std::uint32_t source : sources_) leaves += list_[source].watched && !list_[source].closures;
  return leaves == list_.watched_leaves();
}

void Sweep::mark() {
  if (wants_all_watched()) return wanted_.assign(wanted_.size(), 1);
  for (std::uint32_t slot = begin(); slot < top(); ++slot) {
    const Node& node = list_[slot];
    char& wanted = wanted_[slot - low_];
    if (wanted || (node.paused & options_.bit) || !node.watched) continue;
    for (const Closure* c = node.closures; c && !wanted; c = c->next)
      for (std::uint32_t i = 0; i < c->type->count; ++i)
        if (wants(c->arguments()[i].slot)) wanted = 1;
    if (!node.closures)  // in a segment: its rules will be there again
      for (std::uint32_t i = 0; i < node.input_count; ++i)
        if (wants(list_.slot_of(node.inputs[i]))) wanted = 1;
  }
}

void Sweep::add_to(Tensor& sum, std::uint32_t slot, const Tensor& gradient) {
  if (options_.check_numbers) return add_checked(sum, slot, gradient);
  if (!recording() && sum.unique())
    add_into(sum, gradient);
  else
    sum = add(sum, gradient);
}

[[gnu::noinline]] void Sweep::add_checked(Tensor& sum, std::uint32_t slot, const Tensor& gradient) {
  const bool was_finite = all_finite(sum) && all_finite(gradient);
  sum = add(sum, gradient);
  if (was_finite && !all_finite(sum)) throw_of_sum(list_, slot, sum);
}

namespace {

[[noreturn]] void throw_wrong_dtype(const Node& node, DType expected, const Tensor& gradient) {
  throw TypeError("{}: a gradient rule must return {}; got {}", node.name, expected,
                  gradient.dtype());
}

[[noreturn]] void throw_wrong_shape(const Node& node, const Shape& expected,
                                    const Tensor& gradient) {
  throw ValueError("{}: a gradient rule must return shape {}; got {}", node.name, expected,
                   gradient.shape());
}

}  // namespace

// Sums a gradient down to the shape of its argument, whose dtype it must have.
[[gnu::noinline]] Tensor Sweep::fit(std::uint32_t slot, const Argument& argument,
                                    const Index* extents, const Tensor& dy,
                                    const Tensor& gradient) const {
  if (gradient.dtype() != argument.dtype) throw_wrong_dtype(list_[slot], argument.dtype, gradient);
  const bool differs = argument.rank >= 0;
  const Shape shape =
      differs ? Shape(std::span(extents, static_cast<std::size_t>(argument.rank))) : dy.shape();
  if (gradient.shape() == shape) return gradient;
  if (!differs || gradient.shape() != dy.shape()) throw_wrong_shape(list_[slot], shape, gradient);
  return sum_to(gradient, shape);
}

inline void Sweep::hand_on(std::uint32_t slot, const Argument& argument, const Index* extents,
                           const Tensor& dy, Tensor&& gradient) {
  if (!gradient.defined()) return;
  if (argument.rank >= 0 || gradient.shape() != dy.shape() || gradient.dtype() != argument.dtype)
    gradient = fit(slot, argument, extents, dy, gradient);
  if (options_.check_numbers) check_gradient(list_, slot, argument.slot, dy, gradient);
  accumulate(argument.slot, std::move(gradient));
}

void Sweep::run_joint(std::uint32_t slot, const Closure& closure, const Tensor& dy) {
  const Argument* arguments = closure.arguments();
  const Index* extents = closure.extents();
  std::uint32_t mask = 0;
  for (std::uint32_t i = 0; i < closure.type->count; ++i)
    if (wants(arguments[i].slot)) mask |= 1u << i;
  if (!mask) return;
  Tensor gradients[Gradients::max_count];
  closure.type->run_joint(closure, dy, NeedsGradient(mask), gradients);
  for (std::uint32_t i = 0; i < closure.type->count; ++i) {
    if (mask >> i & 1u) hand_on(slot, arguments[i], extents, dy, std::move(gradients[i]));
    extents += std::max<int>(arguments[i].rank, 0);
  }
}

void Sweep::run() {
  const bool has_witnesses = list_.has_witnesses();
  std::size_t segments = list_.segments.size();  // those that end here or before
  for (std::uint32_t slot = top(); slot > begin();) {
    while (segments > 0 && list_.segments[segments - 1].end > slot) --segments;
    if (segments > 0 && list_.segments[segments - 1].end == slot &&
        list_.segments[segments - 1].begin >= begin()) {
      Segment& segment = list_.segments[segments - 1];
      run_segment(segment);
      if (options_.free_nodes) list_.release(segment);
      slot = segment.begin;
      continue;
    }
    const Node& node = list_[--slot];
    Tensor& sum = gradients_[slot - low_];
    if (sum.defined() && !(node.paused & options_.bit)) {
      Tensor dy = is_source_[slot - low_] ? sum : std::exchange(sum, Tensor());
      if (has_witnesses) set_last_call_site(list_.place_of(slot));
      for (const Closure* c = node.closures; c; c = c->next) {
        const Argument* const x = c->arguments();
        if (!c->type->run)
          run_joint(slot, *c, dy);
        else if (!wants(x->slot))
          continue;
        else if (!c->type->passes_on || x->rank >= 0 || options_.check_numbers)
          hand_on(slot, *x, reinterpret_cast<const Index*>(x + 1), dy, c->type->run(*c, dy));
        else if (c->next)
          accumulate(x->slot, dy);
        else  // nobody asks for it any more
          accumulate(x->slot, std::move(dy));
      }
    }
    if (options_.free_nodes) list_.destroy_closures(slot);
  }
}

// Records the segment again, sweeps the new nodes in place of the old ones, forgets them.
void Sweep::run_segment(const Segment& segment) {
  const auto first = gradients_.begin() + (segment.begin - low_);
  const auto last = gradients_.begin() + (segment.end - low_);
  if (std::none_of(first, last, [](const Tensor& gradient) { return gradient.defined(); }) ||
      (list_[segment.begin].paused & options_.bit))
    return;

  struct Forget {  // also by an error
    NodeList& list;
    NodeList::Position before = list.position();
    ~Forget() {
      if (!recording()) list.roll_back(before);
    }
  };
  const Forget forget{list_};
  const NodeList::Position& before = forget.before;
  list_.record_again(segment, options_.bit);
  SweepOptions options = options_;
  options.begin = before.size;
  options.free_nodes = !recording();  // no other tape will ask for them
  Sweep again(list_, options, before.size, list_.size(), this);
  for (std::uint32_t i = 0; i < segment.end - segment.begin; ++i) {
    const std::uint32_t old_node = segment.begin + i - low_;
    if (is_source_[old_node]) again.add_source(before.size + i);
    again.gradients_[i] = std::move(gradients_[old_node]);
  }
  again.mark();
  again.run();
  for (std::uint32_t i = 0; i < segment.end - segment.begin; ++i) {
    const std::uint32_t old_node = segment.begin + i - low_;
    if (is_source_[old_node]) gradients_[old_node] = std::move(again.gradients_[i]);
  }
}

}  // namespace reel::detail
