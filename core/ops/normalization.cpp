// With x^ = (x - mean) / sqrt(variance + epsilon) and y = gamma x^ + beta:
//
//   dbeta = sum(dy), dgamma = sum(dy x^), dx = gamma / sqrt(variance + epsilon) *
//                                              (dy - mean(dy) - x^ mean(dy x^))
//
// where sums and means run over all axes but the channels'. A backward pass that nothing records
// takes them from two fused passes; a recorded one writes the same formulas with differentiable
// ops. Read before: check_normalization.h. Read next: normalization_loops.h.
#include <reel/core/ops/normalization.h>

#include <cmath>

#include <reel/core/kernels/naive/naive_normalization.h>
#include <reel/core/kernels/normalization/normalization_loops.h>
#include <reel/core/ops/check_normalization.h>
#include <reel/core/ops/elementwise.h>
#include <reel/core/ops/factories.h>
#include <reel/core/ops/fused_or.h>
#include <reel/core/ops/normalization_in_units.h>
#include <reel/core/ops/reduction.h>
#include <reel/core/record.h>
#include <reel/core/runtime/kernel_choice.h>

namespace reel {
namespace {

using detail::Normalization;

// (C,) made from (C,) tensors: value(c) in double.
template <class F>
Tensor per_channel(const Normalization& n, DType dtype, const F& value) {
  Tensor result = Tensor::empty({n.view.channels}, dtype);
  dispatch(dtype, [&](auto zero) {
    using T = decltype(zero);
    T* to = writable<T>(result);
    for (Index c = 0; c < n.view.channels; ++c) to[c] = static_cast<T>(value(c));
  });
  return result;
}

// Element c of a (C,) tensor as a double; what an undefined one stands for.
double element(const Tensor& per_channel, Index c, double otherwise = 0) {
  if (!per_channel.defined()) return otherwise;
  return dispatch(per_channel.dtype(), [&](auto zero) {
    return static_cast<double>(per_channel.data<decltype(zero)>()[c]);
  });
}

// A call as the loops of the definition take it; no beta for gradients, which do not depend on it.
template <class T>
kernels::naive::Normalization<T> in_memory(const Normalization& n, const Tensor& gamma,
                                           const Tensor& beta, const Tensor& mean,
                                           const Tensor& variance) {
  const auto data = [](const Tensor& t) { return t.defined() ? t.data<T>() : nullptr; };
  return {n.view, n.epsilon, data(gamma), data(beta), data(mean), data(variance)};
}

Gradients naive_gradients(bool training, const Tensor& dy, const Tensor& x, const Tensor& gamma,
                          const Tensor& mean, const Tensor& variance, const Normalization& n) {
  const auto of_channels = [&] { return Tensor::empty({n.view.channels}, x.dtype()); };
  Gradients result{Tensor::empty(x.shape(), x.dtype()), of_channels(), of_channels(), of_channels(),
                   of_channels()};
  dispatch(x.dtype(), [&](auto zero) {
    using T = decltype(zero);
    const auto to = [&](int i) { return writable<T>(result[i]); };
    const auto compute =
        training ? kernels::naive::training_gradients<T> : kernels::naive::inference_gradients<T>;
    compute(in_memory<T>(n, gamma, Tensor(), mean, variance), x.data<T>(), dy.data<T>(),
            {to(0), to(1), to(2), to(3), to(4)});
  });
  return result;
}

Tensor normalized(const Tensor& x, const Tensor& gamma, const Tensor& beta, const Tensor& mean,
                  const Tensor& variance, const Normalization& n) {
  Tensor y = Tensor::empty(x.shape(), x.dtype());
  if (detail::naive_kernels()) {
    dispatch(x.dtype(), [&](auto zero) {
      using T = decltype(zero);
      kernels::naive::normalize(in_memory<T>(n, gamma, beta, mean, variance), x.data<T>(),
                                writable<T>(y));
    });
    return y;
  }
  const Tensor scale = per_channel(n, x.dtype(), [&](Index c) {
    return element(gamma, c, 1) / std::sqrt(element(variance, c) + n.epsilon);
  });
  const Tensor offset = per_channel(n, x.dtype(), [&](Index c) { return element(beta, c); });
  dispatch(x.dtype(), [&](auto zero) {
    using T = decltype(zero);
    kernels::scale_channels(n.view, x.data<T>(), mean.data<T>(), scale.data<T>(), offset.data<T>(),
                            writable<T>(y));
  });
  return y;
}

struct ChannelSums {
  Tensor dy;       // sum(dy)
  Tensor product;  // sum(dy (x - mean))
};

ChannelSums channel_sums(const Tensor& dy, const Tensor& x, const Tensor& mean,
                         const Normalization& n) {
  ChannelSums sums{Tensor::empty({n.view.channels}, x.dtype()),
                   Tensor::empty({n.view.channels}, x.dtype())};
  dispatch(x.dtype(), [&](auto zero) {
    using T = decltype(zero);
    kernels::channel_sums(n.view, dy.data<T>(), x.data<T>(), mean.data<T>(), writable<T>(sums.dy),
                          writable<T>(sums.product));
  });
  return sums;
}

Gradients fused_gradients(const Tensor& dy, const NeedsGradient& needs, const Tensor& x,
                          const Tensor& gamma, const Tensor& mean, const Tensor& variance,
                          const Normalization& n) {
  if (detail::naive_kernels()) return naive_gradients(true, dy, x, gamma, mean, variance, n);
  const ChannelSums sums = channel_sums(dy, x, mean, n);
  const auto inverse = [&](Index c) { return 1 / std::sqrt(element(variance, c) + n.epsilon); };
  Gradients result;
  if (needs[1])
    result[1] =
        per_channel(n, x.dtype(), [&](Index c) { return element(sums.product, c) * inverse(c); });
  if (needs[2]) result[2] = sums.dy;
  if (!needs[0]) return result;

  const auto count = static_cast<double>(n.view.per_channel());
  const auto gain = [&](Index c) { return element(gamma, c, 1) * inverse(c); };
  const Tensor scale = per_channel(n, x.dtype(), gain);
  const Tensor slope = per_channel(n, x.dtype(), [&](Index c) {
    return -gain(c) * inverse(c) * inverse(c) * element(sums.product, c) / count;
  });
  const Tensor offset =
      per_channel(n, x.dtype(), [&](Index c) { return -gain(c) * element(sums.dy, c) / count; });
  result[0] = Tensor::empty(x.shape(), x.dtype());
  dispatch(x.dtype(), [&](auto zero) {
    using T = decltype(zero);
    kernels::mix_channels(n.view, dy.data<T>(), scale.data<T>(), x.data<T>(), mean.data<T>(),
                          slope.data<T>(), offset.data<T>(), writable<T>(result[0]));
  });
  return result;
}

Gradients composed_gradients(const Tensor& dy, const Tensor& x, const Tensor& gamma,
                             const Normalization& n) {
  const Axes others = n.others(x.rank());
  const Tensor centred = x - mean(x, others, true);
  const Tensor inverse = rsqrt(mean(square(centred), others, true) + n.epsilon);
  const Tensor x_hat = centred * inverse;
  const Tensor product = dy * x_hat;
  Tensor dx = inverse * (dy - mean(dy, others, true) - x_hat * mean(product, others, true));
  if (gamma.defined()) dx = dx * n.spread(gamma, x.rank());
  return {dx, sum(product, others), sum(dy, others)};
}

Gradients fused_inference_gradients(const Tensor& dy, const NeedsGradient& needs, const Tensor& x,
                                    const Tensor& gamma, const Tensor& mean, const Tensor& variance,
                                    const Normalization& n) {
  if (detail::naive_kernels()) return naive_gradients(false, dy, x, gamma, mean, variance, n);
  const auto inverse = [&](Index c) { return 1 / std::sqrt(element(variance, c) + n.epsilon); };
  const auto gain = [&](Index c) { return element(gamma, c, 1) * inverse(c); };
  Gradients result;
  if (needs[0]) {
    const Tensor nothing = zeros({n.view.channels}, x.dtype());
    const Tensor scale = per_channel(n, x.dtype(), gain);
    result[0] = Tensor::empty(x.shape(), x.dtype());
    dispatch(x.dtype(), [&](auto zero) {
      using T = decltype(zero);
      kernels::scale_channels(n.view, dy.data<T>(), nothing.data<T>(), scale.data<T>(),
                              nothing.data<T>(), writable<T>(result[0]));
    });
  }
  if (!needs[1] && !needs[2] && !needs[3] && !needs[4]) return result;
  const ChannelSums sums = channel_sums(dy, x, mean, n);
  result[1] =
      per_channel(n, x.dtype(), [&](Index c) { return element(sums.product, c) * inverse(c); });
  result[2] = sums.dy;
  result[3] = per_channel(n, x.dtype(), [&](Index c) { return -gain(c) * element(sums.dy, c); });
  result[4] = per_channel(n, x.dtype(), [&](Index c) {
    return -0.5 * (gain(c) * (inverse(c) * (inverse(c) * element(sums.product, c))));
  });
  return result;
}

Gradients composed_inference_gradients(const Tensor& dy, const Tensor& x, const Tensor& gamma,
                                       const Tensor& mean, const Tensor& variance,
                                       const Normalization& n) {
  const Axes others = n.others(x.rank());
  const Tensor inverse = rsqrt(variance + n.epsilon);
  const Tensor gain = gamma.defined() ? gamma * inverse : inverse;
  const Tensor total = sum(dy, others);
  const Tensor product = sum(dy * (x - n.spread(mean, x.rank())), others);
  const Tensor dgamma = product * inverse;
  return {dy * n.spread(gain, x.rank()), dgamma, total, -gain * total,
          -0.5 * (gain * (inverse * dgamma))};
}

BatchNormalizationResult with_statistics(const Tensor& x, const Tensor& gamma, const Tensor& beta,
                                         const Tensor& mean, const Tensor& variance,
                                         const Normalization& n) {
  const Tensor y = normalized(x, gamma, beta, mean, variance, n);
  if (!recording()) return {y, mean, variance};
  auto rule = [=](const Tensor& dy, const NeedsGradient& needs) {
    return fused_or([&] { return fused_gradients(dy, needs, x, gamma, mean, variance, n); },
                    [&] { return composed_gradients(dy, x, gamma, n); });
  };
  const auto given = attributes([&] { return n.given(); });
  return {record("batch_normalization", y, wrt({x, gamma, beta}, std::move(rule)), given),
          record("batch_normalization_mean", mean, no_gradient(x), given),
          record("batch_normalization_variance", variance, no_gradient(x), given)};
}

}  // namespace

BatchNormalizationResult batch_normalization(const Operand& x_in, const Operand& gamma_in,
                                             const Operand& beta_in,
                                             const BatchNormalizationOptions& options) {
  const char* const op = "batch_normalization";
  const Tensor &x = x_in.tensor(op), &gamma = gamma_in.tensor(op), &beta = beta_in.tensor(op);
  const Normalization n =
      detail::check_normalization(op, x, gamma, beta, options.axis, options.epsilon);
  if (n.view.per_channel() == 0)
    throw ValueError("{}: the batch must hold at least one element per channel; got shape {}", op,
                     x.shape());

  Tensor mean = Tensor::empty({n.view.channels}, x.dtype());
  Tensor variance = Tensor::empty({n.view.channels}, x.dtype());
  dispatch(x.dtype(), [&](auto zero) {
    using T = decltype(zero);
    detail::kernel_in_use(kernels::channel_moments<T>, kernels::naive::channel_moments<T>)(
        n.view, x.data<T>(), writable<T>(mean), writable<T>(variance));
  });
  if (!detail::needs_units(mean, variance, n.epsilon))
    return with_statistics(x, gamma, beta, mean, variance, n);
  return detail::batch_normalization_in_units(
      x, gamma, beta, mean, variance, n.axis, n.epsilon,
      [&](const Tensor& near_x, const Tensor& near_gamma, const Tensor& m, const Tensor& v) {
        return with_statistics(near_x, near_gamma, beta, m, v, n);
      });
}

Tensor batch_normalization_inference(const Operand& x_in, const Operand& gamma_in,
                                     const Operand& beta_in, const Operand& mean_in,
                                     const Operand& variance_in,
                                     const BatchNormalizationOptions& options) {
  const char* const op = "batch_normalization_inference";
  const Tensor &x = x_in.tensor(op), &gamma = gamma_in.tensor(op), &beta = beta_in.tensor(op);
  const Tensor &mean = mean_in.tensor(op), &variance = variance_in.tensor(op);
  const Normalization n =
      detail::check_normalization(op, x, gamma, beta, options.axis, options.epsilon);
  detail::check_parameter(op, "mean", mean, x, n);
  detail::check_parameter(op, "variance", variance, x, n);

  const Tensor y = normalized(x, gamma, beta, mean, variance, n);
  if (!recording()) return y;
  return record(
      op, y,
      wrt({x, gamma, beta, mean, variance},
          [=](const Tensor& dy, const NeedsGradient& needs) {
            return fused_or(
                [&] { return fused_inference_gradients(dy, needs, x, gamma, mean, variance, n); },
                [&] { return composed_inference_gradients(dy, x, gamma, mean, variance, n); });
          }),
      attributes([&] { return n.given(); }));
}

}  // namespace reel
