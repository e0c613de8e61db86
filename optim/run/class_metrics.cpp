// Read before: class_metrics.h, metric.cpp. Read next: confusion_matrix.cpp.
#include <reel/optim/run/class_metrics.h>

#include <reel/core/error.h>

namespace reel {
namespace detail {

bool is_one_score(const Tensor& predictions) {
  return predictions.rank() == 1 || (predictions.rank() == 2 && predictions.shape()[1] == 1);
}

Index checked_classes(const std::string& metric, const Tensor& predictions,
                      ListOf<std::int32_t> labels) {
  if (predictions.rank() != 2)
    throw ValueError("{}: predictions must be (samples, classes); got shape {}", metric,
                     predictions.shape());
  const Index classes = predictions.shape()[1];
  for (std::size_t i = 0; i < labels.size(); ++i)
    if (labels[i] < 0 || labels[i] >= classes)
      throw ValueError("{}: labels must be in [0, {}); got {} at {}", metric, classes, labels[i],
                       i);
  return classes;
}

void check_binary(const std::string& metric, ListOf<std::int32_t> labels) {
  for (std::size_t i = 0; i < labels.size(); ++i)
    if (labels[i] != 0 && labels[i] != 1)
      throw ValueError("{}: with one score a sample labels must be 0 or 1; got {} at {}", metric,
                       labels[i], i);
}

std::vector<std::int32_t> said_by(const Tensor& scores, double threshold) {
  std::vector<std::int32_t> said;
  for (const double score : scores.to_vector()) said.push_back(score > threshold ? 1 : 0);
  return said;
}

}  // namespace detail

TopKAccuracy::TopKAccuracy(Index k, std::string name) : Metric(std::move(name)), k_(k) {
  if (k < 1) throw ValueError("{}: k must be >= 1; got {}", this->name(), k);
}

void TopKAccuracy::set_state(ListOf<double> state) {
  check_state(state, 2);
  share_.set_state(state);
}

// A class is among the k likeliest when fewer than k are before it. NaN is before all: a network
// that gives NaN has recognised nothing.
void TopKAccuracy::count(const Tensor& predictions, ListOf<std::int32_t> labels,
                         ListOf<double> weights) {
  const Index classes = detail::checked_classes(name(), predictions, labels);
  const std::vector<double> scores = predictions.to_vector();
  for (std::size_t i = 0; i < labels.size(); ++i) {
    const double* const row = scores.data() + static_cast<Index>(i) * classes;
    const double own = row[labels[i]];
    Index before = 0;
    for (Index c = 0; c < classes; ++c)
      before += c != labels[i] && (!(row[c] <= own) || (row[c] == own && c < labels[i]));
    share_.update(before < k_ && own == own ? 1.0 : 0.0, weights[i]);
  }
}

void Accuracy::count(const Tensor& predictions, ListOf<std::int32_t> labels,
                     ListOf<double> weights) {
  if (!detail::is_one_score(predictions)) return TopKAccuracy::count(predictions, labels, weights);
  detail::check_binary(name(), labels);
  const auto said = detail::said_by(predictions, threshold_);
  for (std::size_t i = 0; i < said.size(); ++i)
    share_.update(said[i] == labels[i] ? 1.0 : 0.0, weights[i]);
}

}  // namespace reel
