// TrainingRun: how far a training has come, beside the loop that does it.
//
// It counts epochs and steps, adds up the loss and the metrics, looks at the validation set when an
// epoch ends, and tells the callbacks. It takes no step itself: that is the loop's part (fit.cpp),
// which anybody may write by hand with these calls. Invariant: between two steps all that a
// training is stands in the net, the optimizer, the loader, the random state, the callbacks and
// here; so a checkpoint that holds these goes on as if nothing had been (saved_training.h).
// Read before: fit_options.h. Read next: training_run.cpp.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <reel/core/io/loader.h>
#include <reel/layers/base/layer.h>
#include <reel/optim/optimizer.h>
#include <reel/optim/run/fit_options.h>
#include <reel/optim/run/history.h>
#include <reel/optim/run/interrupt.h>

namespace reel {

class TrainingRun {
 public:
  /// All of these must live as long as this. ValueError for options that do not fit.
  TrainingRun(Layer& net, Loader& loader, Optimizer& optimizer, const FitOptions& options);

  Layer& net;
  Loader& loader;
  Optimizer& optimizer;
  const FitOptions options;

  // --- for the loop ----------------------------------------------------------------------------

  /// Takes Ctrl-C from here on and tells the callbacks, once all of them have checked what they
  /// need. RuntimeError where another training takes Ctrl-C: `.interruptible = false`.
  void start();
  /// Whether a further step follows.
  bool goes_on() const;
  /// A batch or a piece of one, what the net made of it and the loss that the step will lower: to
  /// be called before the step. ValueError when the loss is no scalar or not finite.
  void count(const Batch& piece, const Tensor& y, const Tensor& loss);
  /// After the step: figures, at the epoch's end the validation, then the callbacks.
  void end_step();
  /// Tells the callbacks and gives what the training has shown.
  History end();

  // --- for callbacks ---------------------------------------------------------------------------

  /// The epoch of the last step, or of the next one before the first, from 1.
  Index epoch() const { return epoch_; }
  /// How many steps of that epoch are done, and how many it has.
  Index step() const { return step_; }
  Index steps() const { return loader.count(); }
  /// Samples of the last step.
  Index samples() const { return samples_; }
  /// The loss that the last step was to lower, before it.
  double loss() const { return step_loss_; }
  /// What the net got in the last step; of a batch in pieces the last piece. It lasts until the
  /// callbacks have been told of the step.
  const Tensor& features() const { return features_; }
  /// Whether the last step ended its epoch.
  bool epoch_ended() const { return epoch_ended_; }
  /// Of the epoch so far; when it has ended, all of it and the validation's.
  const std::vector<Figure>& figures() const { return figures_; }
  /// The one of that name when an epoch has ended. ValueError that begins with `who` for a name
  /// that no figure will have: to be asked for in `on_start`, too.
  double figure(const std::string& who, std::string_view name) const;
  void check_figure(const std::string& who, std::string_view name) const;
  /// Those of an ended epoch, in their order.
  std::vector<std::string> figure_names() const;
  /// No further step; the first reason is kept.
  void stop(const std::string& reason);
  const std::string& stopped() const { return history_.stopped; }
  /// SIGINT or SIGTERM when one ended the training, else 0.
  int signal() const { return history_.signal; }
  /// Whether it went on from a checkpoint.
  bool resumed() const { return resumed_; }
  /// Whether that checkpoint knew this callback.
  bool is_restored(const Callback& callback) const;

  /// Of the counts kept here; what the other parts know is asked from them.
  SavedState state() const;
  /// ValueError for what `state` did not give.
  void set_state(const SavedState& state);
  /// Gives a callback what it kept. ValueError that is the callback's.
  void restore(Callback& callback, const SavedState& state);

 private:
  void tell(void (Callback::*moment)(TrainingRun&));
  void begin_epoch();
  void begin_step();
  void end_epoch();
  void note_interrupt();

  std::optional<Interruptible> ctrl_c_;
  Index epoch_ = 1, step_ = 0, samples_ = 0;
  bool in_step_ = false, epoch_ended_ = false, resumed_ = false;
  double step_loss_ = 0, learning_rate_ = 0, epoch_start_ = 0;
  Tensor features_;
  Mean loss_;
  std::vector<Figure> figures_;
  History history_;
  std::vector<const Callback*> restored_;
};

}  // namespace reel
