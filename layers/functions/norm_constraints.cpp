// Constraints that bound norms: max_norm, unit_norm, min_max_norm.
//
// All three bring the norm n of each vector into [low, high], or a part of the way: the vector is
// multiplied by one factor. A norm that meets its bounds to within rounding gets the factor 1,
// which keeps its bits. Declared in constraints.h, which says more. Read before: norms.h.
#include <algorithm>
#include <cmath>
#include <limits>

#include <reel/core/kernels/reduction/units.h>
#include <reel/core/ops/elementwise.h>
#include <reel/layers/functions/constraints.h>
#include <reel/layers/functions/norms.h>

namespace reel {

using detail::AxisMask;

NormAxes per_filter() { return NormAxes(NormAxes::Rule::per_filter); }
NormAxes per_channel() { return NormAxes(NormAxes::Rule::per_channel); }

namespace {

AxisMask all_but(int kept) {
  AxisMask mask;
  mask.fill(true);
  if (kept >= 0) mask[static_cast<std::size_t>(kept)] = false;
  return mask;
}

}  // namespace

// Rules know what an axis means only from the kind of kernel that the variable is.
AxisMask NormAxes::mask(const char* op, const Variable& variable) const {
  const int rank = variable.shape().rank();
  const bool filters_first = variable.kernel_kind() == KernelKind::transposed;
  if (rule_ == Rule::per_filter) {
    if (variable.kernel_kind() == KernelKind::depthwise) return {true, true};
    return all_but(filters_first ? rank - 2 : rank - 1);
  }
  if (rule_ == Rule::per_channel) {
    if (rank < 2)
      throw ValueError(
          "{}: per_channel() needs a kernel with an axis of channels; got {} of shape {}", op,
          variable.name(), variable.shape());
    return all_but(filters_first ? rank - 1 : rank - 2);
  }
  if (axes_.empty()) return all_but(-1);
  AxisMask mask{};
  for (int axis : axes_) {
    const auto i = static_cast<std::size_t>(normalize_axis(op, axis, rank));
    if (mask[i]) throw ValueError("{}: axis {} is given twice", op, axis);
    mask[i] = true;
  }
  return mask;
}

ParameterValue NormAxes::parameter() const {
  if (rule_ == Rule::per_filter) return "per_filter";
  if (rule_ == Rule::per_channel) return "per_channel";
  return axes_;
}

double detail::projection_tolerance(DType dtype) {
  return dispatch(
      dtype, [](auto zero) { return 8.0 * std::numeric_limits<decltype(zero)>::epsilon() + 2e-7; });
}

namespace {

constexpr double epsilon = 1e-7;

// rate * clip(n, low, high) + (1 - rate) * n, or n itself where it meets the bounds.
struct Bounds {
  double low, high, rate;

  // Whether a factor has lost digits, or all of them, on the way from a large norm to the bound.
  bool is_far(double factor) const {
    return high > 0 && factor < std::numeric_limits<double>::min();
  }

  double factor(const detail::Norm& norm, double tolerance) const {
    const auto& [n, unit] = norm;
    const double bound = std::min(std::max(n, low / unit), high / unit);
    if (n == 0 || std::abs(n - bound) <= tolerance * bound) return 1.0;
    return (rate * bound + (1 - rate) * n) / std::max(n, epsilon / unit);
  }
};

Tensor bounded(const char* op, const Variable& variable, const NormAxes& axes,
               const Bounds& bounds) {
  const Tensor& w = variable.stored();
  const AxisMask mask = axes.mask(op, variable);
  const double tolerance = detail::projection_tolerance(w.dtype());
  detail::GroupNumbers factors;
  bool met = true, in_units = false;
  const detail::GroupNorms norms = detail::norms(w, mask);
  for (const detail::Norm& norm : norms) {
    factors.push_back(bounds.factor(norm, tolerance));
    met = met && factors.back() == 1.0;
    in_units = in_units || bounds.is_far(factors.back());
  }
  if (!in_units) return met ? w : detail::scaled(w, mask, factors);
  // What no factor reaches is divided by a power of two below its norm first.
  detail::GroupNumbers units(factors.size(), 1.0);
  for (std::size_t i = 0; i < norms.size(); ++i)
    if (bounds.is_far(factors[i])) {
      const double unit = kernels::unit_below(norms[i].value);
      units[i] = 1 / unit / norms[i].unit;
      factors[i] = bounds.high / (norms[i].value / unit);
    }
  return detail::scaled(detail::scaled(w, mask, units), mask, factors);
}

void check_bound(const char* op, const char* parameter, double value) {
  if (!(value >= 0)) throw ValueError("{}: {} must be >= 0; got {}", op, parameter, value);
}

Constraint bound_on_norms(const char* name, Parameters parameters, const NormAxes& axes,
                          const Bounds& bounds) {
  parameters.set("axis", axes.parameter());
  return Constraint(
      name, std::move(parameters),
      detail::Projection{
          .project = [=](const Variable& w) { return bounded(name, w, axes, bounds); },
          .rate = bounds.rate,
          .zero_vectors = [=](const Variable& w) -> Index {
            if (bounds.low == 0) return 0;
            const detail::GroupNorms norms = detail::norms(w.stored(), axes.mask(name, w));
            return std::count_if(norms.begin(), norms.end(),
                                 [](const detail::Norm& norm) { return norm.value == 0; });
          },
          .norms =
              [=](const Variable& w) {
                std::vector<double> lengths;
                for (const detail::Norm& norm : detail::norms(w.stored(), axes.mask(name, w)))
                  lengths.push_back(norm.value * norm.unit);
                const auto count = static_cast<Index>(lengths.size());
                return cast(Tensor(lengths, {count}), w.dtype());
              }});
}

}  // namespace

Constraint max_norm(double max_value, const NormAxes& axes) {
  check_bound("max_norm", "max_value", max_value);
  return bound_on_norms("max_norm", {{"max_value", max_value}}, axes, {0.0, max_value, 1.0});
}

Constraint unit_norm(const NormAxes& axes) {
  return bound_on_norms("unit_norm", {}, axes, {1.0, 1.0, 1.0});
}

Constraint min_max_norm(const MinMaxNormOptions& options) {
  const auto& [low, high, rate, axes] = options;
  check_bound("min_max_norm", "min_value", low);
  check_bound("min_max_norm", "max_value", high);
  if (!(rate >= 0 && rate <= 1))
    throw ValueError("min_max_norm: rate must be in [0, 1]; got {}", rate);
  return bound_on_norms("min_max_norm", {{"min_value", low}, {"max_value", high}, {"rate", rate}},
                        axes, {low, std::max(low, high), rate});
}

}  // namespace reel
