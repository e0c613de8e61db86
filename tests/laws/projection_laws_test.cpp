// The laws of a projection, for every constraint, kernel kind and dtype.
//
// Idempotent: a second application keeps the bits. Exact: what is inside keeps its bits and its
// memory. Non-expansive where the set is convex: two kernels never come to lie further apart than
// they were, in the norm that the projection minimises.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include <reel/core/ops/random.h>
#include <reel/layers/functions/constraints.h>
#include <reel/layers/reports/constraint_check.h>

#include "largest_difference.h"

using namespace reel;
using reel::testing::largest_difference;

namespace {

struct Kernel {
  KernelKind kind;
  Shape shape;
};

const std::vector<Kernel> kernels{{KernelKind::depthwise, {3, 3, 4, 2}},
                                  {KernelKind::pointwise, {1, 1, 8, 5}},
                                  {KernelKind::convolution, {2, 3, 4, 5}},
                                  {KernelKind::transposed, {2, 3, 5, 4}},
                                  {KernelKind::dense, {7, 5}},
                                  {KernelKind::bias, {6}},
                                  {KernelKind::none, {2, 2, 3}}};

struct Law {
  Constraint constraint;
  bool convex;
};

std::vector<NormAxes> axes_for(const Kernel& kernel) {
  std::vector<NormAxes> axes{0, -1, std::vector<int>{}, per_filter()};
  if (kernel.shape.rank() > 1) axes.push_back(per_channel());
  if (kernel.shape.rank() > 2) axes.push_back({0, 1, -1});
  return axes;
}

std::vector<Law> laws_for(const Kernel& kernel) {
  std::vector<Law> laws{{non_neg(), true}};
  for (const NormAxes& axes : axes_for(kernel)) {
    laws.push_back({max_norm(0.7, axes), true});
    laws.push_back({max_norm(0.0, axes), true});
    laws.push_back({unit_norm(axes), false});
    laws.push_back({min_max_norm({.min_value = 0, .max_value = 0.9, .axes = axes}), true});
    laws.push_back({min_max_norm({.min_value = 0.8, .max_value = 1.5, .axes = axes}), false});
  }
  return laws;
}

Variable variable(const Kernel& kernel, const Tensor& value) {
  return Variable(value, {.name = "w", .kernel_kind = kernel.kind});
}

// Numbers of many sizes, with a zero filter and some that are nearly zero.
Tensor random_value(const Kernel& kernel, DType dtype, std::uint64_t draw) {
  std::vector<double> values = randn(kernel.shape, float64, RandomKey{41, 7, draw}).to_vector();
  const double scale = std::pow(10.0, static_cast<double>(draw % 5) - 2);
  const auto last = static_cast<std::size_t>(kernel.shape[-1]);
  for (std::size_t i = 0; i < values.size(); ++i)
    values[i] *= i % last == 0 ? 0 : i % last == 1 ? scale * 1e-3 : scale;
  if (dtype == float64) return Tensor(values, kernel.shape);
  return Tensor(std::vector<float>(values.begin(), values.end()), kernel.shape);
}

template <class F>
void for_each_law(const F& f) {
  for (const Kernel& kernel : kernels)
    for (const Law& law : laws_for(kernel))
      for (DType dtype : {float32, float64})
        for (std::uint64_t draw = 0; draw < 10; ++draw) {
          CAPTURE(kernel.shape);
          CAPTURE(law.constraint.name());
          CAPTURE(dtype);
          CAPTURE(draw);
          f(kernel, law, random_value(kernel, dtype, draw), draw);
        }
}

double distance(const Tensor& a, const Tensor& b) {
  const auto x = a.to_vector(), y = b.to_vector();
  double square = 0;
  for (std::size_t i = 0; i < x.size(); ++i) square += (x[i] - y[i]) * (x[i] - y[i]);
  return std::sqrt(square);
}

}  // namespace

TEST_CASE("3.1 a projection is idempotent, bit for bit, and exact on what is inside") {
  for_each_law([](const Kernel& kernel, const Law& law, const Tensor& value, std::uint64_t) {
    const Tensor once = law.constraint(variable(kernel, value));
    const Variable inside = variable(kernel, once);
    const Tensor twice = law.constraint(inside);
    REQUIRE(twice.to_vector() == once.to_vector());
    REQUIRE(twice.id() == inside.stored().id());
  });
}

TEST_CASE("3.1 what a projection gives is inside its set") {
  for_each_law([](const Kernel& kernel, const Law& law, const Tensor& value, std::uint64_t) {
    const Tensor once = law.constraint(variable(kernel, value));
    const Variable w(once, {.constraint = law.constraint, .kernel_kind = kernel.kind});
    REQUIRE(check_constraints(std::vector{w}));
  });
}

TEST_CASE("3.1 a projection onto a convex set brings no two kernels further apart") {
  for_each_law([](const Kernel& kernel, const Law& law, const Tensor& a, std::uint64_t draw) {
    if (!law.convex) return;
    const Tensor b = random_value(kernel, a.dtype(), draw + 1000);
    const double before = distance(a, b);
    const double after =
        distance(law.constraint(variable(kernel, a)), law.constraint(variable(kernel, b)));
    // A norm within the tolerance of its bound stays where it is.
    REQUIRE(after <= before * (1 + 1e-12) + 2 * detail::projection_tolerance(a.dtype()));
  });
}

TEST_CASE("3.1 a step of a min_max_norm with a rate below 1 goes towards the set, never past it") {
  const Kernel kernel{KernelKind::dense, {7, 5}};
  for (std::uint64_t draw = 0; draw < 20; ++draw) {
    const Constraint at_once = min_max_norm({.min_value = 0.8, .max_value = 1.5});
    const Constraint slow = min_max_norm({.min_value = 0.8, .max_value = 1.5, .rate = 0.3});
    const Tensor w = random_value(kernel, float64, draw);
    const Tensor goal = at_once(variable(kernel, w)), next = slow(variable(kernel, w));
    CHECK(distance(next, goal) == doctest::Approx(0.7 * distance(w, goal)).epsilon(1e-9));
  }
}

TEST_CASE("3.1 radial_constraint is a projection onto rings for even kernels") {
  for (Index k : {2, 4, 6, 8})
    for (DType dtype : {float32, float64}) {
      CAPTURE(k);
      const Kernel kernel{KernelKind::depthwise, {k, k, 3, 2}};
      const Tensor w = random_value(kernel, dtype, 3);
      const Tensor once = radial_constraint()(variable(kernel, w));
      CHECK(radial_constraint()(variable(kernel, once)).to_vector() == once.to_vector());
    }
}

TEST_CASE("3.1 radial_constraint moves the rings of odd kernels one out, the first to the centre") {
  const Kernel kernel{KernelKind::depthwise, {5, 5, 3, 2}};
  const Tensor once = radial_constraint()(variable(kernel, random_value(kernel, float64, 3)));
  const Tensor twice = radial_constraint()(variable(kernel, once));
  for (Index c = 0; c < 3; ++c)
    for (Index m = 0; m < 2; ++m) {
      CHECK(twice.at(2, 2, c, m) == once.at(1, 1, c, m));
      CHECK(twice.at(1, 2, c, m) == once.at(2, 2, c, m));
      CHECK(twice.at(0, 2, c, m) == once.at(1, 1, c, m));
    }
}

TEST_CASE("3.1 radial_constraint brings no two kernels further apart in their largest difference") {
  for (Index k : {2, 3, 4, 5}) {
    const Kernel kernel{KernelKind::depthwise, {k, k, 3, 2}};
    for (std::uint64_t draw = 0; draw < 10; ++draw) {
      const Tensor a = random_value(kernel, float64, draw), b = random_value(kernel, float64, 99);
      const auto project = [&](const Tensor& w) {
        return radial_constraint()(variable(kernel, w));
      };
      CHECK(largest_difference(project(a), project(b)) <= largest_difference(a, b));
    }
  }
}
