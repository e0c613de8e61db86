// How the result of a check reads.
//
// A pattern's name is its enumerator's, letter for letter: tests and logs compare names, and who
// reads one in a log finds it in the header. The switch has no default, so the compiler tells when
// a new pattern has no name here. A report that passed tells how near it came, one that failed its
// message alone. Read before: grad_check_report.h. Read next: grad_check.h.
#include <reel/core/derivatives/grad_check/grad_check_report.h>

#include <fmt/format.h>

#include <ostream>

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

std::string GradCheckReport::str() const {
  return passed ? fmt::format("gradients agree to {:.2g}", worst_error) : message;
}

std::ostream& operator<<(std::ostream& out, const GradCheckReport& report) {
  return out << report.str();
}

}  // namespace reel
