// What a wrong Jacobian looks like beside the right one.
//
// Each mistake that people make in gradient rules moves, scales or drops numbers in a way of its
// own. The patterns are tried from the narrowest to the widest and the first that explains *every*
// entry is the answer, so that a wide one ("transposed" fits any symmetric matrix) never hides a
// narrow one. What no pattern explains is called a missing term, which is what it mostly is.
// Internal. Read before: jacobian_entries.h.
#pragma once

#include <optional>
#include <string>

#include <reel/core/derivatives/grad_check/grad_check_report.h>
#include <reel/core/derivatives/grad_check/jacobian_entries.h>

namespace reel::detail {

struct Evidence {
  const Jacobian& rule;
  const Jacobian& difference;
  /// Of an earlier call at a point nearby; null when there is none.
  const Jacobian* earlier_difference = nullptr;
  int order = 1;
};

struct Finding {
  GradCheckPattern pattern = GradCheckPattern::none;
  std::string suggestion;
};

Finding find_pattern(const Evidence& evidence);

// The parts, each for one kind of mistake.

/// How two Jacobians are compared: by the size of the largest entry.
class Scale {
 public:
  Scale(const Jacobian& a, const Jacobian& b);
  bool equal(double a, double b) const;
  /// Whether a number counts as one that is not 0.
  bool counts(double a) const;
  bool equal(const Jacobian& a, const Jacobian& b) const;

 private:
  double largest_ = 0;
};

/// The rule's numbers are the right ones, on permuted axes of the source or of the output.
std::optional<Finding> find_permutation(const Jacobian& rule, const Jacobian& difference,
                                        const Scale& scale);
/// Each column (or row) stands some places further along an axis: always the same number of places,
/// or more and more.
std::optional<Finding> find_shift(const Jacobian& rule, const Jacobian& difference,
                                  const Scale& scale);
/// Which axes of source and output go together differs.
std::optional<Finding> find_wrong_axis(const Jacobian& rule, const Jacobian& difference,
                                       const Scale& scale);

}  // namespace reel::detail
