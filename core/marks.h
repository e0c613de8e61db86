// Marks: which nodes a backward pass has to run, seen with the eyes of one tape.
//
// Each tape watches for itself, but a node keeps its rules as soon as any tape may want them. So
// one walk forwards over the nodes of a tape finds two things at once: what this tape watches (a
// read, a watched tensor, whatever was computed from one), and which of that leads from what is
// asked for. Rules see one mark of all, `needed` (node_list.h).
// Invariant: a tape inside or outside of this one changes no mark but by what it records.
// A tensor may have been used before the tape began to watch it: to those uses it is a constant.
// Read before: node_list.h. Read next: marks.cpp, backward_pass.cpp.
#pragma once

#include <reel/core/node_list.h>

namespace reel::detail {

enum Mark : char {
  is_needed = BackwardPass::needed,  // a gradient flows to it: one that is asked for or handed on
  is_asked = 2,                      // for its gradient
  is_watched = 4,                    // by this tape, or computed from something that is
  hands_on = 8                       // its rules lead to what is asked for
};

class Marks {
 public:
  /// Of the nodes from `low` on, kept in `marks`, which may grow.
  Marks(NodeList& list, std::uint32_t tape, NodeIndex low, memory::Vector<char>& marks)
      : list_(list), tape_(tape), low_(low), marks_(marks) {}

  /// The first node that can bear a mark: of the tape's own, and of what it watches.
  static NodeIndex first_of(const NodeList& list, std::uint32_t tape, NodeIndex begin);

  char& operator[](NodeIndex i) { return marks_[i - low_]; }
  void set(NodeIndex i, int mark) { (*this)[i] = static_cast<char>((*this)[i] | mark); }

  /// Walks over [first, last): what is watched, and what hands a gradient on.
  void spread(NodeIndex first, NodeIndex last);

  /// Has `run(first, last)` go back over the nodes, in pieces: before the time at which the tape
  /// began to watch a tensor, that is a constant.
  template <class Run>
  void run_back(NodeIndex first, NodeIndex last, const Run& run) {
    for (; !late_.empty() && late_.back().since > first; late_.pop_back()) {
      run(late_.back().since, last);
      last = late_.back().since;
      (*this)[late_.back().node] &= static_cast<char>(~(is_watched | is_needed));
    }
    run(first, last);
  }

 private:
  char of(NodeIndex i) const { return i - low_ < marks_.size() ? marks_[i - low_] : char{0}; }
  int of_arguments(const Node& node) const;
  void watch(NodeIndex i);
  void begin_to_watch(const Watch& watch);

  NodeList& list_;
  std::uint32_t tape_;
  NodeIndex low_;
  memory::Vector<char>& marks_;
  memory::Vector<Watch> late_;
};

}  // namespace reel::detail
