#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>

#include <reel/core/ops/factories.h>
#include <reel/core/ops/random.h>
#include <reel/core/tape.h>
#include <reel/layers/functions/constraints.h>

using namespace reel;

namespace {

Variable variable(const Tensor& value, KernelKind kind = KernelKind::none) {
  return Variable(value, {.name = "net/kernel", .kernel_kind = kind});
}

Variable random_kernel(const Shape& shape, KernelKind kind = KernelKind::none,
                       DType dtype = float64) {
  return variable(randn(shape, dtype, RandomKey{5, 0, 0}), kind);
}

Constraint known(const Constraint& constraint) {
  return resolve(constraint, "dense: kernel_constraint");
}

// The norms over the axes of the mask, one element at a time.
std::vector<double> naive_norms(const Tensor& w, const std::vector<bool>& mask) {
  const std::vector<double> values = w.to_vector();
  std::vector<double> result;
  std::vector<std::size_t> group_of(values.size());
  std::vector<std::vector<Index>> groups;
  for (std::size_t i = 0; i < values.size(); ++i) {
    std::vector<Index> kept;
    Index rest = static_cast<Index>(i);
    for (int axis = w.rank() - 1; axis >= 0; --axis) {
      if (!mask[static_cast<std::size_t>(axis)]) kept.push_back(rest % w.shape()[axis]);
      rest /= w.shape()[axis];
    }
    const auto found = std::find(groups.begin(), groups.end(), kept);
    group_of[i] = static_cast<std::size_t>(found - groups.begin());
    if (found == groups.end()) {
      groups.push_back(kept);
      result.push_back(0);
    }
    result[group_of[i]] += values[i] * values[i];
  }
  for (double& n : result) n = std::sqrt(n);
  return result;
}

void check_all_at(const std::vector<double>& norms, double bound) {
  for (double n : norms) CHECK(n == doctest::Approx(bound).epsilon(1e-12));
}

}  // namespace

// Proves: constraints: test_max_norm; 3.1 max_norm
TEST_CASE("3.1 max_norm brings long columns down to the bound and leaves the others") {
  const Variable w = variable(Tensor({{0, 1, 3, 3}, {0, 0, 0, 3}, {0, 0, 0, 3}}, float64));
  const auto y = max_norm(2.0)(w).to_vector();
  const double s = 2 / std::sqrt(3.0);
  const std::vector<double> want{0, 1, 2, s, 0, 0, 0, s, 0, 0, 0, s};
  for (std::size_t i = 0; i < want.size(); ++i)
    CHECK(y[i] == doctest::Approx(want[i]).epsilon(1e-15));
}

// Proves: constraints: test_max_norm; 0 constraint formulas
TEST_CASE("3.1 max_norm lands on its bound for every bound and dtype") {
  for (double bound : {0.1, 0.5, 3.0, 8.0, 1e-7})
    for (DType dtype : {float32, float64}) {
      const Tensor y = max_norm(bound)(random_kernel({100, 3}, {}, dtype));
      for (double n : naive_norms(y, {true, false})) {
        CHECK(n <= bound * (1 + 2e-7));
        CHECK(n >= bound * (1 - 2e-7));
      }
    }
}

// Proves: 0 constraint formulas
TEST_CASE("3.1 a weight that meets its bound keeps its bits and its memory") {
  for (DType dtype : {float32, float64}) {
    const Variable w = random_kernel({3, 3, 4, 2}, KernelKind::depthwise, dtype);
    for (const Constraint& c : {max_norm(0.7, per_filter()), unit_norm({0, 1, 2}), non_neg(),
                                min_max_norm({.min_value = 0.2, .max_value = 0.9})}) {
      CAPTURE(c.name());
      const Tensor once = c(w);
      const Variable projected = variable(once, KernelKind::depthwise);
      const Tensor twice = c(projected);
      CHECK(twice.to_vector() == once.to_vector());
      CHECK(twice.id() == projected.stored().id());
    }
  }
}

TEST_CASE("a norm that is off by rounding only counts as met") {
  const double almost = 1 + 1.5e-7;
  CHECK(unit_norm()(variable(full({1}, almost, float64))).item() == almost);
  CHECK(unit_norm()(variable(full({1}, 1 + 1e-6, float64))).item() == 1.0);
  CHECK(unit_norm()(variable(full({1}, 1 + 1e-6f))).item() == 1 + 1e-6f);  // 8 ulp are 9.5e-7
}

// Proves: 0 constraint formulas; 3.1 zero vectors
TEST_CASE("3.1 zero vectors stay zero") {
  const Variable zero = variable(zeros({3, 2}));
  const std::vector<double> want(6, 0.0);
  CHECK(max_norm(1.0)(zero).to_vector() == want);
  CHECK(unit_norm()(zero).to_vector() == want);
  CHECK(min_max_norm({.min_value = 0.5})(zero).to_vector() == want);
}

TEST_CASE("a vector shorter than epsilon grows by its bound over epsilon only") {
  const Variable tiny = variable(full({1}, 1e-9, float64));
  CHECK(unit_norm()(tiny).item() == doctest::Approx(1e-2).epsilon(1e-12));
}

// Proves: constraints: test_unit_norm; 3.1 unit_norm
TEST_CASE("3.1 unit_norm makes every norm 1 over one axis, several or all") {
  const Variable w = random_kernel({3, 2, 4, 5});
  check_all_at(naive_norms(unit_norm()(w), {true, false, false, false}), 1);
  check_all_at(naive_norms(unit_norm(-1)(w), {false, false, false, true}), 1);
  check_all_at(naive_norms(unit_norm({0, 1, 3})(w), {true, true, false, true}), 1);
  check_all_at(naive_norms(unit_norm({})(w), {true, true, true, true}), 1);
}

// Proves: constraints: test_min_max_norm; 3.1 min_max_norm
TEST_CASE("3.1 min_max_norm moves norms to the nearer bound, at its rate") {
  const Variable w = variable(Tensor({{3.0, 0.1, 0.6}}, float64));
  const auto at_once = min_max_norm({.min_value = 0.5, .max_value = 1})(w).to_vector();
  CHECK(at_once[0] == doctest::Approx(1.0).epsilon(1e-15));
  CHECK(at_once[1] == doctest::Approx(0.5).epsilon(1e-15));
  CHECK(at_once[2] == 0.6);
  const auto slowly = min_max_norm({.min_value = 0.5, .max_value = 1, .rate = 0.25})(w).to_vector();
  CHECK(slowly[0] == doctest::Approx(0.25 * 1.0 + 0.75 * 3.0).epsilon(1e-15));
  CHECK(slowly[1] == doctest::Approx(0.25 * 0.5 + 0.75 * 0.1).epsilon(1e-15));
  const auto swapped = min_max_norm({.min_value = 2, .max_value = 1})(w).to_vector();
  CHECK(swapped[0] == doctest::Approx(2.0).epsilon(1e-15));
}

// Proves: constraints: test_non_neg; 3.1 non_neg
TEST_CASE("3.1 non_neg removes negatives and keeps what is not a number") {
  const auto y = non_neg()(variable(Tensor({-1.5, 0.0, 2.0, std::nan("")}, float64))).to_vector();
  CHECK(y[0] == 0);
  CHECK(y[2] == 2);
  CHECK(std::isnan(y[3]));
  CHECK(known("non_neg")(random_kernel({50}, {}, float32)).dtype() == float32);
}

// Proves: 0 constraint axes; 8.23
TEST_CASE("3.1 per_filter takes the axes of one filter from the kind of kernel") {
  const auto project = [](const Shape& shape, KernelKind kind) {
    return max_norm(0.01, per_filter())(random_kernel(shape, kind));
  };
  check_all_at(
      naive_norms(project({3, 3, 4, 2}, KernelKind::depthwise), {true, true, false, false}), 0.01);
  check_all_at(naive_norms(project({1, 1, 8, 5}, KernelKind::pointwise), {true, true, true, false}),
               0.01);
  check_all_at(
      naive_norms(project({3, 3, 4, 5}, KernelKind::convolution), {true, true, true, false}), 0.01);
  check_all_at(naive_norms(project({6, 5}, KernelKind::dense), {true, false}), 0.01);
  check_all_at(naive_norms(project({5}, KernelKind::bias), {false}), 0.01);
}

// Proves: 0 constraint axes
TEST_CASE("3.1 per_channel takes all axes but the input channels") {
  const auto project = [](const Shape& shape, KernelKind kind) {
    return max_norm(0.01, per_channel())(random_kernel(shape, kind));
  };
  check_all_at(naive_norms(project({3, 3, 4, 2}, KernelKind::depthwise), {true, true, false, true}),
               0.01);
  check_all_at(naive_norms(project({6, 5}, KernelKind::dense), {false, true}), 0.01);
  CHECK_THROWS_WITH_AS(project({5}, KernelKind::bias),
                       "max_norm: per_channel() needs a kernel with an axis of channels; got "
                       "net/kernel of shape (5,)",
                       ValueError);
}

// Proves: constraints: test_conv2d_radial_constraint; 3.1 radial_constraint; 8.24
TEST_CASE("3.1 radial_constraint makes rings from the values on the diagonal") {
  for (Index k : {2, 3, 4, 5, 6}) {
    CAPTURE(k);
    const Variable w = random_kernel({k, k, 2, 3});
    const Tensor before = w.value(), y = radial_constraint()(w);
    CHECK(y.shape() == before.shape());
    for (Index c = 0; c < 2; ++c)
      for (Index m = 0; m < 3; ++m) {
        const Index s = k / 2;
        std::set<double> distinct;
        for (Index row = 0; row < k; ++row)
          for (Index column = 0; column < k; ++column) {
            // The ring of a cell: 0 in the middle (one cell, or four), then outward.
            const Index ring =
                std::max(std::abs(2 * row - (k - 1)), std::abs(2 * column - (k - 1))) / 2;
            const Index source = ring == 0 ? s - 1 : k % 2 == 1 ? s + ring - 1 : s + ring;
            CHECK(y.at(row, column, c, m) == before.at(source, source, c, m));
            distinct.insert(y.at(row, column, c, m));
          }
        CHECK(static_cast<Index>(distinct.size()) == (k + 1) / 2);
      }
  }
}

// Proves: 3.1 radial_constraint, shapes
TEST_CASE("3.1 radial_constraint wants square planes") {
  CHECK_THROWS_WITH_AS(radial_constraint()(random_kernel({1, 1, 2, 3})),
                       "radial_constraint: the kernel must have shape (k, k, C, M) with k >= 2; "
                       "got net/kernel of shape (1, 1, 2, 3)",
                       ValueError);
  CHECK_THROWS_AS(radial_constraint()(random_kernel({3, 2, 2, 3})), ValueError);
  CHECK_THROWS_AS(radial_constraint()(random_kernel({3, 3})), ValueError);
}

TEST_CASE("3.1 a projection is not recorded") {
  const Variable w = random_kernel({4, 4});
  const Tape tape;
  unit_norm()(w);
  non_neg()(w);
  CHECK(tape.size() == 0);
}

// Proves: 3.1 names
TEST_CASE("3.1 names, aliases and parameters make the same constraints as the factories") {
  CHECK(known("maxnorm") == max_norm());
  CHECK(known("MaxNorm") == known("max_norm"));
  CHECK(known("nonneg") == non_neg());
  CHECK(known("unitnorm") == unit_norm(0));
  CHECK(known("MinMaxNorm") == min_max_norm());
  CHECK(known("RadialConstraint") == radial_constraint());
  const Constraint given = max_norm(1.5, {0, 1});
  CHECK(known({given.name(), given.parameters()}) == given);
  CHECK(known({"max_norm", {{"max_value", 1.5}, {"axis", std::vector<Index>{0, 1}}}}) == given);
  CHECK(known({"max_norm", {{"axis", "per_filter"}}}) == max_norm(2.0, per_filter()));
}

// Proves: 3.1 parameters
TEST_CASE("3.1 constraints refuse what has no meaning") {
  CHECK_THROWS_WITH_AS(max_norm(-1), "max_norm: max_value must be >= 0; got -1", ValueError);
  CHECK_THROWS_WITH_AS(min_max_norm({.rate = 2}), "min_max_norm: rate must be in [0, 1]; got 2",
                       ValueError);
  CHECK_THROWS_WITH_AS(max_norm(1, 2)(random_kernel({3, 3})),
                       "max_norm: axis must be in [-2, 2) for rank 2; got 2", ValueError);
  CHECK_THROWS_WITH_AS(max_norm(1, {0, -2})(random_kernel({3, 3})),
                       "max_norm: axis -2 is given twice", ValueError);
  CHECK_THROWS_WITH_AS(known({"max_norm", {{"axis", "rows"}}}),
                       "dense: kernel_constraint: axis must be a list of axes, per_filter or "
                       "per_channel; got 'rows'",
                       ValueError);
  CHECK_THROWS_WITH_AS(
      known("max"),
      "dense: kernel_constraint: Unknown constraint: 'max'; known are max_norm, maxnorm, MaxNorm, "
      "non_neg, nonneg, NonNeg, unit_norm, unitnorm, UnitNorm, min_max_norm, MinMaxNorm, "
      "radial_constraint, RadialConstraint; a function can be given instead",
      ValueError);
}
