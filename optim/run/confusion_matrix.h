// How often samples of each class were taken for each class.
//
// Recall: the share of a class's samples that were recognised. Precision: the share of the samples
// called by its name that deserve it. F1: their harmonic mean. All are 0 where there is nothing to
// divide by. Read before: metric.h. Read next: class_metrics.h, binary_metrics.h.
#pragma once

#include <iosfwd>

#include <reel/core/runtime/text_formatter.h>
#include <reel/optim/run/metric.h>

namespace reel {

class ConfusionMatrix final : public Metric {
 public:
  /// ValueError without a class.
  explicit ConfusionMatrix(std::vector<std::string> class_names,
                           std::string name = "confusion_matrix");
  /// Classes that are called by their numbers.
  explicit ConfusionMatrix(Index classes, std::string name = "confusion_matrix");

  Index classes() const { return static_cast<Index>(class_names_.size()); }
  /// The weight, by default the number, of samples of `label` that were taken for `said`.
  /// ValueError for what is no class.
  double at(Index label, Index said) const;

  /// Counts what was decided already, as `argmax(logits).values` decides. ValueError when the
  /// numbers of both differ or one is outside [0, classes).
  void count(ListOf<std::int32_t> labels, ListOf<std::int32_t> said);

  double recall(Index of_class) const;
  double precision(Index of_class) const;
  double f1(Index of_class) const;
  /// Means over the classes that were seen or said.
  double mean_recall() const;
  double mean_precision() const;
  double mean_f1() const;

  /// The share of all samples that were recognised.
  double result() const override;
  void reset() override;
  std::vector<double> state() const override { return counts_; }
  void set_state(ListOf<double> state) override;

  /// A table, a line a class: how many, recall, precision, what it was mostly taken for.
  std::string str() const;

 protected:
  using Metric::count;
  void count(const Tensor& predictions, ListOf<std::int32_t> labels,
             ListOf<double> weights) override;

 private:
  void check_class(Index c) const;
  double seen(Index c) const;
  double said(Index c) const;
  double mean_over_classes(double (ConfusionMatrix::*of_class)(Index) const) const;

  std::vector<std::string> class_names_;
  std::vector<double> counts_;  // [label][said]
};

/// As `str`.
std::ostream& operator<<(std::ostream& out, const ConfusionMatrix& matrix);

}  // namespace reel

template <>
struct fmt::formatter<reel::ConfusionMatrix> : reel::detail::StrFormatter<reel::ConfusionMatrix> {};
