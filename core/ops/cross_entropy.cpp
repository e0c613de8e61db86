// softmax_cross_entropy, from integer or one-hot labels.
//
// While a tape records, the forward pass stores the gradient beside the loss: exp is what costs,
// and it is needed once for both. A sweep that is itself recorded composes the same formula from
// ops.
#include <reel/core/kernels/softmax/cross_entropy.h>
#include <reel/core/ops/elementwise.h>
#include <reel/core/ops/loss.h>
#include <reel/core/ops/loss_reduction.h>
#include <reel/core/ops/reduction.h>
#include <reel/core/ops/shape_ops.h>
#include <reel/core/record.h>
#include <reel/core/runtime/memory.h>

namespace reel {
namespace {

constexpr const char* op = "softmax_cross_entropy";

Shape shape_of_losses(const Shape& logits) {
  if (logits.rank() < 1 || logits[-1] == 0)
    throw ValueError("{}: logits must have at least one class on the last axis; got shape {}", op,
                     logits);
  return logits.without(logits.rank() - 1);
}

struct LossAndGradient {
  Tensor losses;
  Tensor gradient;  // of each loss in its logits; undefined when no tape records
};

// `label(row, j)` is the target of class j before smoothing.
template <class T, class Label>
LossAndGradient compute(const Tensor& logits, const Shape& shape, double smoothing, Label label) {
  LossAndGradient result{Tensor::empty(shape, logits.dtype()), {}};
  if (recording()) result.gradient = Tensor::empty(logits.shape(), logits.dtype());
  const Index classes = logits.shape()[-1];
  const T keep = static_cast<T>(1 - smoothing);
  const T spread = static_cast<T>(smoothing / static_cast<double>(classes));
  const T* z = logits.data<T>();
  T* losses = writable<T>(result.losses);
  T* gradient = result.gradient.defined() ? writable<T>(result.gradient) : nullptr;
  kernels::cross_entropy<T>(
      z, shape.size(), classes, [&](Index row, Index j) { return label(row, j) * keep + spread; },
      losses, gradient);
  return result;
}

// As a factor of each class: (..., 1).
Tensor with_class_axis(const Tensor& dy) { return reshape(dy, dy.shape().with_one_at(dy.rank())); }

// The gradient in the logits, composed from ops.
Tensor composed_gradient(const Tensor& logits, const Tensor& labels, double smoothing,
                         const Tensor& dy) {
  const Tensor targets =
      detail::smoothed(labels, smoothing, static_cast<double>(logits.shape()[-1]));
  return with_class_axis(dy) * (softmax(logits) * sum(targets, -1, true) - targets);
}

}  // namespace

Tensor softmax_cross_entropy(const Operand& logits_in, const Operand& labels_in,
                             const LossOptions& options) {
  const Tensor &logits = logits_in.tensor(op), &labels = labels_in.tensor(op);
  const Shape shape = shape_of_losses(logits.shape());
  if (labels.shape() != logits.shape())
    throw ValueError("{}: labels must have the logits' shape {}; got {}", op, logits.shape(),
                     labels.shape());
  if (labels.dtype() != logits.dtype())
    throw TypeError("{}: labels must be {} as the logits; got {}; use cast", op, logits.dtype(),
                    labels.dtype());
  detail::check_loss_options(op, shape, logits.dtype(), options);

  const double smoothing = options.label_smoothing;
  const auto [losses, gradient] = dispatch(logits.dtype(), [&](auto zero) {
    using T = decltype(zero);
    const Index classes = logits.shape()[-1];
    return compute<T>(logits, shape, smoothing, [&, l = labels.data<T>()](Index row, Index j) {
      return l[row * classes + j];
    });
  });
  const Tensor per_row =
      record(op, losses,
             wrt(logits,
                 [logits, labels, smoothing, g = gradient](const Tensor& dy) {
                   return recording() ? composed_gradient(logits, labels, smoothing, dy)
                                      : with_class_axis(dy) * g;
                 }),
             wrt(labels, [logits, smoothing](const Tensor& dy) {
               return with_class_axis(dy) * log_softmax(logits) * (smoothing - 1);
             }));
  return detail::reduce_losses(per_row, options);
}

Tensor softmax_cross_entropy(const Operand& logits_in, std::span<const std::int32_t> labels,
                             const LossOptions& options) {
  const Tensor& logits = logits_in.tensor(op);
  const Shape shape = shape_of_losses(logits.shape());
  const Index classes = logits.shape()[-1];
  if (static_cast<Index>(labels.size()) != shape.size())
    throw ValueError("{}: there must be a label for each of the {} rows of logits; got {}", op,
                     shape.size(), labels.size());
  for (std::size_t i = 0; i < labels.size(); ++i)
    if (labels[i] < 0 || labels[i] >= classes)
      throw ValueError("{}: labels must be in [0, {}); got {} at position {}", op, classes,
                       labels[i], i);
  detail::check_loss_options(op, shape, logits.dtype(), options);

  const double smoothing = options.label_smoothing;
  const auto [losses, gradient] = dispatch(logits.dtype(), [&](auto zero) {
    using T = decltype(zero);
    return compute<T>(logits, shape, smoothing,
                      [&](Index row, Index j) { return labels[row] == j ? T{1} : T{0}; });
  });
  memory::Vector<std::int32_t> kept(labels.begin(), labels.end());
  const Tensor per_row = record(
      op, losses,
      wrt(logits, [logits, kept = std::move(kept), smoothing, g = gradient](const Tensor& dy) {
        if (!recording()) return with_class_axis(dy) * g;
        const Tensor rows = one_hot(kept, logits.shape()[-1], logits.dtype());
        return composed_gradient(logits, reshape(rows, logits.shape()), smoothing, dy);
      }));
  return detail::reduce_losses(per_row, options);
}

Tensor sparse_softmax_cross_entropy(const Operand& logits, std::span<const std::int32_t> labels,
                                    const LossOptions& options) {
  return softmax_cross_entropy(logits, labels, options);
}

}  // namespace reel
