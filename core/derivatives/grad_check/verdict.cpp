// The order in which a number is judged: right first, then what excuses it, then wrong.
//
// A scan that is certain and agrees settles it. What does not agree may stand at a jump or between
// the slopes of a kink; only then may rounding excuse it, and only while the error is within ten
// times the uncertainty. A rule that gives NaN or infinity is wrong whatever the differences say.
// Read before: verdict.h, difference.h. Read next: gradient_comparison.cpp.
#include <reel/core/derivatives/grad_check/verdict.h>

#include <algorithm>
#include <cmath>

namespace reel::detail {

Judgement judge(double rule, const Line& line, double unit, double threshold, double largest) {
  const Scan scan = scan_steps(line, unit);
  Judgement judgement{GradCheckVerdict::wrong, scan.value, scan};
  if (!std::isfinite(rule)) return judgement;
  const double error = std::abs(rule - scan.value);
  const bool is_certain = scan.uncertainty <= std::max(threshold, 1e-3 * largest);
  if (is_certain && error <= std::max(threshold, scan.uncertainty))
    judgement.verdict = GradCheckVerdict::right;
  else if (scan.has_jump)
    judgement.verdict = GradCheckVerdict::kink;
  else if (scan.has_kink && std::abs(scan.slope_after - scan.slope_before) > threshold &&
           rule >= std::min(scan.slope_before, scan.slope_after) - threshold &&
           rule <= std::max(scan.slope_before, scan.slope_after) + threshold)
    judgement.verdict = GradCheckVerdict::kink;
  else if (!is_certain && !(error > 10 * scan.uncertainty))
    judgement.verdict = GradCheckVerdict::rounding;
  return judgement;
}

}  // namespace reel::detail
