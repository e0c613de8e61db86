#include <reel/optim/run/progress_bar.h>

#include <algorithm>

#include <reel/optim/run/training_run.h>

namespace reel {

ProgressBar::ProgressBar(const ProgressOptions& options)
    : Callback("progress_bar"), options_(options) {}

void ProgressBar::on_start(TrainingRun& run) {
  const Index done = run.epoch_ended() ? run.epoch() : run.epoch() - 1;
  const Index step = run.epoch_ended() ? 0 : run.step();
  progress_.emplace(std::max(run.options.epochs, done + 1), run.steps(), options_);
  progress_->start_at(done + 1, step);
}

void ProgressBar::on_step(TrainingRun& run) { progress_->step(run.samples(), run.figures()); }

// Rate and time stand in the line anyway.
void ProgressBar::on_epoch(TrainingRun& run) {
  std::vector<Figure> shown = run.figures();
  std::erase_if(shown,
                [](const Figure& f) { return f.name == "seconds" || f.name == "learning_rate"; });
  progress_->end_epoch(shown);
}

void ProgressBar::on_end(TrainingRun&) { progress_->end_line(); }

}  // namespace reel
