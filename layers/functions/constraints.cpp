#include <reel/layers/functions/constraints.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>

#include <reel/layers/functions/lookup.h>
#include <reel/layers/functions/norms.h>

namespace reel {

using detail::AxisMask;

// --- axes --------------------------------------------------------------------------------------

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

AxisMask NormAxes::mask(const char* op, const Variable& variable) const {
  const int rank = variable.shape().rank();
  if (rule_ == Rule::per_filter) {
    if (variable.kernel_kind() == KernelKind::depthwise) return {true, true};
    return all_but(rank - 1);
  }
  if (rule_ == Rule::per_channel) {
    if (rank < 2)
      throw ValueError(
          "{}: per_channel() needs a kernel with an axis of channels; got {} of shape {}", op,
          variable.name(), variable.shape());
    return all_but(rank - 2);
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
  return std::vector<Index>(axes_.begin(), axes_.end());
}

// --- bounds on norms ---------------------------------------------------------------------------

double detail::projection_tolerance(DType dtype) {
  return dispatch(
      dtype, [](auto zero) { return 8.0 * std::numeric_limits<decltype(zero)>::epsilon() + 2e-7; });
}

namespace {

constexpr double epsilon = 1e-7;

// rate * clip(n, low, high) + (1 - rate) * n, or n itself where it meets the bounds.
struct Bounds {
  double low, high, rate;

  double factor(double n, double tolerance) const {
    const double bound = std::min(std::max(n, low), high);
    if (n == 0 || std::abs(n - bound) <= tolerance * bound) return 1.0;
    return (rate * bound + (1 - rate) * n) / std::max(n, epsilon);
  }
};

Tensor bounded(const char* op, const Variable& variable, const NormAxes& axes,
               const Bounds& bounds) {
  const Tensor& w = variable.stored();
  const AxisMask mask = axes.mask(op, variable);
  detail::GroupNumbers factors = detail::norms(w, mask);
  const double tolerance = detail::projection_tolerance(w.dtype());
  bool met = true;
  for (double& n : factors) {
    n = bounds.factor(n, tolerance);
    met = met && n == 1.0;
  }
  return met ? w : detail::scaled(w, mask, factors);
}

void check_bound(const char* op, const char* parameter, double value) {
  if (!(value >= 0)) throw ValueError("{}: {} must be >= 0; got {}", op, parameter, value);
}

}  // namespace

Constraint max_norm(double max_value, const NormAxes& axes) {
  check_bound("max_norm", "max_value", max_value);
  return Constraint("max_norm", {{"max_value", max_value}, {"axis", axes.parameter()}},
                    [max_value, axes](const Variable& w) {
                      return bounded("max_norm", w, axes, {0.0, max_value, 1.0});
                    });
}

Constraint unit_norm(const NormAxes& axes) {
  return Constraint("unit_norm", {{"axis", axes.parameter()}}, [axes](const Variable& w) {
    return bounded("unit_norm", w, axes, {1.0, 1.0, 1.0});
  });
}

Constraint min_max_norm(const MinMaxNormOptions& options) {
  check_bound("min_max_norm", "min_value", options.min_value);
  check_bound("min_max_norm", "max_value", options.max_value);
  if (!(options.rate >= 0 && options.rate <= 1))
    throw ValueError("min_max_norm: rate must be in [0, 1]; got {}", options.rate);
  return Constraint(
      "min_max_norm",
      {{"min_value", options.min_value},
       {"max_value", options.max_value},
       {"rate", options.rate},
       {"axis", options.axes.parameter()}},
      [options](const Variable& w) {
        const double high = std::max(options.min_value, options.max_value);
        return bounded("min_max_norm", w, options.axes, {options.min_value, high, options.rate});
      });
}

// --- element by element, and rings -------------------------------------------------------------

namespace {

// The tensor whose element i is f(elements of w, i).
template <class F>
Tensor rewritten(const Tensor& w, F f) {
  Tensor y = Tensor::empty(w.shape(), w.dtype());
  dispatch(w.dtype(), [&](auto zero) {
    using T = decltype(zero);
    const T* from = w.data<T>();
    T* to = writable<T>(y);
    for (Index i = 0; i < w.size(); ++i) to[i] = f(from, i);
  });
  return y;
}

Tensor without_negatives(const Variable& variable) {
  const Tensor& w = variable.stored();
  const bool met = dispatch(w.dtype(), [&](auto zero) {
    const auto values = w.span<decltype(zero)>();
    return std::none_of(values.begin(), values.end(), [](auto v) { return v < 0; });
  });
  if (met) return w;
  return rewritten(w, [](const auto* from, Index i) {
    return from[i] < 0 ? std::decay_t<decltype(*from)>(0) : from[i];  // what is no number stays
  });
}

// 0 for the one or four elements at the centre of a k x k plane, 1 for the ring around them.
Index ring_of(Index row, Index column, Index k) {
  const Index s = k / 2;
  const auto distance = [&](Index i) { return i >= s ? i - s : (k % 2 ? s - i : s - 1 - i); };
  return std::max(distance(row), distance(column));
}

// A kernel (k, k, C, M) whose rings take the values that stand at diagonal_of(ring).
template <class F>
Tensor rings(const Tensor& w, F diagonal_of) {
  const Index k = w.dim(0), planes = w.dim(2) * w.dim(3);
  return rewritten(w, [=](const auto* from, Index i) {
    const Index at = diagonal_of(ring_of(i / planes / k, i / planes % k, k));
    return from[(at * k + at) * planes + i % planes];
  });
}

Tensor with_rings(const Variable& variable) {
  const Tensor& w = variable.stored();
  const Shape& shape = w.shape();
  if (shape.rank() != 4 || shape[0] != shape[1] || shape[0] < 2)
    throw ValueError(
        "radial_constraint: the kernel must have shape (k, k, C, M) with k >= 2; got {} of shape "
        "{}",
        variable.name(), shape);
  const Index k = shape[0], s = k / 2;
  return rings(w, [=](Index ring) {
    if (ring == 0) return s - 1;
    return k % 2 ? s + ring - 1 : s + ring;
  });
}

}  // namespace

Tensor detail::rings_of(const Tensor& w) {
  return rings(w, [s = w.dim(0) / 2](Index ring) { return s + ring; });
}

Constraint non_neg() { return Constraint("non_neg", {}, without_negatives); }

Constraint radial_constraint() { return Constraint("radial_constraint", {}, with_rings); }

// --- look-up -----------------------------------------------------------------------------------

namespace {

using Read = detail::ParameterReader;

NormAxes read_axes(Read& read) {
  if (const std::optional<std::string> rule = read.optional_text("axis")) {
    if (*rule == "per_filter") return per_filter();
    if (*rule == "per_channel") return per_channel();
    throw ValueError("axis must be a list of axes, per_filter or per_channel; got '{}'", *rule);
  }
  return read.axes("axis", {0});
}

const std::vector<detail::Known<Constraint>>& table() {
  static const std::vector<detail::Known<Constraint>> known = {
      {{"max_norm", "maxnorm", "MaxNorm"},
       [](Read& read) { return max_norm(read.number("max_value", 2.0), read_axes(read)); }},
      {{"non_neg", "nonneg", "NonNeg"}, [](Read&) { return non_neg(); }},
      {{"unit_norm", "unitnorm", "UnitNorm"},
       [](Read& read) { return unit_norm(read_axes(read)); }},
      {{"min_max_norm", "MinMaxNorm"},
       [](Read& read) {
         return min_max_norm({read.number("min_value", 0.0), read.number("max_value", 1.0),
                              read.number("rate", 1.0), read_axes(read)});
       }},
      {{"radial_constraint", "RadialConstraint"}, [](Read&) { return radial_constraint(); }},
  };
  return known;
}

}  // namespace

Constraint resolve(const Constraint& constraint, const std::string& where) {
  return detail::look_up<Constraint>("constraint", table(), constraint, where);
}

}  // namespace reel
