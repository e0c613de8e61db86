// The losses but for softmax_cross_entropy: checks, a value for each element, then the reduction.
//
// Where ops compose to the loss without loss of accuracy they are composed; the sigmoid's
// cross-entropy and Huber's are ops of their own, the one because log and sigmoid would overflow
// apart, the other because its two branches are one choice and its derivative one clip. The options
// are checked before any work. Read before: loss.h, loss_pairs.h, loss_reduction.h. Read next:
// cross_entropy.cpp, error_losses.cpp.
#include <reel/core/ops/loss.h>

#include <algorithm>
#include <cmath>

#include <reel/core/kernels/reduction/units.h>
#include <reel/core/ops/element_tiles.h>
#include <reel/core/ops/fused_or.h>
#include <reel/core/ops/loss_pairs.h>
#include <reel/core/ops/loss_reduction.h>
#include <reel/core/ops/map.h>
#include <reel/core/ops/op_attributes.h>
#include <reel/core/ops/reduction.h>

namespace reel {
namespace {

// sigmoid(z) - l, from sigmoid(-|z|), in which no digit is lost.
Tensor sigmoid_less(const Tensor& z, const Tensor& l) {
  Tensor y = sigmoid(detail::map(z, [](auto at) { return -std::abs(at); }));
  dispatch(z.dtype(), [&](auto zero) {
    using T = decltype(zero);
    const T *at = z.data<T>(), *label = l.data<T>();
    T* const to = writable<T>(y);
    detail::for_each_tile(y.size(), [=](Index begin, Index end) {
      for (Index i = begin; i < end; ++i)
        to[i] = at[i] > 0 ? (1 - label[i]) - to[i] : to[i] - label[i];
    });
  });
  return y;
}

// softplus(z) - z l, arranged so that neither large z overflows nor large losses cancel: what z
// costs on the wrong side, which is nothing where no label is there, plus softplus(-|z|).
Tensor sigmoid_losses(const Tensor& z, const Tensor& l) {
  Tensor y = detail::map_same_shape(z, l, [](auto at, auto label) {
    const auto wrong = at > 0 ? 1 - label : label;
    return (wrong == 0 ? 0 : std::abs(at) * wrong) + std::log1p(std::exp(-std::abs(at)));
  });
  if (!recording()) return y;
  return record("sigmoid_cross_entropy", y,
                wrt(z,
                    [z, l](const Tensor& dy) {
                      // Where sigmoid(z) is nearly 1, and l may be, their difference comes from -z.
                      return fused_or([&] { return dy * sigmoid_less(z, l); },
                                      [&] {
                                        const Tensor above = (1 - l) - sigmoid(-z);
                                        return dy * where(greater(z, 0), above, sigmoid(z) - l);
                                      });
                    }),
                wrt(l, [z](const Tensor& dy) { return -dy * z; }));
}

Tensor huber_losses(const Tensor& error, double delta) {
  Tensor y = detail::map(error, [delta](auto e) {
    using T = decltype(e);
    const T d = static_cast<T>(delta), size = std::abs(e);
    return size <= d ? e * (e / 2) : d * (size - d / 2);
  });
  if (!recording()) return y;
  return record(
      "huber", y,
      wrt(error, [error, delta](const Tensor& dy) { return dy * clip(error, -delta, delta); }),
      attributes([&] { return detail::named("delta", delta); }));
}

// p / sum(p) of each row; in units of its largest element where the sum is no number of the dtype.
Tensor shares_of(const Tensor& p) {
  const Tensor total = sum(p, -1, true);
  const bool fits = dispatch(p.dtype(), [&](auto zero) {
    const auto totals = total.span<const decltype(zero)>();
    return std::all_of(totals.begin(), totals.end(), [](auto t) { return std::isfinite(t); });
  });
  if (fits) return p / total;
  const Tensor units = [&] {
    const PauseRecording pause;
    return detail::map_same_shape(total, max(abs(p), -1, true), [](auto t, auto most) {
      return std::isfinite(t) ? decltype(most)(1) : kernels::unit_below(most);
    });
  }();
  const Tensor in_units = p / units;
  return in_units / sum(in_units, -1, true);
}

}  // namespace

// Composed of ops throughout, so that it needs no rule: exactness is what logits are for.
Tensor categorical_crossentropy(const Operand& probabilities, const Operand& labels_in,
                                const LossOptions& options, double epsilon) {
  constexpr const char* op = "categorical_crossentropy";
  const Tensor &p = probabilities.tensor(op), &labels = labels_in.tensor(op);
  if (p.rank() < 1)
    throw ValueError("{}: probabilities must have a last axis of classes; got shape {}", op,
                     p.shape());
  if (labels.shape() != p.shape())
    throw ValueError("{}: labels must have the shape of the probabilities, {}; got {}", op,
                     p.shape(), labels.shape());
  if (labels.dtype() != p.dtype())
    throw TypeError("{}: labels must be {} as the probabilities; got {}; use cast", op, p.dtype(),
                    labels.dtype());
  if (!(epsilon >= 0 && epsilon < 0.5))
    throw ValueError("{}: epsilon must be in [0, 0.5); got {}", op, epsilon);
  detail::check_loss_options(op, p.shape().without(p.rank() - 1), p.dtype(), options);

  Tensor clipped = clip(shares_of(p), epsilon, 1 - epsilon);
  const Tensor targets =
      detail::smoothed(labels, options.label_smoothing, static_cast<double>(p.shape()[-1]));
  // Nothing is lost where a class has no share and no label; 0 log(0) would be NaN.
  if (epsilon == 0) clipped = where(equal(clipped, 0) * equal(targets, 0), 1, clipped);
  return detail::reduce_losses(-sum(targets * log(clipped), -1), options);
}

Tensor sigmoid_cross_entropy(const Operand& logits_in, const Operand& labels_in,
                             const LossOptions& options) {
  constexpr const char* op = "sigmoid_cross_entropy";
  const detail::Pairs pairs = detail::matched(op, logits_in, labels_in, "logits");
  const Tensor& z = pairs.predictions;
  detail::check_loss_options(op, z.shape(), z.dtype(), options);
  const Tensor l = detail::smoothed(pairs.labels, options.label_smoothing, 2.0);
  return detail::reduce_losses(sigmoid_losses(z, l), options);
}

Tensor mean_squared_error(const Operand& predictions, const Operand& labels,
                          const LossOptions& options) {
  const detail::Pairs pairs =
      detail::matched_elements("mean_squared_error", predictions, labels, options);
  return detail::reduce_losses(squared_difference(pairs.predictions, pairs.labels), options);
}

namespace {

Tensor absolute_errors(const char* op, const Operand& predictions, const Operand& labels,
                       const LossOptions& options) {
  const detail::Pairs pairs = detail::matched_elements(op, predictions, labels, options);
  return detail::reduce_losses(abs(pairs.predictions - pairs.labels), options);
}

}  // namespace

Tensor absolute_difference(const Operand& predictions, const Operand& labels,
                           const LossOptions& options) {
  return absolute_errors("absolute_difference", predictions, labels, options);
}

Tensor mean_absolute_error(const Operand& predictions, const Operand& labels,
                           const LossOptions& options) {
  return absolute_errors("mean_absolute_error", predictions, labels, options);
}

Tensor huber(const Operand& predictions, const Operand& labels, double delta,
             const LossOptions& options) {
  if (!(delta > 0)) throw ValueError("huber: delta must be > 0; got {}", delta);
  const detail::Pairs pairs = detail::matched_elements("huber", predictions, labels, options);
  return detail::reduce_losses(huber_losses(pairs.predictions - pairs.labels, delta), options);
}

}  // namespace reel
