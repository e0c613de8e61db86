// WholeStep: a step that fails leaves the optimizer and its variables as they were.
//
// What the library itself does is checked before anything is written, and the memory that it may
// need is asked for: it comes from a pool, which has it at hand when it was there once. A user's
// constraint or update may throw when other variables have moved, so for these the old values are
// held: a tensor held twice is not written in place, hence putting it back is enough. Slots that
// the step made go, and values that waited for them wait again. Price of holding: new memory for
// each new value. Read before: optimizer.h, new_value.h. Read next: whole_step.cpp.
#pragma once

#include <utility>
#include <vector>

#include <reel/optim/optimizer.h>

namespace reel::detail {

class WholeStep {
 public:
  explicit WholeStep(Optimizer& optimizer);
  ~WholeStep();
  WholeStep(const WholeStep&) = delete;
  WholeStep& operator=(const WholeStep&) = delete;

  /// Before the first write: holds the values of the variables under way and of their slots, or
  /// sees that there is memory for new ones.
  void prepare(bool holds_values);
  /// Nothing is put back from here on.
  void done() { is_done_ = true; }

 private:
  void put_back();

  Optimizer& optimizer_;
  const Variable counter_;
  const Tensor count_;
  const std::size_t slots_;
  const std::vector<Tensor> waiting_;
  const bool is_fresh_;
  memory::Vector<std::pair<Variable, Tensor>> values_;
  bool is_done_ = false;
};

}  // namespace reel::detail
