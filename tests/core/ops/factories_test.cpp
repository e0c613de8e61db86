#include <doctest/doctest.h>

#include <vector>

#include <reel/core/ops/factories.h>

using namespace reel;

TEST_CASE("the factories fill as their names say") {
  CHECK(arange(3).to_vector() == std::vector<double>{0, 1, 2});
  CHECK(arange(1.0, 2.0, 0.25, float64).to_vector() == std::vector<double>{1, 1.25, 1.5, 1.75});
  CHECK(arange(0.0, -2.0, -1.0).to_vector() == std::vector<double>{0, -1});
  CHECK(linspace(0, 1, 5).to_vector() == std::vector<double>{0, 0.25, 0.5, 0.75, 1});
  CHECK(linspace(2, 9, 1).to_vector() == std::vector<double>{2});
  CHECK(full({2}, 3.5).to_vector() == std::vector<double>{3.5, 3.5});
  CHECK(zeros({0, 3}).size() == 0);
  CHECK_THROWS_WITH_AS(arange(0.0, 1.0, 0.0),
                       "arange: bounds must be finite and step not 0; got 0, 1, 0", ValueError);
  CHECK_THROWS_WITH_AS(
      arange(0.0, 1e300, 1e-10),
      "arange: at most 35184372088832 values fit any memory; got inf, from 0 to 1e+300 by 1e-10",
      ValueError);
  CHECK_THROWS_WITH_AS(
      arange(0.0, 1e20, 1.0),
      "arange: at most 35184372088832 values fit any memory; got 1e+20, from 0 to 1e+20 by 1",
      ValueError);
  CHECK_THROWS_WITH_AS(
      arange(-1e308, 1e308, 1e308),
      "arange: at most 35184372088832 values fit any memory; got inf, from -1e+308 to 1e+308 by "
      "1e+308",
      ValueError);
  CHECK(arange(0.0, -1e300, 1e-10).size() == 0);
  CHECK_THROWS_WITH_AS(linspace(0, 1, -1), "linspace: count must be >= 0; got -1", ValueError);
}
