#include <reel/optim/run/progress.h>

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdlib>

#include <reel/core/error.h>

namespace reel {
namespace {

constexpr double seconds_between_redraws = 0.1;
constexpr double seconds_between_lines = 10.0;
constexpr std::size_t bar_cells = 20;

bool is_terminal(std::FILE* file) {
  const char* kind = std::getenv("TERM");
  return isatty(fileno(file)) && kind && std::string_view(kind) != "dumb";
}

// 0:07, 12:30, 1:02:03
std::string duration(double seconds) {
  const auto whole = static_cast<long long>(std::llround(std::max(0.0, seconds)));
  const long long hours = whole / 3600, minutes = whole / 60 % 60;
  if (hours > 0) return fmt::format("{}:{:02}:{:02}", hours, minutes, whole % 60);
  return fmt::format("{}:{:02}", minutes, whole % 60);
}

std::string bar(Index done, Index all) {
  const std::size_t filled =
      static_cast<std::size_t>(done) * bar_cells / static_cast<std::size_t>(all);
  std::string text(filled, '=');
  if (filled < bar_cells) text += '>';
  text.resize(bar_cells, ' ');
  return "[" + text + "]";
}

std::string as_text(ListOf<Figure> figures) {
  std::string text;
  for (const Figure& figure : figures)
    text += fmt::format("  {} {:.4f}", figure.name, figure.value);
  return text;
}

}  // namespace

double steady_seconds() {
  const auto now = std::chrono::steady_clock::now().time_since_epoch();
  return std::chrono::duration<double>(now).count();
}

Progress::Progress(Index epochs, Index steps, const ProgressOptions& options)
    : options_(options), epochs_(epochs), steps_(steps) {
  if (epochs < 1) throw ValueError("Progress: epochs must be at least 1; got {}", epochs);
  if (steps < 1) throw ValueError("Progress: steps must be at least 1; got {}", steps);
  using Mode = ProgressOptions::Mode;
  live_ = options.mode == Mode::automatic ? is_terminal(options.out) : options.mode == Mode::live;
  start_ = epoch_start_ = last_step_ = options_.clock();
  last_shown_ = live_ ? -seconds_between_redraws : start_;
}

Progress::~Progress() { end_line(); }

void Progress::start_at(Index epoch, Index step) {
  if (epoch < 1 || epoch > epochs_)
    throw ValueError("Progress: the epoch must be in [1, {}]; got {}", epochs_, epoch);
  if (step < 0 || step > steps_)
    throw ValueError("Progress: the step must be in [0, {}]; got {}", steps_, step);
  epoch_ = epoch;
  step_ = step;
  done_before_ = (epoch - 1) * steps_ + step;
}

void Progress::step(Index images, ListOf<Figure> figures) {
  ++step_;
  images_ += images;
  const double now = last_step_ = options_.clock();
  if (now - last_shown_ < (live_ ? seconds_between_redraws : seconds_between_lines)) return;
  last_shown_ = now;
  draw(running_line(figures));
}

void Progress::end_epoch(ListOf<Figure> figures) {
  draw(fmt::format("epoch {}/{}{}  {:.0f} images/s  {}", epoch_, epochs_, as_text(figures),
                   images_per_second(), duration(options_.clock() - epoch_start_)));
  end_line();
  ++epoch_;
  step_ = images_ = 0;
  epoch_start_ = last_step_ = options_.clock();
  if (!live_) last_shown_ = epoch_start_;
}

void Progress::end_line() {
  if (!line_is_open_) return;
  std::fputc('\n', options_.out);
  std::fflush(options_.out);
  line_is_open_ = false;
}

double Progress::images_per_second() const {
  const double seconds = last_step_ - epoch_start_;
  return seconds > 0 ? static_cast<double>(images_) / seconds : 0.0;
}

std::string Progress::running_line(ListOf<Figure> figures) const {
  const Index done = (epoch_ - 1) * steps_ + step_;
  const Index left = epochs_ * steps_ - done;
  const double seconds_left = (options_.clock() - start_) /
                              static_cast<double>(done - done_before_) * static_cast<double>(left);
  return fmt::format("epoch {}/{} {}{}/{}{}  {:.0f} images/s  ETA {}", epoch_, epochs_,
                     live_ ? bar(step_, steps_) + " " : "step ", step_, steps_, as_text(figures),
                     images_per_second(), duration(seconds_left));
}

// A line that wrapped could not be drawn over, so a narrow terminal sees its beginning, up to a
// whole character of UTF-8.
void Progress::draw(const std::string& line) {
  if (live_) {
    std::size_t end = std::min(line.size(), static_cast<std::size_t>(columns()) - 1);
    while (end < line.size() && (line[end] & 0xc0) == 0x80) --end;
    std::fputs(fmt::format("\r{}\x1b[K", line.substr(0, end)).c_str(), options_.out);
    line_is_open_ = true;
  } else {
    std::fputs((line + "\n").c_str(), options_.out);
  }
  std::fflush(options_.out);
}

int Progress::columns() const {
  if (options_.columns > 0) return options_.columns;
  winsize size{};
  if (ioctl(fileno(options_.out), TIOCGWINSZ, &size) != 0 || size.ws_col < 2) return 80;
  return size.ws_col;
}

}  // namespace reel
