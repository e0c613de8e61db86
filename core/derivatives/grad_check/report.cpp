// How the result of a check reads.
//
// The names of patterns are those of the enumeration, so that a test can compare them and a table
// can be made of them; the sentence of a failure was written where it was found, since only there
// are all numbers at hand. Read before: grad_check.h. Read next: patterns.h.
#include <ostream>

#include <reel/core/derivatives/grad_check.h>

namespace reel {

const char* name_of(GradCheckPattern pattern) {
  switch (pattern) {
    case GradCheckPattern::none:
      return "none";
    case GradCheckPattern::sign:
      return "sign";
    case GradCheckPattern::factor:
      return "factor";
    case GradCheckPattern::term:
      return "term";
    case GradCheckPattern::transposed:
      return "transposed";
    case GradCheckPattern::axis:
      return "axis";
    case GradCheckPattern::shift:
      return "shift";
    case GradCheckPattern::stride:
      return "stride";
    case GradCheckPattern::accumulation:
      return "accumulation";
    case GradCheckPattern::broadcast:
      return "broadcast";
    case GradCheckPattern::stale:
      return "stale";
    case GradCheckPattern::zero:
      return "zero";
    case GradCheckPattern::unrecorded:
      return "unrecorded";
    case GradCheckPattern::not_linear:
      return "not_linear";
    case GradCheckPattern::throws:
      return "throws";
    case GradCheckPattern::not_finite:
      return "not_finite";
  }
  return "none";
}

std::ostream& operator<<(std::ostream& out, const GradCheckReport& report) {
  return out << (report.passed ? fmt::format("gradients agree to {:.2g}", report.worst_error)
                               : report.message);
}

}  // namespace reel
