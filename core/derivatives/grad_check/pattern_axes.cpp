// Mistakes about axes: the right numbers on permuted axes, or other axes that go together.
//
// A permutation is tried on the source's axes and on the output's, all of them up to rank five:
// that is 120 at most, and shapes in tests are small. Where none fits, pairs of axes along which
// only equal positions have to do with each other are compared: a sum over a wrong axis ties
// others than the right one. Read before: patterns.h. Read next: pattern_shift.cpp.
#include <reel/core/derivatives/grad_check/patterns.h>

#include <algorithm>
#include <numeric>
#include <set>

namespace reel::detail {
namespace {

// Where each element of a tensor of this shape stands once its axes are permuted.
std::vector<Index> places_after(const Shape& shape, const std::vector<int>& axes) {
  Shape permuted = shape;
  for (int k = 0; k < shape.rank(); ++k) permuted[k] = shape[axes[static_cast<std::size_t>(k)]];
  std::vector<Index> places;
  for (Index i = 0; i < shape.size(); ++i) {
    const Shape from = position_of(i, shape);
    Index place = 0;
    for (int k = 0; k < shape.rank(); ++k)
      place = place * permuted[k] + from[axes[static_cast<std::size_t>(k)]];
    places.push_back(place);
  }
  return places;
}

enum class Side { source, output };

// Whether the rule's rows (or columns) are the right ones at these places, or the other way round.
bool is_moved(const Jacobian& rule, const Jacobian& right, const std::vector<Index>& places,
              Side side, const Scale& scale) {
  bool there = true, back = true;
  for (Index i = 0; i < rule.rows() && (there || back); ++i)
    for (Index j = 0; j < rule.columns() && (there || back); ++j) {
      const bool rows = side == Side::source;
      const Index place = places[static_cast<std::size_t>(rows ? i : j)];
      const Index row = rows ? place : i, column = rows ? j : place;
      there = there && scale.equal(rule.at(row, column), right.at(i, j));
      back = back && scale.equal(rule.at(i, j), right.at(row, column));
    }
  return there || back;
}

bool is_permuted(const Jacobian& rule, const Jacobian& right, const Shape& shape, Side side,
                 const Scale& scale) {
  if (shape.rank() < 2 || shape.rank() > 5) return false;
  std::vector<int> axes(static_cast<std::size_t>(shape.rank()));
  std::iota(axes.begin(), axes.end(), 0);
  while (std::next_permutation(axes.begin(), axes.end()))
    if (is_moved(rule, right, places_after(shape, axes), side, scale)) return true;
  return false;
}

bool is_transposed(const Jacobian& rule, const Jacobian& right, const Scale& scale) {
  if (rule.rows() != rule.columns()) return false;
  for (Index i = 0; i < rule.rows(); ++i)
    for (Index j = 0; j < rule.columns(); ++j)
      if (!scale.equal(rule.at(i, j), right.at(j, i))) return false;
  return true;
}

// Pairs of an axis of the source and an axis of the output along which only equal positions have
// to do with each other.
using Pairs = std::set<std::pair<int, int>>;

Pairs pairs_of(const Jacobian& jacobian, const Scale& scale) {
  Pairs pairs;
  for (int a = 0; a < jacobian.x.rank(); ++a)
    for (int b = 0; b < jacobian.y.rank(); ++b)
      if (jacobian.x[a] == jacobian.y[b] && jacobian.x[a] > 1) pairs.insert({a, b});
  for (Index i = 0; i < jacobian.rows(); ++i)
    for (Index j = 0; j < jacobian.columns(); ++j) {
      if (!scale.counts(jacobian.at(i, j))) continue;
      const Shape at = position_of(i, jacobian.x), to = position_of(j, jacobian.y);
      for (auto pair = pairs.begin(); pair != pairs.end();) {
        const bool differs = at[pair->first] != to[pair->second];
        pair = differs ? pairs.erase(pair) : std::next(pair);
      }
    }
  return pairs;
}

}  // namespace

std::optional<Finding> find_permutation(const Jacobian& rule, const Jacobian& difference,
                                        const Scale& scale) {
  const bool found = is_permuted(rule, difference, rule.x, Side::source, scale) ||
                     is_permuted(rule, difference, rule.y, Side::output, scale) ||
                     is_transposed(rule, difference, scale);
  if (!found) return std::nullopt;
  if (rule.rows() == rule.columns())
    return Finding{GradCheckPattern::transposed,
                   "the right numbers with their axes in another order: transposed"};
  return Finding{GradCheckPattern::axis, "summed over (or spread along) the wrong axis"};
}

std::optional<Finding> find_wrong_axis(const Jacobian& rule, const Jacobian& difference,
                                       const Scale& scale) {
  const Pairs of_rule = pairs_of(rule, scale), right = pairs_of(difference, scale);
  const auto contains = [](const Pairs& a, const Pairs& b) {
    return std::includes(a.begin(), a.end(), b.begin(), b.end());
  };
  if (contains(of_rule, right) || contains(right, of_rule)) return std::nullopt;
  return Finding{GradCheckPattern::axis, "summed over (or spread along) the wrong axis"};
}

}  // namespace reel::detail
