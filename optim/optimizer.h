// Optimizer: from gradients to new values of variables, one step at a time.
//
// A step is always the same: drop the pairs without a gradient, find the rate, clip and transform
// the gradients, make missing slots, then variable by variable update *and project at once*, count.
// Groups of variables may have another rate, a weight decay, a clipping (parameter_groups.h).
// No step leaves a variable outside of its constraint, which is applied nowhere else (a rate below
// 1, or a value that somebody assigns, is not brought inside at once).
// A step is whole or not at all. Everything is checked before the first variable moves; only where
// a function of the user's takes part, a constraint or an `update`, are old values kept to be put
// back (whole_step.h), so that a plain step writes in place. Recording is paused throughout. What
// an algorithm adds is `update`, one fused pass over one variable, and the slots that it keeps
// beside each variable, as long as that lives. Updates write in place where nobody else holds the
// memory (new_value.h), else into new. Read before: tape.h, optimizer_options.h. Read next:
// optimizer.cpp, optimizer_state.cpp.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include <reel/core/tape.h>
#include <reel/optim/optimizer_options.h>

namespace reel {

namespace detail {
class WholeStep;  // whole_step.h
}

class Optimizer {
 public:
  /// ValueError for a name that no scope may have, a negative number, clipnorm together with
  /// global_clipnorm, clipping together with transformers, or a group that says not whom it is for.
  explicit Optimizer(const OptimizerOptions& options);
  virtual ~Optimizer() = default;
  Optimizer(const Optimizer&) = delete;
  Optimizer& operator=(const Optimizer&) = delete;

  /// One step; returns the number of steps done. Pairs with an undefined gradient are skipped,
  /// their variables neither updated nor projected. Without any pair it does nothing and counts
  /// nothing. ValueError when no pair has a gradient, a shape is wrong or, at the first step, a
  /// group has no variable; TypeError when a dtype is wrong. What throws, a function of the user's
  /// too, leaves variables, slots and count as they were. With `check_constraints`, RuntimeError
  /// after a step that leaves a variable outside its set.
  Index apply_gradients(const std::vector<VariableGradient>& gradients);

  /// Computes `loss` under a new tape, then one step on `variables`, which are watched even if they
  /// are not trainable. A loss that is no scalar is summed, or weighed by `output_gradient`.
  /// ValueError when no variable has a gradient, which names a loss that is not the tape's as such.
  Index minimize(const std::function<Tensor()>& loss, const std::vector<Variable>& variables,
                 const Tensor& output_gradient = {});
  Index minimize(const std::function<Tensor()>& loss, EmptyBraces,
                 const Tensor& output_gradient = {}) {
    return minimize(loss, std::vector<Variable>(), output_gradient);
  }
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

  /// The gradients that `minimize` steps along, undefined for a variable that the loss does not
  /// depend on, in the order of `variables`, which are watched.
  std::vector<VariableGradient> compute_gradients(const std::function<Tensor()>& loss,
                                                  const std::vector<Variable>& variables,
                                                  const Tensor& output_gradient = {}) const;

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
  /// What it comes from.
  const LearningRate& rate() const { return options_.learning_rate; }
  /// From the next step on: a number, a schedule or another function. ValueError when negative.
  virtual void set_learning_rate(const LearningRate& learning_rate);
  double decay() const { return options_.decay; }
  /// From the next step on. ValueError when negative.
  void set_decay(double decay);

  /// Makes the slots of these variables now, which else their first step does.
  void build(const std::vector<Variable>& variables);

  /// Whether there is such a slot (yet).
  bool has_slot(const Variable& variable, const std::string& slot) const;
  /// What the algorithm keeps beside `variable`. ValueError when there is no such slot (yet).
  Variable get_slot(const Variable& variable, const std::string& slot) const;
  /// The kinds of slots that exist, in the order of their creation.
  std::vector<std::string> get_slot_names() const;
  /// All slots of living variables, in the order of their creation.
  std::vector<Variable> slots() const;

  /// What it keeps besides, beside no variable: Nadam's product of momenta.
  std::vector<Variable> numbers() const;

  /// The state: the counter of steps (`SGD/iter`), then what else was made: numbers of the
  /// optimizer and slots. Empty before the first use.
  std::vector<Variable> variables() const;
  /// Values in the order of `variables`.
  std::vector<Tensor> get_weights() const;
  /// ValueError or TypeError when number, shapes or dtypes differ; nothing is assigned then. Before
  /// the first step nobody knows the variables: the slots take their values when it makes them.
  void set_weights(const std::vector<Tensor>& values);

  /// Name and hyper-parameters. ValueError when the rate is a function that is no schedule, or
  /// there are functions of gradients.
  virtual Config get_config() const;

 protected:
  /// Makes the slots of these variables that are missing, kind by kind, with `add_slot`.
  virtual void create_slots(const std::vector<VariableGradient>& gradients);
  /// Once a step, before the first update, `iterations` being the count before this step: for
  /// numbers that all updates share.
  virtual void begin_step() {}
  /// New value of one variable; `gradient` is defined, clipped, and of its shape and dtype.
  virtual void update(const Variable& variable, const Tensor& gradient, double learning_rate) = 0;
  /// False where `update` and the functions that it calls are the library's: no values are kept.
  virtual bool update_may_throw() const { return true; }
  /// True where `update` multiplies the variable by `weight_factor`: it needs no pass of its own.
  virtual bool update_decays_weights() const { return false; }
  /// 1 - rate * weight decay of the variable under way.
  double weight_factor() const { return weight_factor_; }
  double weight_decay() const { return options_.weight_decay; }
  /// From the next step on. ValueError when negative.
  void set_weight_decay(double weight_decay);

  /// A slot of the variable's shape and dtype, all `value`; nothing when it is there already.
  void add_slot(const Variable& variable, const char* slot, double value = 0.0);
  /// The slot that `add_slot` made as number `index` of this variable. ValueError without one.
  const Variable& slot(const Variable& variable, std::size_t index = 0) const;
  /// A number of the optimizer's own, a float64 scalar among its weights, `value` at first; nothing
  /// when it is there already. To be called by `create_slots`.
  void add_number(const char* number, double value);
  /// The one that `add_number` made as number `index`.
  const Variable& number(std::size_t index = 0) const { return slot(iterations_, index); }

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
  void sort_into_groups();
  void clip();
  void update_all(double learning_rate);
  void tell_moves(Index step);
  void make_slot(const Variable& owner, const char* slot, const std::string& name,
                 const Tensor& value);
  void transform(const GradientTransformer& transformer);
  void make_slots(const std::vector<VariableGradient>& gradients);
  bool runs_users_function() const;
  void forget_the_dead();

  OptimizerOptions options_;
  Variable iterations_;  // none before the first use
  std::unordered_map<TensorId, std::vector<Slot>> slots_;
  std::vector<SlotInOrder> slots_in_order_;
  std::vector<Tensor> waiting_;  // values for slots that are not made yet
  bool is_fresh_ = true;         // no slot was asked for yet
  // Of the step under way; members to keep their memory.
  std::vector<VariableGradient> pending_;
  std::vector<Constraint> constraints_;  // theirs, looked up
  std::vector<detail::GroupedSettings> settings_;
  double weight_factor_ = 1;
  struct Move {
    Tensor before, moved;
    double rate;
  };
  std::vector<Move> moves_;       // empty while nobody observes
  std::vector<TensorId> warned_;  // variables that were named in a warning already
};

namespace detail {

/// ValueError that starts with `op` unless `value` is a number >= 0.
void check_not_negative(const std::string& op, const char* parameter, double value);
/// The same unless it is in [0, 1], or in [0, 1) where 1 `is_out`.
void check_share(const std::string& op, const char* parameter, double value, bool is_out = false);
/// `epsilon`, or 1e-7 for 0. ValueError when negative.
double checked_epsilon(const std::string& op, double epsilon);
/// ValueError for bounds that are negative or exclude each other.
void check_clipping(const std::string& op, const ClippingOptions& clipping);

/// How an optimizer asks a tape for gradients.
GradientOptions weighed_by(const Tensor& output_gradient);

/// The variable's constraint, possibly none; one that a user gave by name to a bare variable is
/// looked up. ValueError for a name that no constraint has.
Constraint resolved_constraint(const Variable& variable);

}  // namespace detail
}  // namespace reel
