// Trace: everything that happens in a computation, in order: the one collector of what a person or
// another program may want to look at.
//
//   Trace trace;
//   Tape tape({.trace = &trace});
//   ...
//   fmt::print("{}", listing(trace));   // also profile, dot, chrome_trace, trace_json, theatre
//
// It hangs on the tape's list as an observer (core/observer.h) and writes down each op with its
// inputs, attributes, place in the source and in the net, and value; of a backward pass each
// contribution, edge by edge, with the sum that it is added to; then what layers and optimizers
// tell: losses, updates, steps, projections. It goes on until the next outermost tape begins, so
// the step that follows a gradient is in it; given to several tapes, it holds them one after the
// other. Invariants: what is written down never changes; indices, not pointers, lead from one thing
// to the other, as in the JSON (trace_json.h). Values are kept whole within a budget of bytes, as
// tensors, which costs no copy; beyond it as range and histogram, which costs a pass over them.
// Times are from one thing that is told to the next, without what the trace itself takes; a user's
// code in between counts. Price when nobody traces: nothing but a look at an empty vector.
// Read before: tape.h, observer.h. Read next: trace.cpp, listing.h, trace_json.h.
#pragma once

#include <array>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include <reel/core/observer.h>
#include <reel/core/runtime/call_site.h>
#include <reel/core/runtime/config.h>
#include <reel/core/runtime/empty_braces.h>
#include <reel/core/runtime/named_scope.h>
#include <reel/core/variable.h>

namespace reel {

struct TraceOptions {
  /// Bytes of values that are kept whole; one value may take an eighth of them. Of others range and
  /// histogram are worked out; with 0 only shapes are kept, which costs next to nothing.
  Index budget = Index{1} << 20;
  std::string title = {};
};

/// A tensor as it was. Without its elements when it was beyond the budget.
struct TraceValue {
  Shape shape = {};
  DType dtype = float32;
  Tensor whole = {};                         ///< undefined beyond the budget
  bool described = false;                    ///< then: whether the rest tells of the elements
  double least = 0, greatest = 0, mean = 0;  ///< of the finite ones, if there are any
  Index nans = 0, infinities = 0;
  std::array<Index, 16> histogram = {};  ///< of the finite ones, from least to greatest
};

/// Where something was written in the user's program; -1 for what is not known.
struct TracePlace {
  int source = -1;  ///< index of the file
  int line = -1;    ///< from 1
};

/// An op, a variable's read ("read"), a watched tensor ("watch"), or a tensor from outside
/// ("constant").
struct TraceNode {
  std::string op = {};
  std::vector<int> inputs = {};  ///< nodes; -1 for an optional argument that is absent
  int value = -1;
  bool watched = false;  ///< a gradient can flow through it
  TracePlace place = {};
  int interval = -1;                           ///< the innermost one that it is in
  Index bytes = 0;                             ///< of its result
  double seconds = 0;                          ///< forward
  double flops = 0;                            ///< floating-point operations forward
  Config attributes = {};                      ///< the op's own arguments, enough to run it again
  int variable = -1;                           ///< that is read
  int pass = -1;                               ///< the backward pass that ran while it was recorded
  std::string sentence = {}, expression = {};  ///< if the op says something of itself
};

/// A named part: a layer's call, a function's, a part that was computed again.
struct TraceInterval {
  std::string kind, name;
  std::string path;          ///< of a layer its scope; else that of what is around, and the name
  int outer = -1;            ///< the interval around
  int first = 0, last = -1;  ///< nodes, inclusive
};

struct TraceVariable {
  std::string name;
  KernelKind kind;
  bool trainable;
  Shape shape;
  DType dtype;
  std::vector<int> reads = {};  ///< nodes
  TensorId id = 0;
};

/// Something that happened. What the fields mean for each kind is in trace_json.h; values, nodes,
/// variables and passes are indices, -1 for none.
struct TraceEvent {
  enum class Kind {
    forward,
    pass,
    seed,
    backward,
    total,
    pass_end,
    loss,
    update,
    step,
    project,
    step_end
  };
  Kind kind;
  TracePlace place = {};
  double seconds = 0;
  double at = 0;  ///< since the trace began
  int pass = -1, node = -1, to = -1, input = -1, variable = -1;
  int gradient = -1, contribution = -1, before_sum = -1, had = -1, now = -1;  ///< values
  int before = -1, after = -1, norms_before = -1, norms_after = -1;           ///< values
  std::vector<int> nodes = {};                    ///< targets of a pass, or reads of a total
  std::vector<int> parts = {};                    ///< values: what a total is the sum of
  std::vector<int> variables = {}, tensors = {};  ///< that a pass was asked for; tensors by node
  std::string owner = {}, name = {};
  double rate = 0;
  Index step = 0;
  Config attributes = {};
};
constexpr std::string_view name_of(TraceEvent::Kind kind) {
  return detail::name_in({"forward", "pass", "seed", "backward", "total", "pass_end", "loss",
                          "update", "step", "project", "step_end"},
                         kind);
}

class Trace final : public detail::Observer, private detail::ScopeListener {
 public:
  /// ValueError for a negative budget.
  explicit Trace(const TraceOptions& options = {});
  explicit Trace(EmptyBraces) : Trace() {}
  /// On the thread of its tapes, if it still follows one.
  ~Trace() override;
  Trace(const Trace&) = delete;
  Trace& operator=(const Trace&) = delete;

  const std::string& title() const { return options_.title; }
  const std::vector<TraceNode>& nodes() const { return nodes_; }
  const std::vector<TraceEvent>& events() const { return events_; }
  const std::vector<TraceValue>& values() const { return values_; }
  const std::vector<TraceInterval>& intervals() const { return intervals_; }
  const std::vector<TraceVariable>& variables() const { return variables_; }
  /// Files of the user's that something was called in.
  const std::vector<std::string>& sources() const { return sources_; }
  /// How often an outermost tape began, how many steps an optimizer made.
  int computations() const { return computations_; }
  int steps() const { return steps_; }

 private:
  using Clock = std::chrono::steady_clock;
  struct Pass {
    int number;
    std::uint32_t tape;
    std::unordered_map<int, int> sums = {};  // of nodes: the value of the gradient so far
    std::unordered_map<int, std::vector<std::size_t>> to_sum = {};  // of nodes: events, last first
  };

  // --- what it hears (trace.cpp, trace_passes.cpp, trace_notices.cpp)
  void attach(detail::NodeList& list) override;
  void let_go() override;
  void recorded(detail::NodeIndex, const Tensor&, Arguments, const detail::Attributes&) override;
  void read(const Variable&, Tensor&, std::uint32_t&) override;
  void forgotten(detail::NodeIndex) override;
  void copy(detail::NodeIndex first) const override;
  void began(std::uint32_t, Tensors, Tensors, std::span<const TensorId>) override;
  void contributed(const detail::Contribution&) override;
  void summed(std::uint32_t, detail::NodeIndex, const Tensor&, const Tensor&,
              const Tensor&) override;
  void answered(std::uint32_t, std::span<const TensorId>, Tensors) override;
  void noticed(const detail::Notice&) override;
  void entered(const char* kind, std::string_view name, std::string_view path) override;
  void left() override;

  // --- how it writes it down
  class Telling;  // for as long as it is told something: the clock stands
  void follow();  // a list that began anew
  int add_node(TraceNode node, detail::NodeIndex index);
  int node_at(detail::NodeIndex index, const Tensor& x = {});
  int node_of(const Tensor& x);
  int node_of(TensorId id);
  int leaf(const char* op, const Tensor& x, detail::NodeIndex index);
  int value_of(const Tensor& x);
  int variable_of(const Variable& variable);
  int variable_of(TensorId id) const;
  TracePlace present_place();
  TraceEvent& happened(TraceEvent::Kind kind, bool takes_time = true);
  int open_interval() const { return open_.empty() ? -1 : open_.back(); }
  int present_pass() const;
  Pass& pass_of(std::uint32_t tape);

  const TraceOptions options_;
  std::vector<TraceNode> nodes_;
  std::vector<TraceEvent> events_;
  std::vector<TraceValue> values_;
  std::vector<TraceInterval> intervals_;
  std::vector<TraceVariable> variables_;
  std::vector<std::string> sources_;
  int computations_ = 0, steps_ = 0, passes_begun_ = 0;

  detail::NodeList* list_ = nullptr;  // that it is on
  std::uint64_t serial_ = 0;          // of the list, when its nodes were numbered
  int first_node_ = 0;                // of the present computation
  std::optional<detail::CallSiteReader> reads_call_sites_;
  std::vector<int> numbers_;                        // of the list's nodes, -1 where not known
  std::unordered_map<TensorId, int> constants_;     // nodes
  std::unordered_map<TensorId, int> known_values_;  // of tensors that are kept
  std::unordered_map<TensorId, int> other_values_;  // of tensors in the present computation
  std::unordered_map<TensorId, int> known_variables_;
  std::vector<int> open_;     // intervals
  std::vector<Pass> passes_;  // that run
  Index left_in_budget_;
  Clock::time_point began_at_, resumed_at_, told_at_;
};

}  // namespace reel
