// The numerical derivative along a line, and what it is worth.
//
// (L(h) - L(-h)) / 2h is wrong by h^2 L'''/6 from cutting the series off, and by eps |L| / h from
// rounding. No step is good for all functions, so a scan takes one for each power of ten and keeps
// the pair of neighbours that agree best: how far they are apart is the uncertainty. Two things
// look like a wrong rule and are not one. At a kink the slopes on both sides stay apart however
// short the step; at a jump the difference itself does. Internal. Read before: grad_check.h. Read
// next: difference.cpp, verdict.h.
#pragma once

#include <functional>

namespace reel::detail {

/// The function along one direction: t is how far from the point.
using Line = std::function<double(double t)>;

double central_difference(const Line& line, double step);

struct Scan {
  double value = 0;
  double uncertainty = 0;
  bool has_kink = false;
  bool has_jump = false;
  double slope_before = 0, slope_after = 0;  // of a kink
};

/// Steps from 1e-2 to 1e-9 times `unit`.
Scan scan_steps(const Line& line, double unit);

}  // namespace reel::detail
