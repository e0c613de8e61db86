// How often the right class was among the likeliest.
//
// Predictions are scores (n, classes), larger for likelier: logits and probabilities give the same.
// Of equal scores the first counts as larger, as argmax has it. Read before: metric.h. Read next:
// confusion_matrix.h, binary_metrics.h.
#pragma once

#include <reel/optim/run/metric.h>

namespace reel {

/// The share of samples whose class is among the k likeliest.
class TopKAccuracy : public Metric {
 public:
  /// ValueError when k < 1.
  explicit TopKAccuracy(Index k = 5, std::string name = "top_k_accuracy");
  explicit TopKAccuracy(std::initializer_list<EmptyBraces>) : TopKAccuracy() {}

  Index k() const { return k_; }
  double result() const override { return share_.result(); }
  void reset() override { share_.reset(); }
  std::vector<double> state() const override { return share_.state(); }
  void set_state(ListOf<double> state) override;

 protected:
  using Metric::count;
  void count(const Tensor& predictions, ListOf<std::int32_t> labels,
             ListOf<double> weights) override;

  Mean share_;  // of the right ones

 private:
  Index k_;
};

/// The share of samples whose class is the likeliest. With one score a sample, (n,) or (n, 1), as a
/// sigmoid gives it, class 1 is said where that is above the threshold: 0.5 for probabilities; say
/// 0 for logits.
class Accuracy final : public TopKAccuracy {
 public:
  explicit Accuracy(std::string name = "accuracy", double threshold = 0.5)
      : TopKAccuracy(1, std::move(name)), threshold_(threshold) {}
  explicit Accuracy(EmptyBraces) : Accuracy() {}

 protected:
  using TopKAccuracy::count;
  void count(const Tensor& predictions, ListOf<std::int32_t> labels,
             ListOf<double> weights) override;

 private:
  double threshold_;
};

namespace detail {

/// Whether predictions are one score a sample.
bool is_one_score(const Tensor& predictions);
/// The number of classes of predictions (n, classes). ValueError for other shapes, and for a label
/// that is no class.
Index checked_classes(const std::string& metric, const Tensor& predictions,
                      ListOf<std::int32_t> labels);
/// ValueError for a label that is neither 0 nor 1.
void check_binary(const std::string& metric, ListOf<std::int32_t> labels);
/// 1 where the score is above the threshold, else 0.
std::vector<std::int32_t> said_by(const Tensor& scores, double threshold);

}  // namespace detail
}  // namespace reel
