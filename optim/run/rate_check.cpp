#include <reel/optim/run/rate_check.h>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace reel::detail {
namespace {

constexpr double large_change = 0.3, still_large_change = 0.1, tiny_change = 1e-4;
constexpr double nothing_moved = 0.005;  // of all steps together
constexpr double not_lower = 0.97, not_back = 0.9, hardly_lower = 0.95, noise = 0.8, risen = 3,
                 exploded = 30;
constexpr Index enough_steps = 16, enough_periods = 4;

// The squares of what changed, and of what there was.
std::pair<double, double> squares(const Tensor& before, const Tensor& after) {
  double changed = 0, all = 0;
  dispatch(before.dtype(), [&](auto zero) {
    using T = decltype(zero);
    const auto a = before.span<const T>(), b = after.span<const T>();
    for (std::size_t i = 0; i < a.size(); ++i) {
      const double old = a[i], difference = b[i] - old;
      changed += difference * difference;
      all += old * old;
    }
  });
  return {changed, all};
}

}  // namespace

// Biases begin at 0, so a share of them says nothing.
void RateCheck::keep(const std::vector<Variable>& variables) {
  before_.clear();
  for (const Variable& variable : variables)
    if (variable.shape().rank() >= 2) before_.emplace_back(variable, variable.stored());
}

void RateCheck::measure() {
  double changed = 0, all = 0, most = -1;
  std::string name;
  for (const auto& [variable, before] : before_) {
    const auto [its_change, its_all] = squares(before, variable.stored());
    changed += its_change;
    all += its_all;
    if (const double share = its_change / its_all; its_all > 0 && !(share <= most)) {
      most = share;
      name = variable.name();
    }
  }
  before_.clear();
  if (all == 0) return;
  last_ = std::sqrt(changed / all);
  if (std::isnan(last_)) last_ = HUGE_VAL;
  if (steps_ > 0) largest_later_ = std::max(largest_later_, last_);
  if (last_ < largest_) return;
  largest_ = last_;
  most_ = name;
}

void RateCheck::count(double loss) {
  if (++steps_ == 1) first_loss_ = loss;
  last_loss_ = loss;
  highest_loss_ = std::max(highest_loss_, loss);
  ++since_look_count_;
  since_look_.update(loss);
  in_period_.update(loss);
  if (!std::isfinite(loss) || (largest_ >= large_change && loss > exploded * std::abs(first_loss_)))
    has_diverged_ = true;
  if (steps_ % every_ != 0) return;
  period_ = in_period_.result();
  if (periods_++ == 0) first_period_ = period_;
  in_period_.reset();
}

void RateCheck::look() {
  if (since_look_count_ < std::min(enough_steps, every_)) return;
  recent_ = since_look_.result();
  if (best_ == 0 || recent_ < best_) best_ = recent_;
  const bool is_stuck =
      largest_ >= large_change && recent_ > (has_overshot() ? not_back : not_lower) * first_loss_;
  const bool is_far_above = largest_ >= still_large_change && recent_ > risen * first_loss_;
  const bool rises = last_ >= still_large_change && recent_ > risen * best_;
  const bool is_bad = first_loss_ > 0 && (is_stuck || is_far_above || rises);
  suspicions_ = is_bad ? suspicions_ + 1 : 0;
  since_look_.reset();
  since_look_count_ = 0;
}

bool RateCheck::has_overshot() const {
  return largest_ >= large_change && first_loss_ > 0 && highest_loss_ > risen * first_loss_;
}

// Where nothing can have moved, a lower loss is noise of the batches.
bool RateCheck::is_too_low() const {
  if (!knows_start_ || periods_ < enough_periods || steps_ % every_ != 0) return false;
  if (!(largest_later_ > 0 && largest_later_ < tiny_change)) return false;
  const bool stands_still = largest_later_ * static_cast<double>(steps_) < nothing_moved;
  return first_period_ > 0 && period_ > (stands_still ? noise : hardly_lower) * first_period_;
}

std::string RateCheck::text_of_too_high() const {
  const std::string change =
      most_.empty() ? ""  // no kernel has moved in a step that was measured
                    : fmt::format(", and one step has changed the kernels by {:.3g} % ({} most)",
                                  100 * largest_, most_);
  return fmt::format(
      "rate too high: after {} steps the loss is {:.3g}, it was {:.3g} at the start{}; try a tenth "
      "of the learning rate",
      steps_, is_suspicious() && !has_diverged_ ? recent_ : last_loss_, first_loss_, change);
}

std::string RateCheck::text_of_too_low() const {
  return fmt::format(
      "rate too low: in {} steps the loss went from {:.4g} to {:.4g}, and no step that was looked "
      "at has changed the kernels by more than {:.2g} %; try ten times the learning rate",
      steps_, first_period_, period_, 100 * largest_later_);
}

// What is under way since the last look begins anew.
void RateCheck::save(SavedState& state) const {
  state.set("rate_steps", steps_);
  state.set("rate_periods", periods_);
  state.set("largest_change", largest_);
  state.set("largest_change_later", largest_later_);
  state.set("first_loss", first_loss_);
  state.set("highest_loss", highest_loss_);
  state.set("best_loss", best_);
  state.set("first_period", first_period_);
  state.set("knows_start", Index{knows_start_});
  state.texts["changed_most"] = most_;
}

void RateCheck::load(const SavedState& state) {
  steps_ = state.index("rate_steps");
  periods_ = state.index("rate_periods");
  largest_ = state.number("largest_change");
  largest_later_ = state.number("largest_change_later");
  first_loss_ = state.number("first_loss");
  highest_loss_ = state.number("highest_loss");
  best_ = state.number("best_loss");
  first_period_ = state.number("first_period");
  knows_start_ = state.index("knows_start") != 0;
  most_ = state.text("changed_most");
}

}  // namespace reel::detail
