#include <reel/layers/functions/regularizers.h>

#include <reel/core/inspect/error_path.h>
#include <reel/core/ops.h>
#include <reel/layers/functions/lookup.h>
#include <reel/layers/functions/weighed_sums.h>

namespace reel {

using detail::check_finite;
using detail::weighed_sum_of_magnitudes;
using detail::weighed_sum_of_squares;

namespace {

Regularizer sum_of_both(const char* name, const L1L2Options& options) {
  check_finite(name, "l1", options.l1);
  check_finite(name, "l2", options.l2);
  return Regularizer(name, {{"l1", options.l1}, {"l2", options.l2}}, [options](const Tensor& x) {
    if (options.l1 == 0 && options.l2 == 0) return Tensor(0.0, x.dtype());
    if (options.l2 == 0) return weighed_sum_of_magnitudes(options.l1, x);
    if (options.l1 == 0) return weighed_sum_of_squares(options.l2, x);
    return weighed_sum_of_magnitudes(options.l1, x) + weighed_sum_of_squares(options.l2, x);
  });
}

Tensor mean_product_of_pairs(const Tensor& x, bool rows) {
  if (x.rank() != 2)
    throw ValueError("orthogonal_regularizer: the weight's rank must be 2; got shape {}",
                     x.shape());
  const Index n = x.dim(rows ? 0 : 1);
  if (n < 2 || x.size() == 0) return Tensor(0.0, x.dtype());
  const Tensor unit = x / maximum(l2_norm(x, rows ? 1 : 0, true), 1e-6);
  const Tensor gram = matmul(unit, unit, {.transpose_a = !rows, .transpose_b = rows});
  const double pairs = 0.5 * static_cast<double>(n) * static_cast<double>(n - 1);
  const Tensor i = arange(n, x.dtype());
  return (0.5 / pairs) * sum(gram * not_equal(i, reshape(i, {n, 1})));  // off the diagonal
}

}  // namespace

Regularizer l1(double l1) {
  check_finite("l1", "l1", l1);
  return Regularizer("l1", {{"l1", l1}},
                     [l1](const Tensor& x) { return weighed_sum_of_magnitudes(l1, x); });
}

Regularizer l2(double l2) {
  check_finite("l2", "l2", l2);
  return Regularizer("l2", {{"l2", l2}},
                     [l2](const Tensor& x) { return weighed_sum_of_squares(l2, x); });
}

Regularizer l1_l2(const L1L2Options& options) { return sum_of_both("l1_l2", options); }

Regularizer orthogonal_regularizer(const OrthogonalRegularizerOptions& options) {
  check_finite("orthogonal_regularizer", "factor", options.factor);
  if (options.mode != "rows" && options.mode != "columns")
    throw ValueError("orthogonal_regularizer: mode must be rows or columns; got '{}'",
                     options.mode);
  return Regularizer("orthogonal_regularizer", {{"factor", options.factor}, {"mode", options.mode}},
                     [options](const Tensor& x) {
                       return options.factor * mean_product_of_pairs(x, options.mode == "rows");
                     });
}

// --- look-up -----------------------------------------------------------------------------------

namespace {

using Read = detail::ConfigReader;

// `l` is an older name of the coefficient, and wins.
double coefficient(Read& read, const char* parameter) {
  const double given = read.take(parameter, 0.01);
  return read.take("l", given);
}

// Of l1_l2, where none means 0 and not the default.
double or_none(Read& read, const char* parameter, double fallback) {
  return read.take<std::optional<double>>(parameter, fallback).value_or(0.0);
}

const std::vector<detail::Known<Regularizer>>& table() {
  static const auto& known = *new const std::vector<detail::Known<Regularizer>>{
      {{"l1", "L1"}, [](Read& read) { return l1(coefficient(read, "l1")); }},
      {{"l2", "L2"}, [](Read& read) { return l2(coefficient(read, "l2")); }},
      {{"l1_l2"},
       [](Read& read) {
         return l1_l2({or_none(read, "l1", 0.01), or_none(read, "l2", 0.01)});
       }},
      {{"L1L2"},
       [](Read& read) {
         return sum_of_both("L1L2", {read.take("l1", 0.0), read.take("l2", 0.0)});
       }},
      {{"orthogonal_regularizer", "OrthogonalRegularizer"},
       [](Read& read) {
         return orthogonal_regularizer(
             {read.take("factor", 0.01), read.take<std::string>("mode", "rows")});
       }},
  };
  return known;
}

}  // namespace

Tensor detail::penalty(const Regularizer& regularizer, const Tensor& x, const std::string& where) {
  const Tensor penalty = regularizer(x);
  if (penalty.defined() && penalty.size() != 1)
    throw_at<ValueError>(where, "a regularizer must give a scalar; got {}; sum it",
                         penalty.shape());
  return penalty;
}

Regularizer resolve(const Regularizer& regularizer, const std::string& where) {
  return detail::look_up<Regularizer>("regularizer", table(), regularizer, where);
}

}  // namespace reel
