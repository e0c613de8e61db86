// A tape as a person asks for it: its nodes, and what depends on what.
//
// The answers are copies, so they outlive the tape. Read before: tape.h, graph.h.
#include <algorithm>

#include <reel/core/inspect/graph.h>
#include <reel/core/inspect/tape_nodes.h>
#include <reel/core/marks.h>

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
  const detail::NodeIndex low = detail::Marks::first_of(*list_, bit_, begin_);
  memory::Vector<char> memory(list_->size() - low);
  detail::Marks marks(*list_, bit_, low, memory);
  marks.spread(begin_, list_->size());
  std::vector<TapeNode> result;
  for (detail::NodeIndex i = begin_; i < list_->size(); ++i) {
    const detail::Node& node = (*list_)[i];
    const bool runs_others = std::any_of(list_->expansions.begin(), list_->expansions.end(),
                                         [i](const auto& e) { return e.node == i; });
    if ((node.paused & bit_) || runs_others) continue;
    const auto ids = node.input_ids();
    // Without its rules a tape that was given away cannot tell.
    const bool watched = given_away_ ? node.watched != 0 : (marks[i] & detail::is_watched) != 0;
    result.push_back({node.name, node.output, {ids.begin(), ids.end()}, watched});
  }
  return result;
}

}  // namespace reel
