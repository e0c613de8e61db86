// Constraints: projections that an optimizer applies to a weight right after the weight's update.
//
// Invariants of those that bound a norm: the result lies on the bound d (w * d / max(n, eps), not
// w * d / (n + eps), which falls short of it); a weight that meets its bound already, to within
// rounding, keeps its bits, so that a second application changes nothing; zero stays zero. The
// tolerance of "to within rounding" is 8 ulp + 2e-7 relative: what one multiplication and the sum
// of the squares can be off by. None of them is recorded on a tape. Default axes are the
// reference's, 0, which for a convolution kernel are its rows: `per_filter()` takes the axes that
// belong to one filter from the kind of kernel that the variable is. Read before: variable.h. Read
// next: norm_constraints.cpp, constraint_check.h, optimizer.h.
#pragma once

#include <array>
#include <functional>
#include <initializer_list>
#include <string>
#include <vector>

#include <reel/core/variable.h>

namespace reel {

/// The function behind a name, or the function itself; none stays none. Known are max_norm
/// (maxnorm, MaxNorm), non_neg (nonneg, NonNeg), unit_norm (unitnorm, UnitNorm), min_max_norm
/// (MinMaxNorm), radial_constraint (RadialConstraint). ValueError or TypeError that starts with
/// `where`.
Constraint resolve(const Constraint& constraint, const std::string& where);

/// The axes that a norm runs over: `0`, `{0, 1}`, `{}` for all, `per_filter()`. Negative axes count
/// from the end.
class NormAxes {
 public:
  enum class Rule { listed, per_filter, per_channel };
  NormAxes(int axis) : axes_{axis} {}
  NormAxes(std::initializer_list<int> axes) : axes_(axes) {}
  NormAxes(std::vector<int> axes) : axes_(std::move(axes)) {}
  explicit NormAxes(Rule rule) : rule_(rule) {}

  /// For this variable, as a mask. ValueError that starts with `op` when an axis is out of range or
  /// named twice, or when a rule does not apply to such a variable.
  std::array<bool, Shape::max_rank> mask(const char* op, const Variable& variable) const;
  /// As a config shows it: a list, "per_filter" or "per_channel".
  ParameterValue parameter() const;

 private:
  Rule rule_ = Rule::listed;
  std::vector<int> axes_;
};
constexpr std::string_view name_of(NormAxes::Rule rule) {
  return detail::name_in({"listed", "per_filter", "per_channel"}, rule);
}

/// One norm for each filter: over rows and columns of a depthwise kernel (each of its C * M filters
/// sees one channel), over all axes but the filters' of any other kernel, over nothing of a bias.
NormAxes per_filter();
/// One norm for each input channel: over all axes but the channels'. A vector has none: ValueError.
NormAxes per_channel();

/// Norms above `max_value` are brought down to it. ValueError for a bound that is not >= 0.
Constraint max_norm(double max_value = 2.0, const NormAxes& axes = 0);
/// All norms are made 1.
Constraint unit_norm(const NormAxes& axes = 0);

struct MinMaxNormOptions {
  double min_value = 0.0;
  double max_value = 1.0;  ///< below min_value it counts as min_value
  double rate = 1.0;       ///< how far to go: 1 all the way at once
  NormAxes axes = 0;
};
/// Norms n outside [min_value, max_value] move to rate * bound + (1 - rate) * n.
Constraint min_max_norm(const MinMaxNormOptions& options = {});

/// Negative elements become 0.
Constraint non_neg();

/// Each plane of a square kernel (k, k, C, M) is made constant on the rings around its centre.
///
/// The centre (one element, or 2 x 2) and the rings from the inside out take the values on the
/// diagonal at S - 1; S, S + 1, ... for odd k, and at S - 1; S + 1, S + 2, ... for even k, where
/// S = k / 2. As in the reference, hence a projection for even k only: a second application to an
/// odd kernel moves the values one ring out.
/// ValueError at the call for a rank that is not 4, planes that are not square, or k < 2.
Constraint radial_constraint();

namespace detail {
/// How far from its bound a norm may be and still count as met, relative to the bound.
double projection_tolerance(DType dtype);

/// What a constraint of the library is inside: a projection, and what is known of its set, for
/// those that ask how far a weight is from it (constraint_check.h).
struct Projection {
  std::function<Tensor(const Variable&)> project;
  double rate = 1;  ///< below 1 it goes so much of the way at once
  /// What the weight would be inside the set, where that is not its projection.
  std::function<Tensor(const Variable&)> inside = {};
  /// How many vectors should have a length and have none, which no factor can change.
  std::function<Index(const Variable&)> zero_vectors = {};
  /// The lengths that it bounds, one for each vector, for those that look (trace.h).
  std::function<Tensor(const Variable&)> norms = {};

  Tensor operator()(const Variable& variable) const { return project(variable); }
};
}  // namespace detail

}  // namespace reel
