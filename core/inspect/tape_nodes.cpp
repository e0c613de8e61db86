// A tape as a person asks for it: its nodes, what depends on what, and what it has read.
//
// The answers are copies, so they outlive the tape. Read before: tape.h, graph.h.
#include <algorithm>

#include <reel/core/inspect/graph.h>
#include <reel/core/inspect/tape_nodes.h>

namespace reel {

bool Tape::reaches(ListOf<TensorId> from, const Tensor& y) const {
  check_usable();
  return detail::is_reached(*list_, begin_, from, y.id());
}

// A node that only runs others again is no op (recompute.cpp).
Index Tape::size() const {
  const auto& all = list_->expansions;
  return list_->size() - begin_ -
         std::count_if(all.begin(), all.end(), [&](const auto& e) { return e.node >= begin_; });
}

std::vector<TapeNode> Tape::nodes() const {
  check_thread();
  std::vector<TapeNode> result;
  for (detail::NodeIndex i = begin_; i < list_->size(); ++i) {
    const detail::Node& node = (*list_)[i];
    const bool runs_others = std::any_of(list_->expansions.begin(), list_->expansions.end(),
                                         [i](const auto& e) { return e.node == i; });
    if ((node.paused & bit_) || runs_others) continue;
    const auto ids = node.input_ids();
    result.push_back({node.name, node.output, {ids.begin(), ids.end()}, node.watched != 0});
  }
  return result;
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

}  // namespace reel
