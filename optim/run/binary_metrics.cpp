// Read before: binary_metrics.h, class_metrics.h.
#include <reel/optim/run/binary_metrics.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include <reel/core/error.h>
#include <reel/optim/run/class_metrics.h>

namespace reel {
namespace {

void check_one_score(const std::string& metric, const Tensor& predictions) {
  if (!detail::is_one_score(predictions))
    throw ValueError("{}: predictions must be one score a sample, (n,) or (n, 1); got shape {}",
                     metric, predictions.shape());
}

}  // namespace

void detail::DecidedByThreshold::set_state(ListOf<double> state) {
  check_state(state, 3);
  right_ = state[0];
  missed_ = state[1];
  wrong_ = state[2];
}

void detail::DecidedByThreshold::count(const Tensor& predictions, ListOf<std::int32_t> labels,
                                       ListOf<double> weights) {
  check_one_score(name(), predictions);
  check_binary(name(), labels);
  const auto said = said_by(predictions, threshold_);
  for (std::size_t i = 0; i < labels.size(); ++i)
    if (labels[i] == 1)
      (said[i] == 1 ? right_ : missed_) += weights[i];
    else if (said[i] == 1)
      wrong_ += weights[i];
}

void AreaUnderCurve::set_state(ListOf<double> state) {
  if (state.size() % 3 != 0)
    throw ValueError("{}: its state must be 3 numbers a sample; got {}", name(), state.size());
  state_.assign(state.begin(), state.end());
}

void AreaUnderCurve::count(const Tensor& predictions, ListOf<std::int32_t> labels,
                           ListOf<double> weights) {
  check_one_score(name(), predictions);
  detail::check_binary(name(), labels);
  const std::vector<double> scores = predictions.to_vector();
  for (std::size_t i = 0; i < scores.size(); ++i)
    if (std::isnan(scores[i]))
      throw ValueError("{}: scores must be numbers; got nan at {}", name(), i);
  for (std::size_t i = 0; i < scores.size(); ++i)
    state_.insert(state_.end(), {scores[i], static_cast<double>(labels[i]), weights[i]});
}

// From the smallest score up: what each sample of class 1 has below it.
double AreaUnderCurve::result() const {
  std::vector<std::size_t> order(state_.size() / 3);
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::sort(order, {}, [this](std::size_t i) { return state_[3 * i]; });
  double area = 0, below = 0, positive = 0;
  for (std::size_t i = 0; i < order.size();) {
    double of_0 = 0, of_1 = 0;  // of one score
    const double score = state_[3 * order[i]];
    for (; i < order.size() && state_[3 * order[i]] == score; ++i)
      (state_[3 * order[i] + 1] == 1 ? of_1 : of_0) += state_[3 * order[i] + 2];
    area += of_1 * (below + of_0 / 2);
    below += of_0;
    positive += of_1;
  }
  return below == 0 || positive == 0 ? 0.0 : area / (below * positive);
}

}  // namespace reel
