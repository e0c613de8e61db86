// Optimizer: from gradients to new values of variables, one step at a time.
//
// A step is always the same: drop the pairs without a gradient, find the rate, clip and transform
// the gradients, make missing slots, then variable by variable update *and project at once*, count.
// No step leaves a variable outside of its constraint, which is applied nowhere else (a rate below
// 1, or a value that somebody assigns, is not brought inside at once).
// A step is whole or not at all. Everything is checked before the first variable moves; only where
// a function of the user's takes part, a constraint or an `update`, are old values kept to be put
// back (whole_step.h), so that a plain step writes in place. Recording is paused throughout. What
// an algorithm adds is `update`, one fused pass over one variable, and the slots that it keeps
// beside each variable, as long as that lives. Updates write in place where nobody else holds the
// memory (new_value.h), else into new. Read before: tape.h, gradient_clipping.h. Read next:
// optimizer.cpp, optimizer_state.cpp.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include <reel/core/runtime/config.h>
#include <reel/core/tape.h>
#include <reel/optim/gradient_clipping.h>
#include <reel/optim/learning_rate.h>

namespace reel {

/// From pairs to pairs of the same variables, with gradients of the same shapes and dtypes.
using GradientTransformer =
    std::function<std::vector<VariableGradient>(std::vector<VariableGradient>)>;

/// What every optimizer has; each lists these fields, those of `clipping` flat, in its own options.
struct OptimizerOptions {
  std::string name;
  LearningRate learning_rate = 0.01;
  double decay = 0.0;  ///< of the rate: divided by 1 + decay * iterations, on top of a schedule
  ClippingOptions clipping = {};
  bool check_constraints = false;       ///< after each step, of its variables; for debugging
  std::optional<LearningRate> lr = {};  ///< old name of learning_rate; it wins, with a warning
  GradientTransformer gradient_aggregator = {};  ///< sees the gradients before they are clipped
  std::vector<GradientTransformer> gradient_transformers = {};  ///< in place of clipping
};

/// The fields of an optimizer's own options that all optimizers share.
OptimizerOptions optimizer_options(const auto& o) {
  return {.name = o.name,
          .learning_rate = o.learning_rate,
          .decay = o.decay,
          .clipping = {o.clipnorm, o.clipvalue, o.global_clipnorm},
          .check_constraints = o.check_constraints,
          .lr = o.lr,
          .gradient_aggregator = o.gradient_aggregator,
          .gradient_transformers = o.gradient_transformers};
}

namespace detail {
class WholeStep;  // whole_step.h
}

class Optimizer {
 public:
  /// ValueError for a name that no scope may have, a negative number, clipnorm together with
  /// global_clipnorm, or clipping together with transformers.
  explicit Optimizer(const OptimizerOptions& options);
  virtual ~Optimizer() = default;
  Optimizer(const Optimizer&) = delete;
  Optimizer& operator=(const Optimizer&) = delete;

  /// One step; returns the number of steps done. Pairs with an undefined gradient are skipped,
  /// their variables neither updated nor projected. Without any pair it does nothing and counts
  /// nothing. ValueError when no pair has a gradient or a shape is wrong; TypeError when a dtype
  /// is. What throws, a function of the user's too, leaves variables, slots and count as they were.
  /// With `check_constraints`, RuntimeError after a step that leaves a variable outside its set.
  Index apply_gradients(const std::vector<VariableGradient>& gradients);

  /// Computes `loss` under a new tape, then one step on `variables`, which are watched even if they
  /// are not trainable. A loss that is no scalar is summed, or weighed by `output_gradient`.
  /// ValueError when no variable has a gradient, which names a loss that is not the tape's as such.
  Index minimize(const std::function<Tensor()>& loss, const std::vector<Variable>& variables,
                 const Tensor& output_gradient = {});
  /// The same where the variables exist only after the loss was computed.
  Index minimize(const std::function<Tensor()>& loss,
                 const std::function<std::vector<Variable>()>& variables,
                 const Tensor& output_gradient = {});
  /// The same under a tape of the caller's, which goes on recording.
  Index minimize(const std::function<Tensor()>& loss, Tape& tape,
                 const std::vector<Variable>& variables, const Tensor& output_gradient = {});
  /// One step on a loss that `tape` has recorded.
  Index minimize(const Tensor& loss, const Tape& tape, const std::vector<Variable>& variables,
                 const Tensor& output_gradient = {});

  const std::string& name() const { return options_.name; }

  /// Steps done.
  Index iterations() const;
  /// ValueError when negative.
  void set_iterations(Index iterations);
  /// Counts in a variable of the user's, a float64 scalar, which keeps its present value.
  /// RuntimeError after the first use; ValueError or TypeError for another shape or dtype.
  void set_iterations(const Variable& counter);

  /// The rate of the next step, before `decay`.
  double learning_rate() const { return options_.learning_rate.at(iterations()); }
  [[deprecated("learning_rate")]] double lr() const { return learning_rate(); }
  /// From the next step on: a number, a schedule or another function. ValueError when negative.
  void set_learning_rate(const LearningRate& learning_rate);
  double decay() const { return options_.decay; }
  /// From the next step on. ValueError when negative.
  void set_decay(double decay);

  /// What the algorithm keeps beside `variable`. ValueError when there is no such slot (yet).
  Variable get_slot(const Variable& variable, const std::string& slot) const;
  /// The kinds of slots that exist, in the order of their creation.
  std::vector<std::string> get_slot_names() const;
  /// All slots of living variables, in the order of their creation.
  std::vector<Variable> slots() const;

  /// The state: the counter of steps (`SGD/iter`), then the slots. Empty before the first use.
  std::vector<Variable> variables() const;
  /// Values in the order of `variables`.
  std::vector<Tensor> get_weights() const;
  /// ValueError or TypeError when number, shapes or dtypes differ; nothing is assigned then. Before
  /// the first step nobody knows the variables: the slots take their values when it makes them.
  void set_weights(const std::vector<Tensor>& values);

  /// Name and hyper-parameters. ValueError when the rate, or a transformer, is a function.
  virtual Config get_config() const;

 protected:
  /// Makes the slots of these variables that are missing, kind by kind, with `add_slot`.
  virtual void create_slots(const std::vector<VariableGradient>& gradients);
  /// New value of one variable; `gradient` is defined, clipped, and of its shape and dtype.
  virtual void update(const Variable& variable, const Tensor& gradient, double learning_rate) = 0;
  /// False where `update` and the functions that it calls are the library's: no values are kept.
  virtual bool update_may_throw() const { return true; }

  /// A slot of the variable's shape and dtype, all `value`; nothing when it is there already.
  void add_slot(const Variable& variable, const char* slot, double value = 0.0);
  /// The slot that `add_slot` made as number `index` of this variable. ValueError without one.
  const Variable& slot(const Variable& variable, std::size_t index = 0) const;

  const OptimizerOptions& options() const { return options_; }

 private:
  friend class detail::WholeStep;
  struct Slot {
    std::string kind;
    Variable variable;
  };
  struct SlotInOrder {
    WeakVariable owner;
    Variable variable;
  };

  void collect(const std::vector<VariableGradient>& gradients);
  void transform(const GradientTransformer& transformer);
  void make_slots(const std::vector<VariableGradient>& gradients);
  bool runs_users_function() const;
  void forget_the_dead();

  OptimizerOptions options_;
  Variable iterations_;  // none before the first use
  std::unordered_map<TensorId, std::vector<Slot>> slots_;
  std::vector<SlotInOrder> slots_in_order_;
  std::vector<Tensor> waiting_;            // values for slots that are not made yet
  bool is_fresh_ = true;                   // no slot was asked for yet
  std::vector<VariableGradient> pending_;  // of the step under way; a member to keep its memory
  std::vector<Constraint> constraints_;    // theirs, looked up
  std::vector<TensorId> warned_;           // variables that were named in a warning already
};

namespace detail {

/// ValueError that starts with `op` unless `value` is a number >= 0.
void check_not_negative(const std::string& op, const char* parameter, double value);

/// The variable's constraint, possibly none; one that a user gave by name to a bare variable is
/// looked up. ValueError for a name that no constraint has.
Constraint resolved_constraint(const Variable& variable);

}  // namespace detail
}  // namespace reel
