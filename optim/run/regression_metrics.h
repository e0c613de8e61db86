// How far predicted numbers are from the right ones.
//
// Predictions and targets have one shape, (n, ...). Weights are the samples'. Read before:
// metric.h.
#pragma once

#include <reel/optim/run/metric.h>

namespace reel {

namespace detail {

// The mean of a function of the error over all numbers.
class MeanOfErrors : public Metric {
 public:
  MeanOfErrors(std::string name, double (*of_error)(double))
      : Metric(std::move(name)), of_error_(of_error) {}
  double result() const override { return mean_.result(); }
  void reset() override { mean_.reset(); }
  std::vector<double> state() const override { return mean_.state(); }
  void set_state(ListOf<double> state) override;

 protected:
  using Metric::count;
  void count(const Tensor& predictions, const Tensor& targets, ListOf<double> weights) override;

 private:
  double (*of_error_)(double);
  Mean mean_;
};

}  // namespace detail

class MeanAbsoluteError final : public detail::MeanOfErrors {
 public:
  explicit MeanAbsoluteError(std::string name = "mean_absolute_error")
      : MeanOfErrors(std::move(name), [](double e) { return e < 0 ? -e : e; }) {}
  explicit MeanAbsoluteError(EmptyBraces) : MeanAbsoluteError() {}
};

class MeanSquaredError final : public detail::MeanOfErrors {
 public:
  explicit MeanSquaredError(std::string name = "mean_squared_error")
      : MeanOfErrors(std::move(name), [](double e) { return e * e; }) {}
  explicit MeanSquaredError(EmptyBraces) : MeanSquaredError() {}
};

class RootMeanSquaredError final : public detail::MeanOfErrors {
 public:
  explicit RootMeanSquaredError(std::string name = "root_mean_squared_error")
      : MeanOfErrors(std::move(name), [](double e) { return e * e; }) {}
  explicit RootMeanSquaredError(EmptyBraces) : RootMeanSquaredError() {}
  double result() const override;
};

/// The share of the targets' variance that the predictions explain: 1 - (sum of squared errors) /
/// (sum of squared distances from the mean); 1 is perfect, 0 no better than the mean, and there is
/// no lower end. Of several numbers a sample it is the mean of each one's. Where a target never
/// changes it is 1 if all errors are 0, else 0.
class R2 final : public Metric {
 public:
  explicit R2(std::string name = "r2") : Metric(std::move(name)) {}
  explicit R2(EmptyBraces) : R2() {}
  double result() const override;
  void reset() override { columns_.clear(); }
  std::vector<double> state() const override;
  void set_state(ListOf<double> state) override;

 protected:
  using Metric::count;
  void count(const Tensor& predictions, const Tensor& targets, ListOf<double> weights) override;

 private:
  struct Column {
    double weight = 0, mean = 0, squares = 0, errors = 0;  // squares: of distances from the mean
  };
  std::vector<Column> columns_;
};

}  // namespace reel
