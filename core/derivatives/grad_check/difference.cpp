// Steps of every power of ten, and which pair of neighbours is to be believed.
//
// A difference is offered with what it may be off by: how far the next shorter step is from it, and
// what the noise of the function makes of the step. The least wins. The scan costs two values a
// step and some seventy for the noise, and is only made where the first step did not agree.
// Read before: difference.h. Read next: verdict.cpp.
#include <reel/core/derivatives/grad_check/difference.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

namespace reel::detail {
namespace {

constexpr int step_count = Scan::steps;

// Whether three numbers are much the same, though each is of a step ten times shorter.
bool agree(double a, double b, double c) {
  return std::abs(a - b) <= 0.2 * std::abs(b) && std::abs(c - b) <= 0.2 * std::abs(b);
}

// How much of L's values is noise: the fourth differences of neighbours, of which smooth functions
// have none to speak of and a kink only a few, so that the median tells. Source: Moré and Wild,
// "Estimating computational noise" (2011).
double noise_of(const Line& line, double spacing) {
  constexpr int points = 17, windows = points - 4;
  std::array<double, points> values;
  for (int i = 0; i < points; ++i) values[i] = line((i - points / 2) * spacing);
  std::array<double, windows> fourth;
  for (int i = 0; i < windows; ++i)
    fourth[i] = std::abs(values[i] - 4 * values[i + 1] + 6 * values[i + 2] - 4 * values[i + 3] +
                         values[i + 4]);
  for (double& value : fourth)
    if (!std::isfinite(value)) value = 0;  // beside the function's domain
  std::nth_element(fourth.begin(), fourth.begin() + windows / 2, fourth.end());
  return fourth[windows / 2] / std::sqrt(70.0);  // the root of 1 + 16 + 36 + 16 + 1
}

}  // namespace

double central_difference(const Line& line, double step) {
  return (line(step) - line(-step)) / (2 * step);
}

Scan scan_steps(const Line& line, double unit) {
  std::array<double, step_count> differences, corners, jumps, steps;
  const double middle = line(0);
  double step = 1e-2 * unit, magnitude = std::abs(middle), range = 0;
  for (int k = 0; k < step_count; ++k, step /= 10) {
    const double after = line(step), before = line(-step);
    steps[k] = step;
    differences[k] = (after - before) / (2 * step);
    corners[k] = (after - 2 * middle + before) / step;  // slope after minus slope before
    jumps[k] = after - before;
    if (std::isfinite(after)) magnitude = std::max(magnitude, std::abs(after));
    for (const double value : {after, before})
      if (std::isfinite(value)) range = std::max(range, std::abs(value - middle));
  }

  const double rounding = 4 * std::numeric_limits<double>::epsilon() * magnitude;
  // Several spacings, since a coarse number format stands still over short ones.
  double noise = rounding;
  for (double spacing : {1e-3, 1e-4, 1e-5, 3.7e-6})
    noise = std::max(noise, noise_of(line, spacing * unit));
  Scan scan{std::nan(""), std::numeric_limits<double>::infinity()};
  scan.is_noise = noise > 0.05 * range && noise > 1e3 * rounding;
  const auto offer = [&](int k, double uncertainty) {
    if (!(uncertainty < scan.uncertainty)) return;
    scan.uncertainty = uncertainty;
    // The error of the longer step is a hundred times that of the shorter one: take it out.
    scan.value = differences[k + 1] + (differences[k + 1] - differences[k]) / 99;
  };
  // At 1e-5, 1e-6 and 1e-7: short enough to be at the point, long enough not to be rounding.
  scan.has_jump = jumps[4] != 0 && agree(jumps[3], jumps[4], jumps[5]);
  scan.has_kink = !scan.has_jump && corners[4] != 0 && agree(corners[3], corners[4], corners[5]);
  // A smooth function's bend shrinks with the step. Where it does not, steps go past what happens
  // at the point, however well they agree: as on both sides of a peak, or over many waves.
  const auto bend = [&](int k) {
    const double known = std::max(8 * noise / steps[k + 1], 0.5 * std::abs(corners[k]));
    return scan.has_kink || std::abs(corners[k + 1]) <= known ? 0 : std::abs(corners[k + 1]);
  };
  for (int k = 0; k + 1 < step_count; ++k) {
    const double apart = std::max(std::abs(differences[k] - differences[k + 1]), bend(k));
    // A difference of two values has 0.7 times their noise over the step: three deviations.
    offer(k, std::max(apart, 2.1 * noise / steps[k + 1]));
    // Noise would not let three steps agree, unless it is so coarse that nothing moves at all.
    if (k + 2 == step_count || differences[k + 1] == 0) continue;
    const double further = std::abs(differences[k + 1] - differences[k + 2]);
    offer(k, std::max({apart, further, rounding / steps[k + 2]}));
  }

  if (scan.has_kink) {
    scan.slope_before = differences[4] - corners[4] / 2;
    scan.slope_after = differences[4] + corners[4] / 2;
  }
  scan.differences = differences;
  return scan;
}

// A much greater slope is a steep place that the longer steps went past.
bool Scan::contradicts(double slope) const {
  for (int k = 0; k + 1 < steps; ++k) {
    const double agreed = std::abs(differences[k + 1]);
    if (std::abs(differences[k + 1] - differences[k]) <= 0.01 * agreed &&
        std::abs(differences[k + 1] - slope) > 0.05 * agreed && std::abs(slope) < 10 * agreed)
      return true;
  }
  return false;
}

// Noise lets no three steps agree, each eight times shorter, but where nothing moves at all. Steps
// are powers of two, so that the point moves by a step and not by what is left of it.
Scan scan_closer(const Line& line, double unit) {
  Scan best{0, std::numeric_limits<double>::infinity()};
  const double middle = line(0);
  std::array<double, 3> differences = {}, corners = {}, magnitudes = {};
  int still = 0;
  double step = std::ldexp(std::exp2(std::floor(std::log2(unit))), -20);
  for (int k = 0; k < 60 && still < 3; ++k, step /= 8) {
    const double after = line(step), before = line(-step);
    still = after == before && after == middle ? still + 1 : 0;
    std::rotate(differences.begin(), differences.begin() + 1, differences.end());
    std::rotate(corners.begin(), corners.begin() + 1, corners.end());
    std::rotate(magnitudes.begin(), magnitudes.begin() + 1, magnitudes.end());
    differences[2] = (after - before) / (2 * step);
    corners[2] = (after - 2 * middle + before) / step;
    magnitudes[2] = std::max({std::abs(after), std::abs(before), std::abs(middle)});
    if (k < 2 || differences[1] == 0 || !std::isfinite(differences[1])) continue;
    const double rounding = 4 * std::numeric_limits<double>::epsilon() *
                            *std::max_element(magnitudes.begin(), magnitudes.end());
    // The error of a step is 64 times that of the next: taken out, what is left is far less.
    const double value = differences[1] + (differences[1] - differences[0]) / 63;
    const double next = differences[2] + (differences[2] - differences[1]) / 63;
    double uncertainty = std::max(
        {std::abs(differences[0] - differences[1]) / 32, std::abs(value - next), rounding / step});
    // By their digits: past a pole slopes are small, and so is what they are apart.
    const auto is_better = [&] {
      return uncertainty * std::abs(best.value) < best.uncertainty * std::abs(differences[1]) ||
             !std::isfinite(best.uncertainty);
    };
    if (!is_better()) continue;
    // Three noisy numbers agree now and then, so it is worth a look at the noise.
    // Two spacings, of which one has no common measure with the grid of what f rounds.
    const double noise = std::max(noise_of(line, 1.37 * step), noise_of(line, 2.61 * step));
    uncertainty = std::max(uncertainty, 2.1 * noise / (8 * step));
    if (!is_better()) continue;
    best.value = value;
    best.uncertainty = uncertainty;
    best.step = 8 * step;
    best.has_kink = agree(corners[0], corners[1], corners[2]) && corners[1] != 0;
    best.slope_before = differences[1] - corners[1] / 2;
    best.slope_after = differences[1] + corners[1] / 2;
  }
  return best;
}

}  // namespace reel::detail
