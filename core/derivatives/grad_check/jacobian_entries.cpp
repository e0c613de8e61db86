// Jacobians, a column a backward pass by the rules and a row a pair of values by differences.
//
// The rules are asked with a weight of 1 on one element of one output at a time, which is what a
// product with a unit vector is; the differences move one element of the source. The two meet in
// one layout, a row for each element of the source. Slow and simple: it runs once, on a failure.
// Read before: jacobian_entries.h. Read next: patterns.cpp.
#include <reel/core/derivatives/grad_check/jacobian_entries.h>

#include <algorithm>
#include <cmath>

#include <reel/core/ops/factories.h>

namespace reel::detail {
namespace {

std::vector<Jacobian> empty_jacobians(const Tensor& x, const std::vector<Tensor>& outputs) {
  std::vector<Jacobian> result;
  for (const Tensor& y : outputs)
    result.push_back(
        {x.shape(), y.shape(), std::vector<double>(static_cast<std::size_t>(x.size() * y.size()))});
  return result;
}

}  // namespace

Point moved(const Point& point, std::size_t source, Index entry, double by) {
  Point result = point;
  std::vector<double> values = point[source].to_vector();
  values[static_cast<std::size_t>(entry)] += by;
  result[source] = Tensor(values, point[source].shape());
  return result;
}

std::vector<Jacobian> rule_jacobians(const Differentiable& f, const Point& point,
                                     std::size_t source) {
  const std::vector<Tensor> outputs = f.values(point);
  std::vector<Jacobian> result = empty_jacobians(point[source], outputs);
  std::vector<Tensor> weights;
  for (const Tensor& y : outputs) weights.push_back(zeros_like(y));
  for (std::size_t b = 0; b < outputs.size(); ++b)
    for (Index j = 0; j < outputs[b].size(); ++j) {
      std::vector<Tensor> unit = weights;
      std::vector<double> values(static_cast<std::size_t>(outputs[b].size()));
      values[static_cast<std::size_t>(j)] = 1;
      unit[b] = Tensor(values, outputs[b].shape());
      const Tensor gradient = f.gradients(point, unit)[source];
      for (Index i = 0; i < gradient.size(); ++i) result[b].at(i, j) = gradient.data<double>()[i];
    }
  return result;
}

std::vector<Jacobian> difference_jacobians(const Differentiable& f, const Point& point,
                                           std::size_t source, double step) {
  std::vector<Jacobian> result = empty_jacobians(point[source], f.values(point));
  for (Index i = 0; i < point[source].size(); ++i) {
    const double by = step * std::max(1.0, std::abs(point[source].data<double>()[i]));
    const std::vector<Tensor> after = f.values(moved(point, source, i, by));
    const std::vector<Tensor> before = f.values(moved(point, source, i, -by));
    for (std::size_t b = 0; b < after.size(); ++b)
      for (Index j = 0; j < after[b].size(); ++j)
        result[b].at(i, j) = (after[b].data<double>()[j] - before[b].data<double>()[j]) / (2 * by);
  }
  return result;
}

}  // namespace reel::detail
