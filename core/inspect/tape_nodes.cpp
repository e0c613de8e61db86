// A tape as a person asks for it: its nodes, what depends on what, and what it has read.
//
// The answers are copies, so they outlive the tape. Read before: tape.h, graph.h.
#include <algorithm>

#include <reel/core/inspect/graph.h>
#include <reel/core/inspect/tape_nodes.h>

namespace reel {

bool Tape::reaches(std::span<const TensorId> from, const Tensor& y) const {
  check_usable();
  return detail::is_reached(*list_, begin_, from, y.id());
}

std::vector<TapeNode> Tape::nodes() const {
  check_thread();
  std::vector<TapeNode> result;
  for (detail::NodeIndex i = begin_; i < list_->size(); ++i) {
    const detail::Node& node = (*list_)[i];
    if (node.paused & bit_) continue;
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
