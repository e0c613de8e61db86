// What a person sees while a program trains: a bar that redraws itself, or plain lines.
//
// On a terminal one line is drawn over and over, at most ten times a second, and each epoch leaves
// one line behind. Elsewhere (a pipe, a log file) a line appears every ten seconds and at each
// epoch's end, without control characters. Invariant: nothing is written but to the file given, and
// whatever follows starts on a line of its own. The rate is that of the epoch's steps so far, the
// time left is the pace since the start, so that tests between epochs count. Price: the caller
// brings means, this class adds nothing up but images and time.
// Read before: error.h. Read next: json_lines.h.
#pragma once

#include <cstdio>
#include <string>
#include <string_view>

#include <reel/core/dtype.h>
#include <reel/core/runtime/list_of.h>

namespace reel {

/// A name and a number to show: {"loss", 0.31}.
struct Figure {
  // No aggregate: `{{"loss", "b"}}` would be one whose name runs from "loss" to "b".
  Figure(std::string_view its_name, double its_value) : name(its_name), value(its_value) {}
  std::string name;
  double value;
};

/// Seconds of a clock that only runs forward.
double steady_seconds();

struct ProgressOptions {
  enum class Mode { automatic, live, lines };
  std::FILE* out = stdout;
  Mode mode = Mode::automatic;          ///< automatic: live when `out` is a terminal
  int columns = 0;                      ///< of the terminal; 0: ask it
  double (*clock)() = &steady_seconds;  ///< for tests
};
constexpr std::string_view name_of(ProgressOptions::Mode mode) {
  return detail::name_in({"automatic", "live", "lines"}, mode);
}

class Progress {
 public:
  /// Shows `epochs` epochs of `steps` steps each. ValueError when one of them is below 1.
  Progress(Index epochs, Index steps, const ProgressOptions& options = {});
  /// Ends the line that is being drawn, if there is one.
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  /// Begins in this epoch, from 1, with so many of its steps done: for a training that goes on.
  /// ValueError when there is no such epoch or step.
  void start_at(Index epoch, Index step);
  /// One more step, which took `images` images; figures are means over the epoch so far.
  void step(Index images, ListOf<Figure> figures);
  /// Leaves the epoch's line, with `figures`, and starts the next epoch.
  void end_epoch(ListOf<Figure> figures);
  /// Ends the line that is being drawn, so that the caller may write.
  void end_line();

 private:
  double images_per_second() const;
  std::string running_line(ListOf<Figure> figures) const;
  void draw(const std::string& line);
  int columns() const;

  ProgressOptions options_;
  bool live_;
  bool line_is_open_ = false;
  Index epochs_, steps_;
  Index epoch_ = 1, step_ = 0, images_ = 0, done_before_ = 0;
  double start_, epoch_start_, last_step_, last_shown_;
};

}  // namespace reel
