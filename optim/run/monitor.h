// Monitor: has a figure become better?
//
// What early stopping, plateaus and the best checkpoint have in common. Read before:
// training_run.h. Read next: early_stopping.h.
#pragma once

#include <string>
#include <string_view>

#include <reel/core/runtime/named_enum.h>
#include <reel/optim/run/training_run.h>

namespace reel {

/// Which values of a figure are better: what `automatic` makes of the names that the library's
/// metrics have is in monitor.cpp.
enum class Better { automatic, lower, higher };
constexpr std::string_view name_of(Better better) {
  return detail::name_in({"automatic", "lower", "higher"}, better);
}

class Monitor {
 public:
  /// `who` begins its errors. ValueError when min_delta is negative or no number.
  Monitor(std::string who, std::string figure, Better better, double min_delta);

  /// ValueError when the training has no such figure.
  void check(const TrainingRun& run) const { run.check_figure(who_, figure_); }
  /// Whether the figure of the epoch that has ended is better than the best so far, by more than
  /// min_delta; then it is the best. What is not a number is never better.
  bool improves(const TrainingRun& run);
  const std::string& figure() const { return figure_; }
  double best() const { return best_; }
  /// Forgets what was seen.
  void reset();
  void set_best(double best) { best_ = best; }

 private:
  std::string who_, figure_;
  bool higher_;
  double min_delta_, best_;
};

}  // namespace reel
