// The order in which a number is judged: right first, then what excuses it, then wrong.
//
// A scan that is certain and agrees settles it. Else a closer look may, where the scan's own steps
// agreed on nothing; one that is certain to a twentieth only excuses. What does not agree may stand
// at a jump or between the slopes of a kink; only then may rounding excuse it, and only while the
// error is within ten times the uncertainty. A rule that gives NaN or infinity is wrong whatever
// the differences say. Read before: verdict.h, difference.h. Read next: gradient_comparison.cpp.
#include <reel/core/derivatives/grad_check/verdict.h>

#include <algorithm>
#include <cmath>

namespace reel::detail {

namespace {

bool is_certain(const Scan& scan, double threshold, double largest) {
  return scan.uncertainty <= std::max(threshold, 1e-3 * largest);
}

Judgement judge_by(const Scan& scan, double rule, double threshold, double largest) {
  Judgement judgement{GradCheckVerdict::wrong, scan.value, scan};
  if (!std::isfinite(rule)) return judgement;
  const double error = std::abs(rule - scan.value);
  const bool certain = is_certain(scan, threshold, largest);
  if (certain && error <= std::max(threshold, scan.uncertainty))
    judgement.verdict = GradCheckVerdict::right;
  else if (scan.has_jump)
    judgement.verdict = GradCheckVerdict::kink;
  else if (scan.has_kink && std::abs(scan.slope_after - scan.slope_before) > threshold &&
           rule >= std::min(scan.slope_before, scan.slope_after) - threshold &&
           rule <= std::max(scan.slope_before, scan.slope_after) + threshold)
    judgement.verdict = GradCheckVerdict::kink;
  else if (scan.is_noise || (!certain && !(error > 10 * scan.uncertainty)))
    judgement.verdict = GradCheckVerdict::rounding;
  return judgement;
}

}  // namespace

Judgement judge(double rule, const Line& line, double unit, double threshold, double largest) {
  const Judgement judgement = judge_by(scan_steps(line, unit), rule, threshold, largest);
  if (judgement.verdict == GradCheckVerdict::right || !std::isfinite(rule)) return judgement;
  const Scan closer = scan_closer(line, unit);
  if (!is_certain(closer, threshold, largest)) {
    const bool agrees = closer.uncertainty <= 0.05 * std::abs(closer.value) &&
                        std::abs(rule - closer.value) <= closer.uncertainty;
    if (!agrees || judgement.scan.contradicts(closer.value)) return judgement;
    return {GradCheckVerdict::right, closer.value, closer};
  }
  const Judgement close = judge_by(closer, rule, threshold, largest);
  const bool is_beside_kink =
      judgement.verdict == GradCheckVerdict::kink && close.verdict == GradCheckVerdict::right;
  return judgement.scan.contradicts(closer.value) && !is_beside_kink ? judgement : close;
}

}  // namespace reel::detail
