// A metric: one number about many batches, such as an accuracy.
//
// It adds up what it is shown and keeps sums, never batches, so an epoch of any length costs the
// same memory (AreaUnderCurve is the exception). Nothing of it is recorded by a tape. Its state is
// a list of numbers, so that a training which is stopped in mid-epoch goes on with the same ones.
// One of your own overrides five small functions; class_metrics.cpp shows how short they are.
// Read before: tensor.h. Read next: class_metrics.h, regression_metrics.h.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <vector>

#include <reel/core/io/batch.h>
#include <reel/core/runtime/empty_braces.h>
#include <reel/core/runtime/list_of.h>
#include <reel/core/tensor.h>

namespace reel {

class Metric {
 public:
  explicit Metric(std::string name) : name_(std::move(name)) {}
  virtual ~Metric() = default;

  /// What logs and progress call it.
  const std::string& name() const { return name_; }

  /// Shows it a batch: predictions (n, ...), a class for each of the n samples, and the samples'
  /// weights (n,), ones when undefined. ValueError when the numbers differ, for a label outside
  /// [0, classes) and a negative weight; TypeError of a metric that compares numbers.
  void update(const Tensor& predictions, ListOf<std::int32_t> labels, const Tensor& weights = {});
  void update(const Tensor& predictions, std::initializer_list<std::int32_t> labels,
              const Tensor& weights = {}) {
    update(predictions, ListOf(labels), weights);
  }
  /// The same with a number, or several, for each sample: targets of the predictions' shape. A last
  /// axis of 1 that one of the two has too many is taken as absent. TypeError of a metric that
  /// counts classes.
  void update(const Tensor& predictions, const Tensor& targets, const Tensor& weights = {});
  /// With the classes of a batch, or its targets where they are none.
  void update(const Tensor& predictions, const Batch& batch, const Tensor& weights = {});

  /// The number of all that was shown since the last `reset`; 0 of nothing.
  virtual double result() const = 0;
  /// Forgets everything.
  virtual void reset() = 0;
  /// All that it remembers; `set_state` takes it back. ValueError when it is another metric's.
  virtual std::vector<double> state() const = 0;
  virtual void set_state(ListOf<double> state) = 0;

 protected:
  // What was checked comes here, weights as one number a sample.
  virtual void count(const Tensor& predictions, ListOf<std::int32_t> labels,
                     ListOf<double> weights);
  virtual void count(const Tensor& predictions, const Tensor& targets, ListOf<double> weights);

  /// ValueError unless there are `wanted` numbers of state.
  void check_state(ListOf<double> state, std::size_t wanted) const;

 private:
  std::string name_;
};

/// A weighted mean of single numbers, such as the losses of an epoch's steps.
class Mean {
 public:
  void update(double value, double weight = 1.0) {
    sum_ += value * weight;
    weight_ += weight;
  }
  /// 0 of nothing.
  double result() const { return weight_ == 0 ? 0.0 : sum_ / weight_; }
  void reset() { *this = Mean(); }
  std::vector<double> state() const { return {sum_, weight_}; }
  void set_state(ListOf<double> state);

 private:
  double sum_ = 0.0, weight_ = 0.0;
};

}  // namespace reel
