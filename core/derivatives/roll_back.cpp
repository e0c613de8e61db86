// Forgetting nodes: what a recomputation does with those that it has recorded a second time.
//
// Nodes go from the end of the list only, so their memory does too. What they held is freed first.
// Read before: node_list.h. Read next: recompute.cpp.
#include <reel/core/node_list.h>
#include <reel/core/observer.h>

namespace reel::detail {

// In the tables only what the nodes themselves entered goes: another may have taken its place.
void NodeList::roll_back(const Position& to) {
  for (Observer* observer : observers) observer->forgotten(to.size);
  for (NodeIndex i = to.size; i < size(); ++i) {
    destroy_closures(i);
    const TensorId output = (*this)[i].output;
    if (output - base_ < nodes_.size() && nodes_[output - base_] == i)
      nodes_[output - base_] = no_node;
    else if (const auto found = foreign_.find(output);
             found != foreign_.end() && found->second == i)
      foreign_.erase(found);
  }
  last_foreign_ = {};
  nodes_.resize(to.ids);
  while (reads_.size() > to.reads) reads_.pop_back();
  while (watches.size() > to.watches) watches.pop_back();
  while (!expansions.empty() && expansions.back().node >= to.size) expansions.pop_back();
  arena_.roll_back(to.arena);
  all_.shrink(to.size);
}

// Its bit may be another's next.
void NodeList::forget(std::uint32_t tape) {
  std::erase_if(watches, [tape](const Watch& watch) { return watch.tape == tape; });
  for (Expansion& expansion : expansions) expansion.tapes &= ~tape;
}

}  // namespace reel::detail
