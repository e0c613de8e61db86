// The numerical derivative: how exact a scan of steps is, and what it tells about corners.
#include <doctest/doctest.h>

#include <cmath>
#include <limits>

#include <reel/core/derivatives/grad_check/difference.h>
#include <reel/core/derivatives/grad_check/verdict.h>

using reel::GradCheckVerdict;
using reel::detail::central_difference;
using reel::detail::judge;
using reel::detail::scan_steps;

TEST_CASE("a central difference is exact for a parabola") {
  const auto parabola = [](double t) { return 3 * (2 + t) * (2 + t); };
  CHECK(central_difference(parabola, 0.5) == 12);
  CHECK(central_difference([](double t) { return t * t * t; }, 0.5) == 0.25);  // and h^2 off here
}

TEST_CASE("a scan finds a derivative to ten digits, and knows how far it may be off") {
  for (double at : {-1.5, 0.25, 3.0}) {
    const auto scan = scan_steps([at](double t) { return std::exp(at + t); }, 1);
    CHECK(std::abs(scan.value - std::exp(at)) <= 1e-10 * std::exp(at));
    CHECK(std::abs(scan.value - std::exp(at)) <= scan.uncertainty);
    CHECK(scan.uncertainty < 1e-7);
    CHECK_FALSE(scan.has_kink);
    CHECK_FALSE(scan.has_jump);
  }
}

TEST_CASE("rounding inside a function is seen and stated") {
  const auto coarse = [](double t) { return static_cast<double>(static_cast<float>(std::exp(t))); };
  const auto scan = scan_steps(coarse, 1);
  CHECK(scan.uncertainty > 1e-7);
  CHECK(std::abs(scan.value - 1) <= scan.uncertainty);
}

TEST_CASE("a number format that stands still is not taken for a constant") {
  const auto coarse = [](double t) {
    return static_cast<double>(static_cast<float>(1e4 + std::exp(t)));
  };
  CHECK(scan_steps(coarse, 1).uncertainty > 1e-3);
}

TEST_CASE("a kink is seen, with the slopes on both sides") {
  const auto scan = scan_steps([](double t) { return t < 0 ? -2 * t : 5 * t + t * t; }, 1);
  CHECK(scan.has_kink);
  CHECK(scan.slope_before == doctest::Approx(-2));
  CHECK(scan.slope_after == doctest::Approx(5));
  CHECK_FALSE(scan_steps([](double t) { return std::abs(t + 1e-3); }, 1).has_kink);
}

TEST_CASE("a jump is seen") {
  CHECK(scan_steps([](double t) { return t < 0 ? 0.0 : 1 + t; }, 1).has_jump);
  CHECK_FALSE(scan_steps([](double t) { return t < 0.01 ? 0.0 : 1 + t; }, 1).has_jump);
}

TEST_CASE("a domain that ends close by leaves steps enough") {
  const auto scan = scan_steps([](double t) { return std::log(1e-4 + t); }, 1);
  CHECK(scan.value == doctest::Approx(1e4).epsilon(1e-6));
}

TEST_CASE("a judge wants three digits at least") {
  const auto coarse = [](double t) {
    return static_cast<double>(static_cast<float>(1e4 + std::exp(t)));
  };
  CHECK(judge(1, coarse, 1, 1e-6, 1).verdict == GradCheckVerdict::rounding);
  CHECK(judge(100, coarse, 1, 1e-6, 1).verdict == GradCheckVerdict::wrong);
  const auto finer = [](double t) { return static_cast<double>(static_cast<float>(std::exp(t))); };
  CHECK(judge(1, finer, 1, 1e-7, 1).verdict == GradCheckVerdict::right);
  CHECK(judge(1.1, finer, 1, 1e-7, 1).verdict == GradCheckVerdict::wrong);
  CHECK(judge(std::numeric_limits<double>::quiet_NaN(), finer, 1, 1, 1).verdict ==
        GradCheckVerdict::wrong);
}
