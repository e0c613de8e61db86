// Read before: confusion_matrix.h, metric.cpp.
#include <reel/optim/run/confusion_matrix.h>

#include <fmt/format.h>

#include <algorithm>
#include <ostream>

#include <reel/core/error.h>
#include <reel/core/ops/reduction.h>
#include <reel/optim/run/class_metrics.h>

namespace reel {
namespace {

std::vector<std::string> numbers_to(Index classes) {
  std::vector<std::string> names;
  for (Index c = 0; c < classes; ++c) names.push_back(std::to_string(c));
  return names;
}

double share(double part, double whole) { return whole == 0 ? 0.0 : part / whole; }

}  // namespace

ConfusionMatrix::ConfusionMatrix(std::vector<std::string> class_names, std::string name)
    : Metric(std::move(name)),
      class_names_(std::move(class_names)),
      counts_(class_names_.size() * class_names_.size()) {
  if (class_names_.empty())
    throw ValueError("{}: there must be at least one class; got none", this->name());
}

ConfusionMatrix::ConfusionMatrix(Index classes, std::string name)
    : ConfusionMatrix(numbers_to(classes), std::move(name)) {}

// --- counting --------------------------------------------------------------------------------

void ConfusionMatrix::count(ListOf<std::int32_t> labels, ListOf<std::int32_t> said) {
  if (labels.size() != said.size())
    throw ValueError("{}: there must be as many labels as decisions, {}; got {}", name(),
                     said.size(), labels.size());
  for (const auto& [what, values] : {std::pair("labels", labels), std::pair("decisions", said)})
    for (std::size_t i = 0; i < values.size(); ++i)
      if (values[i] < 0 || values[i] >= classes())
        throw ValueError("{}: {} must be in [0, {}); got {} at {}", name(), what, classes(),
                         values[i], i);
  for (std::size_t i = 0; i < labels.size(); ++i)
    counts_[static_cast<std::size_t>(labels[i] * classes() + said[i])] += 1;
}

void ConfusionMatrix::count(const Tensor& predictions, ListOf<std::int32_t> labels,
                            ListOf<double> weights) {
  const bool one_score = detail::is_one_score(predictions);
  const Index found = one_score ? 2 : detail::checked_classes(name(), predictions, labels);
  if (found != classes())
    throw ValueError("{}: predictions must have a score for each of {} classes; got shape {}",
                     name(), classes(), predictions.shape());
  if (one_score) detail::check_binary(name(), labels);
  const std::vector<std::int32_t> said =
      one_score ? detail::said_by(predictions, 0.5) : argmax(predictions).values;
  for (std::size_t i = 0; i < labels.size(); ++i)
    counts_[static_cast<std::size_t>(labels[i] * classes() + said[i])] += weights[i];
}

void ConfusionMatrix::reset() { std::ranges::fill(counts_, 0.0); }

void ConfusionMatrix::set_state(ListOf<double> state) {
  check_state(state, counts_.size());
  counts_.assign(state.begin(), state.end());
}

// --- what is asked ---------------------------------------------------------------------------

void ConfusionMatrix::check_class(Index c) const {
  if (c < 0 || c >= classes())
    throw ValueError("{}: a class must be in [0, {}); got {}", name(), classes(), c);
}

double ConfusionMatrix::at(Index label, Index said) const {
  check_class(label);
  check_class(said);
  return counts_[static_cast<std::size_t>(label * classes() + said)];
}

double ConfusionMatrix::seen(Index c) const {
  double sum = 0;
  for (Index other = 0; other < classes(); ++other) sum += at(c, other);
  return sum;
}

double ConfusionMatrix::said(Index c) const {
  double sum = 0;
  for (Index other = 0; other < classes(); ++other) sum += at(other, c);
  return sum;
}

double ConfusionMatrix::recall(Index c) const { return share(at(c, c), seen(c)); }
double ConfusionMatrix::precision(Index c) const { return share(at(c, c), said(c)); }
double ConfusionMatrix::f1(Index c) const { return share(2 * at(c, c), seen(c) + said(c)); }

double ConfusionMatrix::mean_over_classes(double (ConfusionMatrix::*of_class)(Index) const) const {
  Mean mean;
  for (Index c = 0; c < classes(); ++c)
    if (seen(c) > 0 || said(c) > 0) mean.update((this->*of_class)(c));
  return mean.result();
}

double ConfusionMatrix::mean_recall() const { return mean_over_classes(&ConfusionMatrix::recall); }
double ConfusionMatrix::mean_precision() const {
  return mean_over_classes(&ConfusionMatrix::precision);
}
double ConfusionMatrix::mean_f1() const { return mean_over_classes(&ConfusionMatrix::f1); }

double ConfusionMatrix::result() const {
  double all = 0, right = 0;
  for (Index c = 0; c < classes(); ++c) {
    all += seen(c);
    right += at(c, c);
  }
  return share(right, all);
}

std::string ConfusionMatrix::str() const {
  const auto shown = [](double part, double whole) {
    return whole > 0 ? fmt::format("{:.3f}", part / whole) : std::string("-");
  };
  std::size_t width = 14;
  for (const std::string& name : class_names_) width = std::max(width, name.size() + 1);
  std::string text = fmt::format("{:<{}}{:>7}{:>9}{:>11}   mostly taken for\n", "class", width,
                                 "samples", "recall", "precision");
  for (Index c = 0; c < classes(); ++c) {
    Index rival = c;
    for (Index other = 0; other < classes(); ++other)
      if (other != c && at(c, other) > (rival == c ? 0.0 : at(c, rival))) rival = other;
    text += fmt::format("{:<{}}{:>7}{:>9}{:>11}", class_names_[static_cast<std::size_t>(c)], width,
                        seen(c), shown(at(c, c), seen(c)), shown(at(c, c), said(c)));
    if (rival != c)
      text +=
          fmt::format("   {} ({})", class_names_[static_cast<std::size_t>(rival)], at(c, rival));
    text += "\n";
  }
  return text;
}

std::ostream& operator<<(std::ostream& out, const ConfusionMatrix& matrix) {
  return out << matrix.str();
}

}  // namespace reel
