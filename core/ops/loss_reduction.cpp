// Weights, and the five ways from many losses to one number.
//
// All of it is composed of ops, so weights have gradients and nothing here needs a rule. What is
// divided by is a count known beforehand, but for the mean over weights: there 0 is only seen in
// the number itself, and gives a loss of 0 with a gradient of 0 instead of NaN.
// Read before: loss_reduction.h. Read next: loss.cpp.
#include <reel/core/ops/loss_reduction.h>

#include <algorithm>
#include <cmath>

#include <reel/core/ops/elementwise.h>
#include <reel/core/ops/reduction.h>
#include <reel/core/ops/shape_ops.h>

namespace reel::detail {
namespace {

Shape aligned(const Shape& weights, const Shape& losses) {
  if (weights.rank() == losses.rank() + 1 && weights[-1] == 1)
    return weights.without(weights.rank() - 1);
  if (weights.rank() + 1 == losses.rank()) return weights.with_one_at(weights.rank());
  return weights;
}

bool broadcasts_to(const Shape& from, const Shape& to) {
  const int extra = to.rank() - from.rank();
  if (extra < 0) return false;
  for (int i = 0; i < from.rank(); ++i)
    if (from[i] != 1 && from[i] != to[i + extra]) return false;
  return true;
}

Index count_nonzero(const Tensor& x) {
  return dispatch(x.dtype(), [&](auto zero) {
    const auto values = x.span<decltype(zero)>();
    return static_cast<Index>(values.size()) - std::count(values.begin(), values.end(), zero);
  });
}

// sum(x) / count. A sum that leaves the dtype's range is taken of what is divided already.
Tensor divided_sum(const Tensor& x, Index count) {
  const Tensor total = sum(x);
  if (count == 0) return total * 0.0;
  const double divisor = static_cast<double>(count);
  return std::isfinite(total.item()) ? total / divisor : sum(x / divisor);
}

}  // namespace

void check_loss_options(const char* op, const Shape& losses, DType dtype,
                        const LossOptions& options) {
  if (!(options.label_smoothing >= 0 && options.label_smoothing <= 1))
    throw ValueError("{}: label_smoothing must be in [0, 1]; got {}", op, options.label_smoothing);
  const Tensor& weights = options.weights;
  if (!weights.defined()) return;
  if (weights.dtype() != dtype)
    throw TypeError("{}: weights must be {} as the losses; got {}; use cast", op, dtype,
                    weights.dtype());
  if (!broadcasts_to(aligned(weights.shape(), losses), losses))
    throw ValueError("{}: weights must broadcast to the losses' shape {}; got {}", op, losses,
                     weights.shape());
}

Tensor smoothed(const Tensor& labels, double smoothing, double classes) {
  return smoothing == 0 ? labels : labels * (1 - smoothing) + smoothing / classes;
}

// An unweighted loss must not pay for weights, so ones are never made.
Tensor reduce_losses(const Tensor& losses, const LossOptions& options) {
  const bool weighted = options.weights.defined();
  const Tensor weights =
      weighted ? reshape(options.weights, aligned(options.weights.shape(), losses.shape()))
               : Tensor();
  const Tensor values = weighted ? losses * weights : losses;
  if (options.reduction == Reduction::none) return values;

  // How often broadcasting repeats each weight.
  const Index repeats = weighted && weights.size() > 0 ? losses.size() / weights.size() : 1;
  switch (options.reduction) {
    case Reduction::weighted_mean: {
      if (!weighted) return divided_sum(values, losses.size());
      const Tensor total = sum(values), total_weight = sum(weights) * static_cast<double>(repeats);
      if (total_weight.item() == 0) return total * 0.0;
      if (std::isfinite(total.item()) && std::isfinite(total_weight.item()))
        return total / total_weight;
      return divided_sum(values, losses.size()) / divided_sum(weights, weights.size());
    }
    case Reduction::by_nonzero_weights:
      return divided_sum(values, weighted ? count_nonzero(weights) * repeats : losses.size());
    case Reduction::sum_over_batch_size:
      return divided_sum(values, losses.size());
    default:
      return sum(values);
  }
}

}  // namespace reel::detail
