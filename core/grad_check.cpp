#include <reel/core/grad_check.h>

#include <algorithm>
#include <cmath>
#include <ostream>

#include <reel/core/ledger.h>
#include <reel/core/ops.h>
#include <reel/core/random.h>

namespace reel {
namespace {

using Function = std::function<Tensor(const std::vector<Tensor>&)>;

// Fixed weights in [-1, 1) without a pattern that a wrong rule could hide behind.
Tensor cotangent_for(const Shape& shape, std::uint64_t stream) {
  Tensor result = Tensor::empty(shape, float64);
  double* values = writable<double>(result);
  std::uint64_t state = 0x9e3779b97f4a7c15u * (stream + 1);
  for (Index i = 0; i < result.size(); ++i) {
    std::uint64_t z = (state += 0x9e3779b97f4a7c15u);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    values[i] = static_cast<double>((z ^ (z >> 31)) >> 11) * 0x1p-52 - 1.0;
  }
  return result;
}

double weighed_sum(const Function& f, const std::vector<Tensor>& xs, std::uint64_t stream) {
  const DiscardEntries discard;
  const RandomScope same_draws_each_time;
  const PauseRecording pause;
  const Tensor y = f(xs);
  const Tensor c = cotangent_for(y.shape(), stream);
  double total = 0;
  for (Index i = 0; i < y.size(); ++i) total += y.data<double>()[i] * c.data<double>()[i];
  return total;
}

std::vector<Tensor> gradients_of(const Function& f, const std::vector<Tensor>& xs,
                                 std::uint64_t stream) {
  const DiscardEntries discard;
  const RandomScope same_draws_each_time;
  Tape tape;
  for (const Tensor& x : xs) tape.watch(x);
  const Tensor y = f(xs);
  return tape.gradient(
      y, xs,
      {.output_gradients = {cotangent_for(y.shape(), stream)}, .unconnected = Unconnected::zeros});
}

void compare(const Function& f, const std::vector<Tensor>& inputs, int order,
             const GradCheckOptions& options, GradCheckReport& report) {
  const std::uint64_t stream = static_cast<std::uint64_t>(order);
  const std::vector<Tensor> analytic = gradients_of(f, inputs, stream);
  for (std::size_t k = 0; k < inputs.size(); ++k) {
    std::vector<double> numeric;
    for (Index i = 0; i < inputs[k].size(); ++i) {
      const auto moved_to = [&](double by) {
        std::vector<Tensor> xs = inputs;
        std::vector<double> values = inputs[k].to_vector();
        values[static_cast<std::size_t>(i)] += by;
        xs[k] = Tensor(values, inputs[k].shape());
        return weighed_sum(f, xs, stream);
      };
      numeric.push_back((moved_to(options.step) - moved_to(-options.step)) / (2 * options.step));
    }
    double scale = 1;
    for (double g : numeric) scale = std::max(scale, std::abs(g));
    for (std::size_t i = 0; i < numeric.size(); ++i) {
      const double value = analytic[k].data<double>()[i];
      const double error = std::abs(value - numeric[i]) / scale;
      if (error <= report.worst_error && !std::isnan(error)) continue;
      report.worst_error = error;
      if (error <= options.tolerance) continue;
      report.passed = false;
      report.message = fmt::format(
          "order {}: the gradient of input {} at element {} of shape {} must be {:.10g}; got "
          "{:.10g}",
          order, k, i, inputs[k].shape(), numeric[i], value);
    }
  }
}

}  // namespace

GradCheckReport check_gradients(const Function& f, const std::vector<Tensor>& inputs,
                                const GradCheckOptions& options) {
  for (const Tensor& x : inputs)
    if (x.dtype() != float64)
      throw TypeError("check_gradients: inputs must be float64; got {}", x.dtype());
  GradCheckReport report;
  compare(f, inputs, 1, options, report);
  if (options.order < 2 || !report.passed) return report;
  // The gradient is a function as well: check the gradient of each input's gradient.
  const Function gradient = [&](const std::vector<Tensor>& xs) {
    std::vector<Tensor> flat;
    for (const Tensor& g : gradients_of(f, xs, 1))
      flat.push_back(sum(g * cotangent_for(g.shape(), 7)));
    Tensor total = flat[0];
    for (std::size_t i = 1; i < flat.size(); ++i) total = total + flat[i];
    return total;
  };
  GradCheckOptions second = options;
  second.tolerance *= 10;  // a difference of gradients that carry rounding themselves
  compare(gradient, inputs, 2, second, report);
  return report;
}

GradCheckReport check_gradients(const std::function<Tensor(const Tensor&)>& f, const Tensor& input,
                                const GradCheckOptions& options) {
  return check_gradients([&](const std::vector<Tensor>& xs) { return f(xs[0]); }, {input}, options);
}

std::ostream& operator<<(std::ostream& out, const GradCheckReport& report) {
  return out << (report.passed ? fmt::format("gradients agree to {:.2g}", report.worst_error)
                               : report.message);
}

}  // namespace reel
