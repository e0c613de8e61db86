// A tape as a person asks for it: its nodes, and what depends on what.
//
// The answers are copies, so they outlive the tape. Read before: tape.h, graph.h.
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

}  // namespace reel
