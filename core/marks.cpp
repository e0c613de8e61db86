// The walk forwards: watched are the tape's reads and tensors, and what was computed from them.
//
// A node that the tape did not record hands nothing on. One without rules ends a path, or has lost
// them to a recomputation that will bring them back: then its inputs say what a rule would.
// Read before: marks.h. Read next: backward_pass.cpp.
#include <reel/core/marks.h>

#include <algorithm>

namespace reel::detail {

NodeIndex Marks::first_of(const NodeList& list, std::uint32_t tape, NodeIndex begin) {
  for (const Watch& watch : list.watches)
    if (watch.tape == tape) begin = std::min(begin, watch.node);
  return begin;
}

// Reads and watches are in the order in which they came, as the nodes are.
void Marks::spread(NodeIndex first, NodeIndex last) {
  const auto reads = list_.reads();
  for (auto read = reads.rbegin(); read != reads.rend() && read->node >= first; ++read)
    if (read->node < last && (read->tapes & tape_)) watch(read->node);
  const Watch *next = list_.watches.data(), *const end = next + list_.watches.size();
  while (next != end && next->since < first) ++next;
  for (NodeIndex i = first; i < last; ++i) {
    for (; next != end && next->since <= i; ++next) begin_to_watch(*next);
    const Node& node = list_[i];
    if (!node.watched || (node.paused & tape_)) continue;
    const int marks = of_arguments(node);
    if (marks & is_needed)
      set(i, is_watched | is_needed | hands_on);
    else if (marks & is_watched)
      watch(i);
  }
}

// All marks that an argument of a rule has. A char may alias what it is not, hence the copies.
int Marks::of_arguments(const Node& node) const {
  const char* const marks = marks_.data();
  const NodeIndex low = low_, size = static_cast<NodeIndex>(marks_.size());
  int found = 0;
  for (const Closure* rule = node.closures; rule; rule = rule->next) {
    const Argument* const arguments = rule->arguments();
    for (std::uint32_t k = 0; k < rule->type->count; ++k)
      if (const NodeIndex at = arguments[k].node - low; at < size) found |= marks[at];
  }
  if (!node.closures && !list_.expansions.empty())
    for (const TensorId id : node.input_ids()) found |= of(list_.find(id));
  return found;
}

void Marks::watch(NodeIndex i) {
  set(i, (*this)[i] & is_asked ? is_watched | is_needed : is_watched);
}

void Marks::begin_to_watch(const Watch& watched) {
  const NodeIndex i = watched.node;
  if (watched.tape != tape_ || i < low_ || i == no_node || (of(i) & is_watched)) return;
  watch(i);
  if (watched.since > i + 1) late_.push_back(watched);
}

}  // namespace reel::detail
