#include <reel/core/inspect/graph.h>

#include <algorithm>

#include <reel/core/recording.h>

namespace reel {

using detail::NodeIndex;
using detail::NodeList;

// From y back to the first of `from`, along all that was recorded, watched or not.
bool detail::is_reached(NodeList& list, NodeIndex begin, std::span<const TensorId> from,
                        TensorId y) {
  const auto is_wanted = [&](TensorId id) {
    return std::find(from.begin(), from.end(), id) != from.end();
  };
  if (is_wanted(y)) return true;
  const NodeIndex top = list.find(y);
  if (top == detail::no_node || top < begin) return false;
  memory::Vector<char> marked(top - begin + 1);
  marked[top - begin] = 1;
  for (NodeIndex i = top + 1; i-- > begin;) {
    if (!marked[i - begin]) continue;
    for (const TensorId id : list[i].input_ids()) {
      if (is_wanted(id)) return true;
      const NodeIndex input = list.find(id);
      if (input != detail::no_node && input >= begin && input < i) marked[input - begin] = 1;
    }
  }
  return false;
}

std::uint64_t graph_serial() { return detail::active_tapes ? NodeList::current().serial() : 0; }

bool graph_reaches(ListOf<TensorId> from, TensorId y) {
  if (detail::active_tapes) return detail::is_reached(NodeList::current(), 0, from, y);
  return std::find(from.begin(), from.end(), y) != from.end();
}

void on_graph_end(std::function<void(bool normally)> f) {
  if (!detail::active_tapes)
    throw RuntimeError("on_graph_end: a tape must be active on this thread");
  NodeList::current().on_end.push_back(std::move(f));
}

}  // namespace reel
