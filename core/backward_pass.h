// Sweep: gradients by node, from the last node back to the first.
//
// The list is in the order of computation, so one loop backwards meets a node after everything that
// used its result: its gradient is complete then and is handed on by the node's rules. Un-broadcast
// happens here, in one place, for all rules. A segment of a checkpoint has no rules left: it is
// recorded again, swept by a sweep of its own that adds to this one's gradients node by node, in
// the very order of a sweep without the checkpoint, hence to the same bits; and is forgotten again.
// Internal. Read before: node_list.h. Read next: tape.cpp, recompute.h.
#pragma once

#include <reel/core/node_list.h>

namespace reel::detail {

struct SweepOptions {
  std::uint32_t begin;  // the first node that the sweeping tape recorded
  std::uint32_t bit;    // that tape, which is paused and does not see what ran while it was paused
  bool check_numbers;
  bool free_nodes;  // nobody needs a node's rules after this sweep
};

class Sweep {
 public:
  /// Over the nodes [low, top). What a part of an outer sweep says of earlier nodes goes there.
  Sweep(NodeList& list, const SweepOptions& options, std::uint32_t low, std::uint32_t top,
        Sweep* outer = nullptr);

  void add_source(std::uint32_t slot) {
    if (!is_source_[slot - low_]) sources_.push_back(slot);
    is_source_[slot - low_] = wanted_[slot - low_] = 1;
  }
  /// Finds the nodes that a source lies behind. Call after the sources are known.
  void mark();
  bool wants(std::uint32_t slot) const {
    if (covers(slot)) return wanted_[slot - low_];
    return outer_ && outer_->wants(slot);
  }
  template <class Gradient>
  void accumulate(std::uint32_t slot, Gradient&& gradient) {
    if (!covers(slot)) return outer_->accumulate(slot, std::forward<Gradient>(gradient));
    Tensor& sum = gradients_[slot - low_];
    if (sum.defined())
      add_to(sum, slot, gradient);
    else
      sum = std::forward<Gradient>(gradient);
  }
  void run();
  /// The gradient of a source, when it is all over.
  Tensor& gradient(std::uint32_t slot) { return gradients_[slot - low_]; }

 private:
  std::uint32_t top() const { return low_ + count_; }
  std::uint32_t begin() const { return std::max(low_, options_.begin); }
  bool covers(std::uint32_t slot) const { return slot - low_ < count_; }  // also when below
  bool wants_all_watched() const;
  void add_to(Tensor& sum, std::uint32_t slot, const Tensor& gradient);
  void add_checked(Tensor& sum, std::uint32_t slot, const Tensor& gradient);
  void run_joint(std::uint32_t slot, const Closure& closure, const Tensor& dy);
  // What a rule of the node gave for one argument; `extents` are of the argument's shape.
  void hand_on(std::uint32_t slot, const Argument& argument, const Index* extents, const Tensor& dy,
               Tensor&& gradient);
  Tensor fit(std::uint32_t slot, const Argument& argument, const Index* extents, const Tensor& dy,
             const Tensor& gradient) const;
  void run_segment(const Segment& segment);

  NodeList& list_;
  SweepOptions options_;
  std::uint32_t low_;
  std::uint32_t count_;
  Sweep* outer_;
  memory::Vector<std::uint32_t> sources_;
  memory::Vector<char> is_source_;
  memory::Vector<char> wanted_;
  memory::Vector<Tensor> gradients_;
};

}  // namespace reel::detail
