#include <reel/optim/run/monitor.h>

#include <cmath>
#include <limits>

#include <reel/core/error.h>

namespace reel {
namespace {

// Losses and errors are better when they are lower; these are better when they are higher.
bool is_merit(const std::string& figure) {
  for (const char* merit :
       {"accuracy", "precision", "recall", "f1", "auc", "r2", "confusion_matrix"})
    if (figure.find(merit) != std::string::npos) return true;
  return false;
}

}  // namespace

Monitor::Monitor(std::string who, std::string figure, Better better, double min_delta)
    : who_(std::move(who)),
      figure_(std::move(figure)),
      higher_(better == Better::higher || (better == Better::automatic && is_merit(figure_))),
      min_delta_(min_delta) {
  reset();
  if (!(min_delta >= 0)) throw ValueError("{}: min_delta must be >= 0; got {}", who_, min_delta);
}

void Monitor::reset() { best_ = std::numeric_limits<double>::infinity() * (higher_ ? -1 : 1); }

bool Monitor::improves(const TrainingRun& run) {
  const double value = run.figure(who_, figure_);
  const bool is_better = higher_ ? value > best_ + min_delta_ : value < best_ - min_delta_;
  if (is_better) best_ = value;
  return is_better;
}

}  // namespace reel
