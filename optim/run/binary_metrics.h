// Metrics of two classes, of which 1 is the one that is looked for.
//
// Predictions are one score a sample, (n,) or (n, 1), larger for likelier. Precision, recall and F1
// decide by a threshold: 0.5 for probabilities; say 0 for logits. What more than two classes have
// of these is in confusion_matrix.h. Read before: metric.h. Read next: binary_metrics.cpp.
#pragma once

#include <reel/optim/run/metric.h>

namespace reel {

namespace detail {

// Counts what a threshold decides. ValueError for more than one score a sample, and for a label
// that is neither 0 nor 1.
class DecidedByThreshold : public Metric {
 public:
  DecidedByThreshold(std::string name, double threshold)
      : Metric(std::move(name)), threshold_(threshold) {}
  void reset() override { right_ = missed_ = wrong_ = 0; }
  std::vector<double> state() const override { return {right_, missed_, wrong_}; }
  void set_state(ListOf<double> state) override;

 protected:
  using Metric::count;
  void count(const Tensor& predictions, ListOf<std::int32_t> labels,
             ListOf<double> weights) override;
  static double share(double part, double whole) { return whole == 0 ? 0.0 : part / whole; }

  double right_ = 0, missed_ = 0, wrong_ = 0;  // of class 1: said, not said, said of class 0

 private:
  double threshold_;
};

}  // namespace detail

/// The share of the samples called 1 that are.
class Precision final : public detail::DecidedByThreshold {
 public:
  explicit Precision(double threshold = 0.5, std::string name = "precision")
      : DecidedByThreshold(std::move(name), threshold) {}
  explicit Precision(std::initializer_list<EmptyBraces>) : Precision() {}
  double result() const override { return share(right_, right_ + wrong_); }
};

/// The share of the samples of class 1 that were called so.
class Recall final : public detail::DecidedByThreshold {
 public:
  explicit Recall(double threshold = 0.5, std::string name = "recall")
      : DecidedByThreshold(std::move(name), threshold) {}
  explicit Recall(std::initializer_list<EmptyBraces>) : Recall() {}
  double result() const override { return share(right_, right_ + missed_); }
};

/// The harmonic mean of precision and recall.
class F1 final : public detail::DecidedByThreshold {
 public:
  explicit F1(double threshold = 0.5, std::string name = "f1")
      : DecidedByThreshold(std::move(name), threshold) {}
  explicit F1(std::initializer_list<EmptyBraces>) : F1() {}
  double result() const override { return share(2 * right_, 2 * right_ + missed_ + wrong_); }
};

/// The area under the receiver operating characteristic: how probable it is that a sample of class
/// 1 has a larger score than one of class 0, equal ones counting half. It is exact, for which it
/// keeps every score: three numbers a sample. 0 unless there are samples of both classes.
class AreaUnderCurve final : public Metric {
 public:
  explicit AreaUnderCurve(std::string name = "auc") : Metric(std::move(name)) {}
  explicit AreaUnderCurve(EmptyBraces) : AreaUnderCurve() {}
  double result() const override;
  void reset() override { state_.clear(); }
  std::vector<double> state() const override { return state_; }
  void set_state(ListOf<double> state) override;

 protected:
  using Metric::count;
  void count(const Tensor& predictions, ListOf<std::int32_t> labels,
             ListOf<double> weights) override;

 private:
  std::vector<double> state_;  // score, label, weight, of each sample
};

}  // namespace reel
