#include <reel/optim/run/csv_log.h>

#include <fmt/format.h>

#include <reel/core/error.h>
#include <reel/optim/run/training_run.h>

namespace reel {
namespace {

std::string quoted(const std::string& text) {
  if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
  std::string result = "\"";
  for (const char c : text) {
    if (c == '"') result += '"';
    result += c;
  }
  result += '"';
  return result;
}

}  // namespace

CsvLog::CsvLog(const std::filesystem::path& path, std::string name)
    : Callback(std::move(name)), file_(path) {}

// A line under a header of other figures could be read as theirs.
void CsvLog::check(const TrainingRun& run) {
  header_ = "epoch";
  for (const std::string& name : run.figure_names()) header_ += ',' + quoted(name);
  if (!run.is_restored(*this)) end_.reset();
  if (!end_ || !file_.is_that_of(*end_)) return;
  const auto there = end_->texts.find("header");
  if (there != end_->texts.end() && there->second != header_)
    throw ValueError("CsvLog: the columns must be those of the file, {}; got {}; name a new file",
                     there->second, header_);
}

void CsvLog::on_start(TrainingRun&) {
  if (end_)
    file_.go_on(*end_);
  else
    file_.begin();
  end_.reset();
}

// The header comes with the first line; both in one write.
void CsvLog::on_epoch(TrainingRun& run) {
  std::string line = fmt::format("{}", run.epoch());
  for (const Figure& figure : run.figures()) line += fmt::format(",{}", figure.value);
  file_.write(file_.is_empty() ? fmt::format("{}\n{}\n", header_, line) : line + '\n');
}

SavedState CsvLog::state() const {
  SavedState state;
  file_.keep_end(state);
  if (!file_.is_empty()) state.texts["header"] = header_;
  return state;
}

void CsvLog::set_state(const SavedState& state) { end_ = detail::LogFile::checked_end(state); }

}  // namespace reel
