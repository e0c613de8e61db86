// Mistakes about places: the right numbers, some places further along an axis.
//
// An input gradient that counts its padding from the wrong side has each column of the Jacobian
// moved by the same number of places; one that forgets a stride moves column q by q places. So the
// law looked for is rule(h, q) = right(h - (slope q + offset), q), h a position on an axis of the
// source and q on one of the output, or the same with the two changed over. What is moved past an
// end is lost and what comes in there is not known, so only the rest is compared.
// Read before: patterns.h, pattern_axes.cpp. Read next: grad_check_report.cpp.
#include <reel/core/derivatives/grad_check/patterns.h>

#include <cmath>
#include <cstdlib>

namespace reel::detail {
namespace {

struct Law {
  int x_axis, y_axis;
  Index slope, offset;
  bool moves_source;  // else the output, by places that depend on the source's position
};

// Whether all entries that the law speaks of obey it, and they are at least half of those that
// are not 0.
bool holds(const Law& law, const Jacobian& rule, const Jacobian& right, const Scale& scale) {
  const Shape& shape = law.moves_source ? right.x : right.y;
  const int axis = law.moves_source ? law.x_axis : law.y_axis;
  const Index extent = shape[axis], step = shape.around(axis).inner;
  Index seen = 0, all = 0;
  for (Index i = 0; i < rule.rows(); ++i)
    for (Index j = 0; j < rule.columns(); ++j) {
      if (scale.counts(right.at(i, j))) ++all;
      const Index h = position_of(i, right.x)[law.x_axis];
      const Index q = position_of(j, right.y)[law.y_axis];
      const Index by = law.slope * (law.moves_source ? q : h) + law.offset;
      const Index from = (law.moves_source ? h : q) - by;
      if (from < 0 || from >= extent) continue;
      const double expected =
          law.moves_source ? right.at(i - by * step, j) : right.at(i, j - by * step);
      if (!scale.equal(rule.at(i, j), expected)) return false;
      if (scale.counts(expected)) ++seen;
    }
  return all > 0 && 2 * seen >= all;
}

}  // namespace

std::optional<Finding> find_shift(const Jacobian& rule, const Jacobian& difference,
                                  const Scale& scale) {
  if (rule.values.size() > 250000) return std::nullopt;
  for (Index slope : {0, -1, 1, -2, 2, -3, 3})
    for (int a = 0; a < rule.x.rank(); ++a)
      for (int b = 0; b < rule.y.rank(); ++b)
        for (bool moves_source : {true, false}) {
          const Index extent = moves_source ? rule.x[a] : rule.y[b];
          const Index others = moves_source ? rule.y[b] : rule.x[a];
          if (extent < 2 || (slope != 0 && others < 2)) continue;
          const Index most = slope == 0 ? extent - 1 : 3;
          for (Index offset = -most; offset <= most; ++offset) {
            if (slope == 0 && offset == 0) continue;
            if (!holds({a, b, slope, offset, moves_source}, rule, difference, scale)) continue;
            if (slope != 0)
              return Finding{GradCheckPattern::stride,
                             "shifted more and more along an axis: a wrong stride or dilation"};
            return Finding{
                GradCheckPattern::shift,
                fmt::format("shifted by {} along axis {} of the {}: a padding or an offset",
                            std::abs(offset), moves_source ? a : b,
                            moves_source ? "source" : "result")};
          }
        }
  return std::nullopt;
}

}  // namespace reel::detail
