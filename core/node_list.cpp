// How a node gets on the list, how its maker is found again, and how all of them go.
//
// What runs for each op (`append`, `claim`) is short and calls nothing in the usual case; the rest
// stands apart and is never inlined into it. A node enters one table, by the id of its result:
// `nodes_` for the ids that this thread has given since the list began, `foreign_` for any other.
// Destructors of closures run one by one, and only where a capture has one; their memory goes as a
// whole. Price: a list never shrinks before its last tape ends, except for `roll_back`.
// Read before: node_list.h. Read next: gradient_options.h, roll_back.cpp.
#include <reel/core/node_list.h>

#include <algorithm>
#include <array>
#include <exception>

#include <reel/core/recording.h>
#include <reel/core/runtime/of_thread.h>

namespace reel::detail {
namespace {

// So many ids without a node cost 64 MB; after more, as where a block of ids ends, a search is due.
constexpr TensorId most_left_out = TensorId{1} << 24;

// A pointer without a destructor, since looking for a list that has one costs a guard and a call.
thread_local constinit NodeList* own_list [[gnu::tls_model("initial-exec")]] = nullptr;

}  // namespace

NodeList& NodeList::current() {
  return own_list ? *own_list : make_of_thread<NodeList>([]() -> auto*& { return own_list; });
}

Node& NodeList::append(const char* name, TensorId output, std::size_t input_capacity) {
  auto* inputs = static_cast<TensorId*>(arena_.take(sizeof(TensorId) * input_capacity));
  Node& node = all_.push_back({name, output, inputs, nullptr, 0, false, paused_tapes});
  const NodeIndex i = size() - 1;
  if (output - base_ == nodes_.size()) [[likely]]
    nodes_.push_back(i);
  else
    enter(output, i);
  return node;
}

// Makes the node known by the id of any tensor: one that no op recorded (constants, and what ran
// while all tapes paused, leave gaps), or one from before the list or from another thread.
[[gnu::noinline]] void NodeList::enter(TensorId output, NodeIndex i) {
  const TensorId offset = output - base_;
  if (offset < nodes_.size()) {
    nodes_[offset] = i;
  } else if (output >= base_ && output <= last_id && offset - nodes_.size() < most_left_out) {
    nodes_.resize(offset, no_node);
    nodes_.push_back(i);
  } else {
    foreign_[output] = i;
    last_foreign_ = {output, i};
  }
}

NodeIndex NodeList::find_foreign(TensorId id) const {
  if (id == last_foreign_.first) return last_foreign_.second;
  const auto found = foreign_.find(id);
  if (found == foreign_.end()) return no_node;
  last_foreign_ = *found;
  return found->second;
}

// The usual case, one argument like y that is found without a search, is short and calls nothing: a
// tenth of a node's price. `claim_any` is right for all.
void* NodeList::claim(Node& node, const Tensor& y, const Tensor* x, const ClosureType& type) {
  const std::size_t bytes = type.bytes + sizeof(Argument);
  if (type.count == 1 && x->defined() && arena_.has(bytes)) {
    const TensorId offset = x->id() - base_;
    const NodeIndex made_by = offset < nodes_.size()           ? nodes_[offset]
                              : x->id() == last_foreign_.first ? last_foreign_.second
                                                               : no_node;
    if (made_by != no_node && (*this)[made_by].watched && x->shape() == y.shape() &&
        x->dtype() == y.dtype()) {
      node.inputs[node.input_count++] = x->id();
      auto* memory = static_cast<char*>(arena_.take_at_hand(bytes));
      new (memory + type.bytes) Argument{made_by, -1, x->dtype(), node.last_place()};
      return memory;
    }
  }
  return claim_any(node, y, x, type);
}

// What the pass must know of x; no node when it is absent or no gradient can flow to it.
Argument NodeList::argument(const Node& node, const Tensor& x, const Tensor& y) {
  const NodeIndex made_by = x.defined() ? find(x.id()) : no_node;
  if (made_by == no_node || !(*this)[made_by].watched)
    return {no_node, -1, float32, node.last_place()};
  const int rank = x.shape() == y.shape() && x.dtype() == y.dtype() ? -1 : x.rank();
  return {made_by, static_cast<std::int16_t>(rank), x.dtype(), node.last_place()};
}

// Nothing is taken from the arena before it is known that the rule will be kept.
[[gnu::noinline]] void* NodeList::claim_any(Node& node, const Tensor& y, const Tensor* xs,
                                            const ClosureType& type) {
  std::array<Argument, max_arguments> arguments;
  std::size_t extents = 0;
  bool any_watched = false;
  for (std::uint32_t i = 0; i < type.count; ++i) {
    if (xs[i].defined()) node.inputs[node.input_count++] = xs[i].id();
    arguments[i] = argument(node, xs[i], y);
    extents += static_cast<std::size_t>(std::max<int>(arguments[i].rank, 0));
    any_watched |= arguments[i].node != no_node;
  }
  if (!any_watched) return nullptr;
  const std::size_t bytes = type.bytes + sizeof(Argument) * type.count;
  auto* memory = static_cast<char*>(arena_.take(bytes + sizeof(Index) * extents));
  std::copy_n(arguments.begin(), type.count, reinterpret_cast<Argument*>(memory + type.bytes));
  auto* to = reinterpret_cast<Index*>(memory + bytes);
  for (std::uint32_t i = 0; i < type.count; ++i)
    if (arguments[i].rank > 0) to = std::copy_n(xs[i].shape().begin(), arguments[i].rank, to);
  return memory;
}

void NodeList::destroy_closures(NodeIndex i) noexcept {
  for (Closure* c = std::exchange((*this)[i].closures, nullptr); c;) {
    Closure* const next = c->next;
    if (c->type->destroy) c->type->destroy(*c);
    c = next;
  }
}

void NodeList::begin(std::uint32_t tape, bool watches_variables) {
  if (!active_tapes) {
    base_ = next_id();
    exceptions_ = std::uncaught_exceptions();
  }
  active_tapes |= tape;
  paused_tapes &= ~tape;
  if (watches_variables) watching_tapes_ |= tape;
}

void NodeList::end(std::uint32_t tape) {
  active_tapes &= ~tape;
  watching_tapes_ &= ~tape;
  forget(tape);
  if (active_tapes) return;
  const bool normally = std::uncaught_exceptions() <= exceptions_;
  const auto callbacks = std::exchange(on_end, {});
  clear();
  tell_the_end(callbacks, normally);
}

// Tables are assigned, since `clear` would keep their memory. What a rule captured may open a tape,
// which finds empty tables, and whose end leaves the rest to this one.
void NodeList::clear() {
  nodes_ = decltype(nodes_)();
  foreign_ = decltype(foreign_)();
  last_foreign_ = {};
  reads_ = decltype(reads_)();
  expansions.clear();
  if (std::exchange(is_clearing_, true)) return;
  for (NodeIndex i = 0; i < size(); ++i) destroy_closures(i);
  all_.clear();
  arena_.clear();
  is_clearing_ = false;
}

}  // namespace reel::detail
