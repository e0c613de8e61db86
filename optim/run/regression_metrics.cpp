// Read before: regression_metrics.h, metric.cpp.
#include <reel/optim/run/regression_metrics.h>

#include <cmath>

#include <reel/core/error.h>

namespace reel {

void detail::MeanOfErrors::set_state(ListOf<double> state) {
  check_state(state, 2);
  mean_.set_state(state);
}

void detail::MeanOfErrors::count(const Tensor& predictions, const Tensor& targets,
                                 ListOf<double> weights) {
  const std::vector<double> p = predictions.to_vector(), t = targets.to_vector();
  for (std::size_t i = 0; i < p.size(); ++i)
    mean_.update(of_error_(p[i] - t[i]), weights[i * weights.size() / p.size()]);
}

double RootMeanSquaredError::result() const { return std::sqrt(MeanOfErrors::result()); }

// Means and squares are moved by each number, since a sum of squares would lose the digits of
// targets that lie far from 0.
void R2::count(const Tensor& predictions, const Tensor& targets, ListOf<double> weights) {
  const std::vector<double> p = predictions.to_vector(), t = targets.to_vector();
  if (p.empty()) return;
  const std::size_t columns = p.size() / weights.size();
  if (columns_.empty()) columns_.resize(columns);
  if (columns_.size() != columns)
    throw ValueError("{}: there must be {} numbers a sample, as before; got {}", name(),
                     columns_.size(), columns);
  for (std::size_t i = 0; i < p.size(); ++i) {
    const double weight = weights[i / columns];
    if (weight == 0) continue;
    Column& column = columns_[i % columns];
    column.weight += weight;
    const double off = t[i] - column.mean;
    column.mean += off * weight / column.weight;
    column.squares += weight * off * (t[i] - column.mean);
    column.errors += weight * (p[i] - t[i]) * (p[i] - t[i]);
  }
}

double R2::result() const {
  Mean mean;
  for (const Column& column : columns_)
    if (column.squares > 0)
      mean.update(1 - column.errors / column.squares);
    else
      mean.update(column.errors == 0 ? 1.0 : 0.0);
  return mean.result();
}

std::vector<double> R2::state() const {
  std::vector<double> state;
  for (const Column& c : columns_)
    state.insert(state.end(), {c.weight, c.mean, c.squares, c.errors});
  return state;
}

void R2::set_state(ListOf<double> state) {
  if (state.size() % 4 != 0)
    throw ValueError("{}: its state must be 4 numbers a column; got {}", name(), state.size());
  columns_.clear();
  for (std::size_t i = 0; i < state.size(); i += 4)
    columns_.push_back({state[i], state[i + 1], state[i + 2], state[i + 3]});
}

}  // namespace reel
