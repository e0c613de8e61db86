// softmax_cross_entropy, from integer or one-hot labels.
//
// While a tape records, the forward pass stores the gradient beside the loss: exp is what costs,
// and it is needed once for both; the price is a tensor of the logits' size on the tape. A backward
// pass that is itself recorded composes the same formula from ops, and for that keeps the logits
// too. Integer labels are never spread to rows of ones and zeros until then.
// Read before: softmax.cpp, loss_reduction.h, fused_or.h. Read next: loss.cpp.
#include <reel/core/kernels/softmax/cross_entropy.h>
#include <reel/core/ops/elementwise.h>
#include <reel/core/ops/fused_or.h>
#include <reel/core/ops/loss.h>
#include <reel/core/ops/loss_reduction.h>
#include <reel/core/ops/op_attributes.h>
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

// Images whose last layer works on positions: most often nobody flattened them.
const char* hint_for(const Shape& logits, Index labels) {
  const bool forgot_flatten = logits.rank() > 2 && logits[0] == labels;
  return forgot_flatten ? "; flatten the images in front of the last layer" : "";
}

struct LossAndGradient {
  Tensor losses;
  Tensor gradient;  // of each loss in its logits; undefined when no tape records
};

// `label(row, j)` is the target of class j before smoothing.
template <class T, class Label>
LossAndGradient compute(const Tensor& logits, double smoothing, Label label) {
  const Shape shape = shape_of_losses(logits.shape());
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

// The gradient in the logits, composed from ops: that of sum(targets log_softmax(logits)),
// negative.
Tensor composed_gradient(const Tensor& logits, const Tensor& labels, double smoothing,
                         const Tensor& dy) {
  const Tensor targets =
      detail::smoothed(labels, smoothing, static_cast<double>(logits.shape()[-1]));
  return -with_class_axis(dy) * detail::log_softmax_gradient(log_softmax(logits), targets, -1);
}

// The op for labels of the logits' shape.
Tensor losses_of_rows(const Tensor& logits, const Tensor& labels, double smoothing) {
  const LossAndGradient y = dispatch(logits.dtype(), [&](auto zero) {
    using T = decltype(zero);
    const Index classes = logits.shape()[-1];
    const T* l = labels.data<T>();
    return compute<T>(logits, smoothing, [=](Index row, Index j) { return l[row * classes + j]; });
  });
  if (!recording()) return y.losses;
  return record(op, y.losses,
                wrt(logits,
                    [logits, labels, smoothing, g = y.gradient](const Tensor& dy) {
                      return fused_or(
                          [&] { return with_class_axis(dy) * g; },
                          [&] { return composed_gradient(logits, labels, smoothing, dy); });
                    }),
                wrt(labels,
                    [logits, smoothing](const Tensor& dy) {
                      return with_class_axis(dy) * log_softmax(logits) * (smoothing - 1);
                    }),
                attributes([&] { return detail::named("label_smoothing", smoothing); }));
}

// The op for integers, which have no gradient; the tape keeps a copy of them.
Tensor losses_of_labels(const Tensor& logits, std::span<const std::int32_t> labels,
                        double smoothing) {
  const LossAndGradient y = dispatch(logits.dtype(), [&](auto zero) {
    using T = decltype(zero);
    return compute<T>(logits, smoothing,
                      [&](Index row, Index j) { return labels[row] == j ? T{1} : T{0}; });
  });
  if (!recording()) return y.losses;
  memory::Vector<std::int32_t> kept(labels.begin(), labels.end());
  return record(
      op, y.losses,
      wrt(logits,
          [logits, kept = std::move(kept), smoothing, g = y.gradient](const Tensor& dy) {
            return fused_or([&] { return with_class_axis(dy) * g; },
                            [&] {
                              const Tensor rows = one_hot(kept, logits.shape()[-1], logits.dtype());
                              const Tensor targets = reshape(rows, logits.shape());
                              return composed_gradient(logits, targets, smoothing, dy);
                            });
          }),
      attributes([&] { return detail::named("labels", labels, "label_smoothing", smoothing); }));
}

}  // namespace

Tensor softmax_cross_entropy(const Operand& logits_in, const Operand& labels_in,
                             const LossOptions& options) {
  const Tensor &logits = logits_in.tensor(op), &labels = labels_in.tensor(op);
  const Shape shape = shape_of_losses(logits.shape());
  if (labels.shape() != logits.shape())
    throw ValueError("{}: labels must have the logits' shape {}; got {}{}", op, logits.shape(),
                     labels.shape(),
                     labels.rank() == 2 ? hint_for(logits.shape(), labels.shape()[0]) : "");
  if (labels.dtype() != logits.dtype())
    throw TypeError("{}: labels must be {} as the logits; got {}; use cast", op, logits.dtype(),
                    labels.dtype());
  detail::check_loss_options(op, shape, logits.dtype(), options);

  return detail::reduce_losses(losses_of_rows(logits, labels, options.label_smoothing), options);
}

// Labels are checked one by one: one that names no class would silently count for nothing.
Tensor softmax_cross_entropy(const Operand& logits_in, std::span<const std::int32_t> labels,
                             const LossOptions& options) {
  const Tensor& logits = logits_in.tensor(op);
  const Shape shape = shape_of_losses(logits.shape());
  const Index classes = logits.shape()[-1];
  if (static_cast<Index>(labels.size()) != shape.size())
    throw ValueError("{}: there must be a label for each of the {} rows of logits {}; got {}{}", op,
                     shape.size(), logits.shape(), labels.size(),
                     hint_for(logits.shape(), static_cast<Index>(labels.size())));
  for (std::size_t i = 0; i < labels.size(); ++i)
    if (labels[i] < 0 || labels[i] >= classes)
      throw ValueError("{}: labels must be in [0, {}); got {} at position {}", op, classes,
                       labels[i], i);
  detail::check_loss_options(op, shape, logits.dtype(), options);

  return detail::reduce_losses(losses_of_labels(logits, labels, options.label_smoothing), options);
}

Tensor sparse_softmax_cross_entropy(const Operand& logits, ListOf<std::int32_t> labels,
                                    const LossOptions& options) {
  return softmax_cross_entropy(logits, labels, options);
}

}  // namespace reel
