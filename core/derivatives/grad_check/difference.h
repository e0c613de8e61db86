// The numerical derivative along a line, and what it is worth.
//
// (L(h) - L(-h)) / 2h is wrong by h^2 L'''/6 from cutting the series off, and by eps |L| / h from
// rounding. No step is good for all functions, so a scan takes one for each power of ten and keeps
// the pair of neighbours that agree best: how far they are apart is the uncertainty. Three things
// look like a wrong rule and are not one. At a kink the slopes on both sides stay apart however
// short the step; at a jump the difference itself does; close to a pole, or on a steep slope, every
// step of the scan is too long, and a closer look is needed. Internal. Read before: grad_check.h.
// Read next: difference.cpp, verdict.h.
#pragma once

#include <array>
#include <functional>

namespace reel::detail {

/// The function along one direction: t is how far from the point.
using Line = std::function<double(double t)>;

double central_difference(const Line& line, double step);

struct Scan {
  static constexpr int steps = 8;
  double value = 0;
  double uncertainty = 0;
  double step = 0;  // that was believed, when it is a closer look's
  bool has_kink = false;
  bool has_jump = false;
  bool is_noise = false;  // as far as the scan can see: it says nothing against a rule
  double slope_before = 0, slope_after = 0;  // of a kink
  std::array<double, steps> differences = {};

  /// Whether steps agreed on a slope that is not this one: then a shorter step that finds another
  /// may see less, as of a function that is rounded and stands still over it.
  bool contradicts(double slope) const;
};

/// Steps from 1e-2 to 1e-9 times `unit`.
Scan scan_steps(const Line& line, double unit);

/// Shorter ones, as far as the function moves, until three of them agree.
Scan scan_closer(const Line& line, double unit);

}  // namespace reel::detail
