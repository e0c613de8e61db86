#include <reel/optim/run/json_log.h>

#include <reel/core/ops/random.h>
#include <reel/core/runtime/version.h>
#include <reel/optim/run/training_run.h>

namespace reel {

JsonLog::JsonLog(const std::filesystem::path& path, const JsonLogOptions& options)
    : Callback(options.name), path_(path), options_(options) {
  const detail::LogFile probe(path);
}

void JsonLog::check(const TrainingRun& run) {
  if (!run.is_restored(*this)) end_.reset();
  if (end_) static_cast<void>(detail::LogFile(path_).is_that_of(*end_));
}

void JsonLog::on_start(TrainingRun& run) {
  if (end_)
    lines_.emplace(path_, *end_);
  else
    lines_.emplace(path_);
  end_.reset();
  if (run.resumed()) {
    lines_->write({{"event", "resumed"}, {"epoch", run.epoch()}, {"step", run.step()}});
    return;
  }
  Config options = options_.options;
  const auto add = [&](const char* name, Index value) {
    if (!options.contains(name)) options.set(name, value);
  };
  add("epochs", run.options.epochs);
  add("batch_size", run.loader.options().size);
  add("micro_batches", run.options.micro_batches);
  lines_->write({{"event", "start"},
                 {"seed", run.loader.options().seed},
                 {"options", options},
                 {"versions", Config{{"reel", std::string(version())}}}});
}

void JsonLog::on_epoch(TrainingRun& run) {
  std::vector<JsonField> fields{{"epoch", run.epoch()}};
  for (const Figure& figure : run.figures()) fields.emplace_back(figure.name, figure.value);
  lines_->write(fields);
}

void JsonLog::on_interrupt(TrainingRun& run) {
  lines_->write({{"event", "interrupted"}, {"epoch", run.epoch()}, {"step", run.step()}});
}

void JsonLog::on_end(TrainingRun& run) {
  if (run.signal() != 0) return;
  std::vector<JsonField> fields{{"event", "end"}, {"epoch", run.epoch()}, {"step", run.step()}};
  if (!run.stopped().empty()) fields.emplace_back("stopped", run.stopped());
  lines_->write(fields);
}

SavedState JsonLog::state() const {
  SavedState state;
  if (lines_) lines_->keep_end(state);
  return state;
}

void JsonLog::set_state(const SavedState& state) { end_ = detail::LogFile::checked_end(state); }

}  // namespace reel
