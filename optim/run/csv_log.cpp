#include <reel/optim/run/csv_log.h>

#include <fmt/format.h>

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

void CsvLog::on_start(TrainingRun&) {
  if (end_)
    file_.go_on(*end_);
  else
    file_.begin();
  end_.reset();
  has_header_ = !file_.is_empty();
}

// The header comes with the first line, whose figures it names; both in one write.
void CsvLog::on_epoch(TrainingRun& run) {
  std::string header = "epoch", line = fmt::format("{}", run.epoch());
  for (const Figure& figure : run.figures()) {
    header += ',';
    header += quoted(figure.name);
    line += fmt::format(",{}", figure.value);
  }
  file_.write(has_header_ ? line + '\n' : fmt::format("{}\n{}\n", header, line));
  has_header_ = true;
}

SavedState CsvLog::state() const {
  SavedState state;
  file_.keep_end(state);
  return state;
}

void CsvLog::set_state(const SavedState& state) {
  static_cast<void>(state.index("bytes"));
  static_cast<void>(state.index("checksum"));
  end_ = state;
}

}  // namespace reel
