// Right, wrong, or not to be decided: one number by a rule against one by differences.
//
// A rule is right when a difference that is itself certain to the threshold agrees with it, wrong
// when it is further off than the threshold and ten times the uncertainty. At a kink any slope
// between the two sides is a fair answer, so there is nothing to check. Internal. Read before:
// difference.h.
#pragma once

#include <reel/core/grad_check.h>
#include <reel/core/grad_check/difference.h>

namespace reel::detail {

struct Judgement {
  GradCheckVerdict verdict = GradCheckVerdict::right;
  double difference = 0;
  Scan scan;
};

/// `unit` is the size of x, for the steps; `threshold` what the two may be apart.
Judgement judge(double rule, const Line& line, double unit, double threshold);

}  // namespace reel::detail
