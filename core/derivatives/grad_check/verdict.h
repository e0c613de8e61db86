// Right, wrong, or not to be decided: one number by a rule against one by differences.
//
// A rule is right when a difference that is itself certain to the threshold agrees with it; where
// rounding hides the tolerance that was asked for, three digits are enough. It is wrong when it is
// further off than the threshold and ten times the uncertainty. At a kink any slope between the two
// sides is a fair answer, so there is nothing to check. Internal. Read before: difference.h,
// grad_check_report.h.
#pragma once

#include <reel/core/derivatives/grad_check/difference.h>
#include <reel/core/derivatives/grad_check/grad_check_report.h>

namespace reel::detail {

struct Judgement {
  GradCheckVerdict verdict = GradCheckVerdict::right;
  double difference = 0;
  Scan scan;
};

/// `unit` is the size of x, for the steps; `threshold` what the two may be apart; `largest` the
/// size of the tensor's gradients.
Judgement judge(double rule, const Line& line, double unit, double threshold, double largest);

}  // namespace reel::detail
