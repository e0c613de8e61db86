// The narrow patterns, and the order of all: what explains every entry, narrowest first.
//
// Zero, stale, sign and factor, missing numbers are told here; axes and shifts have files of their
// own. Each looks at both matrices whole and answers with a name and a sentence for the person who
// wrote the rule, or not at all. At second order a number that is missing nearly always means that
// a part of the rule is not recorded, so that is what is said.
// Read before: patterns.h. Read next: pattern_axes.cpp, pattern_shift.cpp.
#include <reel/core/derivatives/grad_check/patterns.h>

#include <algorithm>
#include <cmath>

namespace reel::detail {
namespace {

using Pattern = GradCheckPattern;

// The rule gives nothing at all.
std::optional<Finding> find_zero(const Evidence& e, const Scale& scale) {
  for (double value : e.rule.values)
    if (scale.counts(value)) return std::nullopt;
  if (e.order == 2)
    return Finding{Pattern::unrecorded,
                   "the rule's own gradient is lost: make it of ops that record themselves"};
  return Finding{Pattern::zero, "no gradient comes back to it at all"};
}

// The rule's numbers are those of an earlier call at other inputs.
std::optional<Finding> find_stale(const Evidence& e) {
  if (!e.earlier_difference) return std::nullopt;
  double to_earlier = 0, between = 0;
  for (std::size_t i = 0; i < e.rule.values.size(); ++i) {
    const double earlier = e.earlier_difference->values[i];
    to_earlier = std::max(to_earlier, std::abs(e.rule.values[i] - earlier));
    between = std::max(between, std::abs(e.difference.values[i] - earlier));
  }
  if (to_earlier > 0.05 * between) return std::nullopt;
  return Finding{Pattern::stale,
                 "it is the gradient at the inputs of an earlier call: something is kept"};
}

std::optional<Finding> find_factor(const Evidence& e, const Scale& scale) {
  double product = 0, square = 0;
  for (std::size_t i = 0; i < e.rule.values.size(); ++i) {
    product += e.rule.values[i] * e.difference.values[i];
    square += e.difference.values[i] * e.difference.values[i];
  }
  const double factor = product / square;
  for (std::size_t i = 0; i < e.rule.values.size(); ++i)
    if (!scale.equal(e.rule.values[i], factor * e.difference.values[i])) return std::nullopt;
  if (std::abs(factor + 1) < 1e-3) return Finding{Pattern::sign, "the sign looks flipped"};
  return Finding{Pattern::factor, fmt::format("off by a constant factor of {:.4g}", factor)};
}

// The rule's numbers are right where there are any, but some are missing.
std::optional<Finding> find_missing(const Evidence& e, const Scale& scale) {
  const Jacobian &rule = e.rule, &right = e.difference;
  bool rows_are_whole = true, kept_any = false;
  for (Index i = 0; i < rule.rows(); ++i) {
    bool kept = false, dropped = false;
    for (Index j = 0; j < rule.columns(); ++j) {
      const bool is_equal = scale.equal(rule.at(i, j), right.at(i, j));
      if (!is_equal && scale.counts(rule.at(i, j))) return std::nullopt;
      dropped = dropped || !is_equal;
      kept = kept || (is_equal && scale.counts(rule.at(i, j)));
    }
    rows_are_whole = rows_are_whole && !(kept && dropped);
    kept_any = kept_any || kept;
  }
  if (!kept_any) return std::nullopt;
  if (e.order == 2)
    return Finding{Pattern::unrecorded,
                   "a part of the rule's own gradient is lost: make all of it of ops that record "
                   "themselves"};
  if (rows_are_whole) return Finding{Pattern::zero, "some entries get no gradient"};
  const auto broadcasts = [](const Shape& from, const Shape& to) {
    const int extra = to.rank() - from.rank();
    if (extra < 0 || from == to) return false;
    for (int i = 0; i < from.rank(); ++i)
      if (from[i] != 1 && from[i] != to[i + extra]) return false;
    return true;
  };
  if (broadcasts(rule.x, rule.y))
    return Finding{Pattern::broadcast,
                   "only some of its repeats count: sum over the axes it was broadcast along"};
  return Finding{Pattern::accumulation,
                 "only some of the places where it is used count: add them up"};
}

}  // namespace

Scale::Scale(const Jacobian& a, const Jacobian& b) {
  for (const Jacobian* jacobian : {&a, &b})
    for (double value : jacobian->values) largest_ = std::max(largest_, std::abs(value));
}
bool Scale::equal(double a, double b) const { return std::abs(a - b) <= 1e-4 * largest_; }
bool Scale::counts(double a) const { return std::abs(a) > 1e-3 * largest_; }
bool Scale::equal(const Jacobian& a, const Jacobian& b) const {
  for (std::size_t i = 0; i < a.values.size(); ++i)
    if (!equal(a.values[i], b.values[i])) return false;
  return true;
}

Finding find_pattern(const Evidence& evidence) {
  const Jacobian &rule = evidence.rule, &right = evidence.difference;
  for (double value : rule.values)
    if (!std::isfinite(value)) return {Pattern::not_finite, "the rule makes NaN or infinity"};
  if (const auto stale = find_stale(evidence)) return *stale;
  const Scale scale(rule, right);
  if (scale.equal(rule, right))
    return {Pattern::not_linear,
            "right for unit gradients: the rule is not linear in the gradient that it is given"};
  if (const auto found = find_zero(evidence, scale)) return *found;
  if (const auto found = find_factor(evidence, scale)) return *found;
  if (const auto found = find_missing(evidence, scale)) return *found;
  if (const auto found = find_permutation(rule, right, scale)) return *found;
  if (const auto found = find_shift(rule, right, scale)) return *found;
  if (const auto found = find_wrong_axis(rule, right, scale)) return *found;
  if (evidence.order == 2)
    return {Pattern::unrecorded,
            "right at first order: a part of the rule is not made of ops that record themselves, "
            "or one of those has a wrong rule"};
  return {Pattern::term, "a term or a factor of the formula is missing or wrong"};
}

}  // namespace reel::detail
