// The check from above: what is compared in which order, and how the first failure is told.
//
// First two plain calls, which must agree, or there is no function to differentiate. Then the first
// order; then the same by a backward pass that is recorded, where rules may take another way
// (fused_or.h); then the gradients themselves as functions. Each step stands on the one before, so
// the first that fails ends the check and is the one that is told. Nothing here knows how two
// numbers are compared, or what a mistake looks like. Read before: grad_check.h. Read next:
// gradient_comparison.h.
#include <reel/core/derivatives/grad_check.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <optional>

#include <reel/core/derivatives/grad_check/gradient_comparison.h>
#include <reel/core/derivatives/grad_check/random_numbers.h>
#include <reel/core/ops/fused_or.h>
#include <reel/core/runtime/joined.h>
#include <reel/core/tape.h>

namespace reel {
namespace {

using namespace detail;
using Verdict = GradCheckVerdict;

bool same_bits(const Tensor& a, const Tensor& b) {
  return a.shape() == b.shape() &&
         (a.size() == 0 || std::memcmp(a.data<double>(), b.data<double>(), a.bytes()) == 0);
}

std::string joined(const std::vector<std::string>& names) {
  std::string text;
  for (std::size_t i = 0; i < names.size() && i < 3; ++i) text += (i > 0 ? ", " : "") + names[i];
  if (names.size() > 3) text += ", ...";
  return names.empty() ? "f" : text;
}

// The check of one function.
class Check {
 public:
  Check(const CheckedFunction& f, std::vector<CheckSource> sources, const GradCheckOptions& options)
      : f_(f), sources_(std::move(sources)), options_(options) {}

  GradCheckReport run() {
    const PauseRecording pause;
    const KeepValues keep(sources_);
    const Differentiable first = first_order(f_, sources_, false);
    const Tensor y = first.values(first.start())[0];
    if (!is_repeatable(first, y)) return report_;
    const Tensor c = options_.output_gradient.defined() ? options_.output_gradient
                                                        : random_numbers(y.shape(), 1);
    if (c.shape() != y.shape())
      throw ValueError("check_gradients: output_gradient must have the result's shape {}; got {}",
                       y.shape(), c.shape());

    try {
      compare_orders(first, c);
    } catch (const RuleError& error) {
      report_.passed = false;
      report_.verdict = Verdict::wrong;
      report_.pattern = GradCheckPattern::throws;
      report_.message =
          fmt::format("{}: a {}gradient rule throws: {}", name(), order_text(), error.what());
    }
    return report_;
  }

 private:
  void compare_orders(const Differentiable& first, const Tensor& c) {
    rule_had_two_ways = false;
    Comparison comparison(first, {c}, 1, options_);
    report_.has_two_ways = rule_had_two_ways;
    if (!passes(comparison, "")) return;
    report_.worst_error = comparison.worst_error();
    if (options_.order < 2) return;

    // A rule with a fused and a composed way takes the latter when its backward pass is recorded:
    // it must give the same numbers before its own gradient is worth a look.
    const Differentiable recorded = first_order(f_, sources_, true);
    if (!agree(recorded.gradients(first.start(), {c}), comparison.rules())) {
      Comparison of_recorded(recorded, {c}, 1, options_);
      if (!passes(of_recorded, " when the sweep is recorded")) return;
    }
    report_.order = 2;
    const Differentiable second = second_order(f_, sources_, c);
    std::vector<Tensor> weights;
    for (std::size_t k = 0; k < sources_.size(); ++k)
      weights.push_back(random_numbers(sources_[k].start.shape(), 7 + k));
    Comparison of_second(second, weights, 2, options_);
    if (passes(of_second, "")) report_.worst_second_error = of_second.worst_error();
  }

  const char* order_text() const { return report_.order == 2 ? "second-order " : ""; }

  bool is_repeatable(const Differentiable& first, const Tensor& y) {
    const Tensor again = first.values(first.start())[0];
    if (same_bits(y, again)) return true;
    report_.passed = false;
    report_.verdict = Verdict::varies;
    std::string what = fmt::format("shapes {} and {}", y.shape(), again.shape());
    for (Index i = 0; i < y.size() && y.shape() == again.shape(); ++i) {
      const double a = y.data<double>()[i], b = again.data<double>()[i];
      if (std::memcmp(&a, &b, sizeof a) == 0) continue;
      what = fmt::format("{:.6g} and {:.6g}", a, b);
      break;
    }
    report_.message = fmt::format(
        "{}: two calls with the same inputs give {}: it is not deterministic, so there is nothing "
        "to differentiate",
        name(), what);
    return false;
  }

  // Whether two ways to the same gradients give the same numbers.
  bool agree(const std::vector<Tensor>& a, const std::vector<Tensor>& b) const {
    for (std::size_t k = 0; k < a.size(); ++k) {
      const double allowed = options_.tolerance * largest_of(b[k]);
      for (Index i = 0; i < a[k].size(); ++i)
        if (!(std::abs(a[k].data<double>()[i] - b[k].data<double>()[i]) <= allowed)) return false;
    }
    return true;
  }

  bool passes(Comparison& comparison, const char* when) {
    const std::optional<Suspect> suspect = comparison.run();
    if (!suspect) return true;
    const bool is_output_gradient = suspect->source == sources_.size();
    report_.passed = false;
    report_.verdict = suspect->judgement.verdict;
    report_.source = is_output_gradient ? "the output gradient" : sources_[suspect->source].name;
    report_.shape = comparison.rules()[suspect->source].shape();
    const Shape position = position_of(suspect->entry, report_.shape);
    report_.position.assign(position.begin(), position.end());
    report_.rule = suspect->rule;
    report_.difference = suspect->difference;
    const std::string where =
        fmt::format("{}gradient of {} {}", order_text(), report_.source, report_.shape);
    const std::string at = report_.position.empty() ? "" : fmt::format(" at {}", position);
    switch (report_.verdict) {
      case Verdict::kink:
        report_.message = of_kink(*suspect, where, at);
        break;
      case Verdict::rounding:
        report_.message = of_rounding(*suspect, where, at);
        break;
      default: {
        const Finding finding = comparison.pattern_of(*suspect);
        report_.pattern = finding.pattern;
        const double ratio = suspect->rule / suspect->difference;
        report_.message = fmt::format(
            "{}: {} is wrong{}{}: rule says {:.6g}, differences say "
            "{:.6g}{}: {}",
            name(), where, at, when, suspect->rule, suspect->difference,
            std::abs(ratio) < 1e6 ? fmt::format(" (ratio {:.4g})", ratio) : std::string(),
            finding.suggestion);
      }
    }
    return false;
  }

  std::string of_kink(const Suspect& suspect, const std::string& where, const std::string& at) {
    const Scan& scan = suspect.judgement.scan;
    if (scan.has_jump)
      return fmt::format("{}: {} does not exist{}: the function jumps there; move the input away",
                         name(), where, at);
    return fmt::format(
        "{}: {} does not exist{}: the function has a kink there, with slope {:.6g} before and "
        "{:.6g} after; move the input away",
        name(), where, at, scan.slope_before, scan.slope_after);
  }

  std::string of_rounding(const Suspect& suspect, const std::string& where, const std::string& at) {
    return fmt::format(
        "{}: {} cannot be told{}: rule says {:.6g}, differences say {:.6g} and are only certain to "
        "{:.2g}; {}allow a larger tolerance",
        name(), where, at, suspect.rule, suspect.difference, suspect.judgement.scan.uncertainty,
        casts() ? "compute in float64 throughout or " : "");
  }

  // Whether it computes in another dtype on the way.
  bool casts() const {
    const std::vector<std::string> ops = ops_of(f_, sources_);
    return std::find(ops.begin(), ops.end(), "cast") != ops.end();
  }

  std::string name() const {
    return options_.name.empty() ? joined(ops_of(f_, sources_)) : options_.name;
  }

  const CheckedFunction& f_;
  std::vector<CheckSource> sources_;
  const GradCheckOptions& options_;
  GradCheckReport report_;
};

}  // namespace

GradCheckReport check_gradients(const FunctionOf<Tensor(const std::vector<Tensor>&)>& f,
                                ListOf<Tensor> inputs, const GradCheckOptions& options) {
  // A start has an id of its own, since f may also know the tensor from elsewhere: as a constant.
  std::vector<CheckSource> sources;
  std::vector<TensorId> ids;
  for (std::size_t k = 0; k < inputs.size(); ++k) {
    if (inputs[k].dtype() != float64)
      throw TypeError("check_gradients: inputs must be float64; got {}", inputs[k].dtype());
    const auto same = std::ranges::find(ids, inputs[k].id()) - ids.begin();
    if (same == std::ssize(ids)) {
      ids.push_back(inputs[k].id());
      sources.push_back({fmt::format("input {}", k), inputs[k].share(inputs[k].shape()), {}, {k}});
    } else {
      CheckSource& source = sources[static_cast<std::size_t>(same)];
      source.inputs.push_back(k);
      source.name = fmt::format("inputs {}", detail::joined(source.inputs, " and "));
    }
  }
  for (const Variable& variable : options.variables) {
    if (variable.dtype() != float64)
      throw TypeError("check_gradients: variable '{}' must be float64; got {}", variable.name(),
                      variable.dtype());
    const auto is_same = [&](const CheckSource& source) { return source.variable == variable; };
    if (std::none_of(sources.begin(), sources.end(), is_same))
      sources.push_back(
          {fmt::format("variable '{}'", variable.name()), variable.stored(), variable});
  }
  return Check(f, std::move(sources), options).run();
}

GradCheckReport check_gradients(const FunctionOf<Tensor(const Tensor&)>& f, const Tensor& input,
                                const GradCheckOptions& options) {
  return check_gradients([&](const std::vector<Tensor>& xs) { return f(xs[0]); },
                         std::vector<Tensor>{input}, options);
}

}  // namespace reel
