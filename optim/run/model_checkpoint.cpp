#include <reel/optim/run/model_checkpoint.h>

#include <algorithm>
#include <charconv>
#include <vector>

#include <reel/core/error.h>
#include <reel/core/io/atomic_file.h>
#include <reel/optim/run/training_run.h>

namespace reel {
namespace {

namespace fs = std::filesystem;

Index total_step(const TrainingRun& run) { return (run.epoch() - 1) * run.steps() + run.step(); }

std::string name_of(const ModelCheckpointOptions& options) {
  if (!options.name.empty()) return options.name;
  return options.best_of.empty() ? "model_checkpoint" : "best_checkpoint";
}

fs::path numbered(const fs::path& file, Index step) {
  return file.string() + "." + std::to_string(step);
}

// The steps of those that stand beside `file`.
std::vector<Index> kept_steps(const fs::path& file) {
  const std::string stem = file.filename().string() + ".";
  std::vector<Index> steps;
  std::error_code trouble;
  const fs::path folder = file.has_parent_path() ? file.parent_path() : fs::path(".");
  for (const auto& entry : fs::directory_iterator(folder, trouble)) {
    const std::string name = entry.path().filename().string();
    Index step = 0;
    const char* end = name.data() + name.size();
    if (!name.starts_with(stem)) continue;
    const auto [rest, status] = std::from_chars(name.data() + stem.size(), end, step);
    if (status == std::errc() && rest == end && name == stem + std::to_string(step))
      steps.push_back(step);
  }
  std::sort(steps.begin(), steps.end());
  return steps;
}

}  // namespace

ModelCheckpoint::ModelCheckpoint(const fs::path& file, const ModelCheckpointOptions& options)
    : Callback(name_of(options)), file_(file), options_(options) {
  if (options.every < 0)
    throw ValueError("ModelCheckpoint: every must be >= 0; got {}", options.every);
  if (options.keep < 0)
    throw ValueError("ModelCheckpoint: keep must be >= 0; got {}", options.keep);
  if (options.every > 0 && !options.best_of.empty())
    throw ValueError(
        "ModelCheckpoint: figures are compared at the ends of epochs; every must be 0 with "
        "best_of; got {}",
        options.every);
  if (!options.best_of.empty())
    monitor_.emplace("ModelCheckpoint", options.best_of, options.better, 0.0);
  const AtomicFile probe(file);
}

void ModelCheckpoint::check(const TrainingRun& run) {
  if (monitor_) monitor_->check(run);
}

void ModelCheckpoint::on_start(TrainingRun& run) {
  if (monitor_ && !run.is_restored(*this)) monitor_->reset();
}

// Before any checkpoint of this moment is written: it keeps what is the best now.
void ModelCheckpoint::on_epoch(TrainingRun& run) {
  if (monitor_) is_best_ = monitor_->improves(run);
}

bool ModelCheckpoint::is_due(const TrainingRun& run) const {
  if (monitor_) return run.epoch_ended() && is_best_;
  return run.epoch_ended() || run.signal() != 0 ||
         (options_.every > 0 && total_step(run) % options_.every == 0);
}

void ModelCheckpoint::between_steps(TrainingRun& run) {
  if (!is_due(run)) return;
  save_training(run, file_, options_.texts);
  if (options_.keep > 0) keep_numbered(run);
}

// The next checkpoint gets the file's name, and this one keeps its other name: no byte is copied
// where the file system has hard links. The link is one to the file itself: to the name, that may
// be a symbolic link, it would show the newest for ever. Those of later steps are of another
// training.
void ModelCheckpoint::keep_numbered(const TrainingRun& run) const {
  const Index step = total_step(run);
  const fs::path kept = numbered(file_, step);
  std::error_code trouble;
  fs::remove(kept, trouble);
  const fs::path itself = fs::canonical(file_, trouble);
  if (!trouble) fs::create_hard_link(itself, kept, trouble);
  if (trouble) save_training(run, kept, options_.texts);
  std::vector<Index> steps = kept_steps(file_);
  std::erase_if(steps, [&](Index other) { return other > step; });
  for (std::size_t i = 0; i + static_cast<std::size_t>(options_.keep) < steps.size(); ++i)
    fs::remove(numbered(file_, steps[i]), trouble);
}

SavedState ModelCheckpoint::state() const {
  SavedState state;
  if (monitor_) state.set("best", monitor_->best());
  return state;
}

void ModelCheckpoint::set_state(const SavedState& state) {
  if (monitor_) monitor_->set_best(state.number("best"));
}

}  // namespace reel
