// Composed of ops, but for log_cosh: there a composition loses all digits of a small error, or the
// second derivative where the error is 0.
//
// Read before: error_losses.h, loss_pairs.h. Read next: margin_losses.h.
#include <reel/core/ops/error_losses.h>

#include <cmath>

#include <reel/core/ops/elementwise.h>
#include <reel/core/ops/loss_pairs.h>
#include <reel/core/ops/loss_reduction.h>
#include <reel/core/ops/map.h>
#include <reel/core/record.h>

namespace reel {
namespace {

constexpr double epsilon = 1e-7;

Tensor log_cosh_losses(const Tensor& error) {
  Tensor y = detail::map(error, [](auto e) {
    using T = decltype(e);
    const T size = std::abs(e);
    if (size > 1) return size + std::log1p(std::exp(-2 * size)) - std::log(T(2));
    const T s = std::sinh(size / 2);
    return std::log1p(2 * s * s);
  });
  if (!recording()) return y;
  return record("log_cosh", y, wrt(error, [error](const Tensor& dy) { return dy * tanh(error); }));
}

Tensor log_of_one_more(const Tensor& x) { return log1p(maximum(x, epsilon)); }

}  // namespace

Tensor mean_absolute_percentage_error(const Operand& predictions_in, const Operand& labels_in,
                                      const LossOptions& options) {
  const auto [predictions, labels] = detail::matched_elements("mean_absolute_percentage_error",
                                                              predictions_in, labels_in, options);
  const Tensor size = maximum(abs(labels), epsilon);
  return detail::reduce_losses(100 * (abs(predictions - labels) / size), options);
}

Tensor mean_squared_logarithmic_error(const Operand& predictions_in, const Operand& labels_in,
                                      const LossOptions& options) {
  const auto [predictions, labels] = detail::matched_elements("mean_squared_logarithmic_error",
                                                              predictions_in, labels_in, options);
  return detail::reduce_losses(
      squared_difference(log_of_one_more(predictions), log_of_one_more(labels)), options);
}

Tensor log_cosh(const Operand& predictions_in, const Operand& labels_in,
                const LossOptions& options) {
  const auto [predictions, labels] =
      detail::matched_elements("log_cosh", predictions_in, labels_in, options);
  return detail::reduce_losses(log_cosh_losses(predictions - labels), options);
}

Tensor poisson(const Operand& predictions_in, const Operand& labels_in,
               const LossOptions& options) {
  const auto [predictions, labels] =
      detail::matched_elements("poisson", predictions_in, labels_in, options);
  return detail::reduce_losses(predictions - labels * log(predictions + epsilon), options);
}

}  // namespace reel
