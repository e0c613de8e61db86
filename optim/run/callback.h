// Callback: what looks on while `fit` trains, and may stop it.
//
// A callback is somebody else's object: it lives longer than the training and can be asked
// afterwards. It is told of these moments, in this order, and overrides those that it needs.
// Between two steps all that is to happen has happened: there a checkpoint falls. What it remembers
// from one moment to the next it gives in `state`, or a resumed training would differ. Read before:
// saved_state.h. Read next: training_run.h, early_stopping.h for the usual size of one.
#pragma once

#include <string>
#include <utility>

#include <reel/optim/run/saved_state.h>

namespace reel {

class TrainingRun;

class Callback {
 public:
  /// `name` is what its state is called in a checkpoint.
  explicit Callback(std::string name) : name_(std::move(name)) {}
  virtual ~Callback() = default;
  Callback(const Callback&) = delete;
  Callback& operator=(const Callback&) = delete;

  const std::string& name() const { return name_; }

  /// Before anything begins: what cannot work is said here, with an error, while no file of another
  /// callback has been touched.
  virtual void check(const TrainingRun&) {}
  /// Before the first step, with the state of the checkpoint that the training goes on from, if it
  /// does; what was kept of another training is forgotten (`TrainingRun::is_restored`).
  virtual void on_start(TrainingRun&) {}
  /// After each step, its figures counted.
  virtual void on_step(TrainingRun&) {}
  /// After the last step of an epoch, the validation done.
  virtual void on_epoch(TrainingRun&) {}
  /// When Ctrl-C or SIGTERM came: no further step follows.
  virtual void on_interrupt(TrainingRun&) {}
  /// After all of these, of all callbacks.
  virtual void between_steps(TrainingRun&) {}
  /// After the last step, whatever ended the training, but for an exception.
  virtual void on_end(TrainingRun&) {}

  virtual SavedState state() const { return {}; }
  /// What `state` gave. ValueError when it cannot be.
  virtual void set_state(const SavedState&) {}

 private:
  std::string name_;
};

}  // namespace reel
