#include <doctest/doctest.h>

#include <cmath>
#include <functional>
#include <limits>
#include <span>

#include <reel/core/derivatives/grad_check.h>
#include <reel/core/ops.h>
#include <reel/core/runtime/parallel.h>
#include <reel/core/tape.h>

#include "naive_reduction.h"
#include "unary_case.h"

using namespace reel;

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

using ReduceFunction = Tensor (*)(const Operand&, const Axes&, bool);

struct ReductionCase {
  const char* name;
  ReduceFunction op;
  std::function<double(const std::vector<double>&)> formula;
};

double sum_of(const std::vector<double>& v) {
  double s = 0;
  for (double x : v) s += x;
  return s;
}
double mean_of(const std::vector<double>& v) { return sum_of(v) / static_cast<double>(v.size()); }
double extremum_of(const std::vector<double>& v, double start,
                   const double& (*f)(const double&, const double&)) {
  double m = start;
  for (double x : v) m = f(m, x);
  return m;
}
double variance_of(const std::vector<double>& v) {
  const double centre = mean_of(v);
  double s = 0;
  for (double x : v) s += (x - centre) * (x - centre);
  return s / static_cast<double>(v.size());
}

const std::vector<ReductionCase> cases{
    {"sum", sum, sum_of},
    {"mean", mean, mean_of},
    {"max", max, [](const auto& v) { return extremum_of(v, -infinity, std::max<double>); }},
    {"min", min, [](const auto& v) { return extremum_of(v, infinity, std::min<double>); }},
    {"prod", prod,
     [](const auto& v) {
       double p = 1;
       for (double x : v) p *= x;
       return p;
     }},
    {"logsumexp", logsumexp,
     [](const auto& v) {
       double s = 0;
       for (double x : v) s += std::exp(x);
       return std::log(s);
     }},
    {"variance", variance, variance_of},
    {"l2_norm", l2_norm,
     [](const auto& v) {
       double s = 0;
       for (double x : v) s += x * x;
       return std::sqrt(s);
     }},
    {"any", any,
     [](const auto& v) { return std::count(v.begin(), v.end(), 0.0) < std::ssize(v) ? 1.0 : 0.0; }},
    {"all", all,
     [](const auto& v) { return std::count(v.begin(), v.end(), 0.0) == 0 ? 1.0 : 0.0; }},
};

// Around 1, so that products stay in range; every fifth is 0 if asked.
Tensor numbers(const Shape& shape, bool zeros_too = false) {
  std::vector<double> values;
  for (Index i = 0; i < shape.size(); ++i)
    values.push_back(zeros_too && i % 5 < 2 ? 0.0
                                            : 1 + 0.3 * std::sin(1.7 * static_cast<double>(i)));
  return Tensor(values, shape);
}

void check_against_naive(const Shape& shape, const std::vector<int>& axes) {
  for (const ReductionCase& c : cases) {
    CAPTURE(c.name);
    CAPTURE(shape);
    CAPTURE(Tensor(std::vector<double>(axes.begin(), axes.end()), {std::ssize(axes)}));
    const Tensor x = numbers(shape, c.op == any || c.op == all);
    const Tensor y = c.op(x, axes, false), y32 = c.op(cast(x, float32), axes, false);
    const Shape left = without(shape, axes);
    REQUIRE(y.shape() == left);
    std::vector<std::vector<double>> gathered(static_cast<std::size_t>(left.size()));
    const std::vector<std::size_t> place = places(shape, axes);
    for (std::size_t i = 0; i < place.size(); ++i)
      gathered[place[i]].push_back(x.span<const double>()[i]);
    bool close = true, close32 = true;
    for (std::size_t i = 0; i < gathered.size(); ++i) {
      const double expected = c.formula(gathered[i]);
      const double scale = std::max(1.0, std::abs(expected));
      close = close && std::abs(y.span<const double>()[i] - expected) < 1e-12 * scale;
      close32 = close32 && std::abs(y32.span<const float>()[i] - expected) < 1e-5 * scale;
    }
    CHECK(close);
    CHECK(close32);
  }
}

}  // namespace

TEST_CASE("reductions agree with their formulas over every set of axes") {
  for (const Shape& shape : {Shape{}, Shape{5}, Shape{3, 4}, Shape{2, 1, 3}, Shape{2, 3, 4, 5}})
    for (const std::vector<int>& axes : all_axes(shape.rank())) check_against_naive(shape, axes);
}

TEST_CASE("reductions agree with their formulas at sizes around the widths of their loops") {
  for (Index n : {1, 2, 3, 7, 16, 31, 63, 64, 65, 127, 130, 200})
    for (Index inner : {1, 2, 3, 5, 17, 33, 64, 65}) check_against_naive({2, n, inner}, {1});
}

TEST_CASE("reductions agree with their formulas over many chunks and strips") {
  check_against_naive({9000}, {0});
  check_against_naive({2, 4200}, {1});
  check_against_naive({4200, 3}, {0});
  check_against_naive({70, 2100}, {0});
  check_against_naive({2, 3, 2100}, {1});
  check_against_naive({4, 3, 41, 21}, {0, 2, 3});
}

TEST_CASE("a reduction over axes of extent 1 keeps the elements") {
  const Tensor x = numbers({1, 3, 1});
  CHECK(sum(x, {0, 2}).to_vector() == x.to_vector());
  CHECK(max(x, 0).shape() == Shape{3, 1});
  CHECK(check_gradients([](const Tensor& v) { return sum(v, {0, 2}); }, x));
}

TEST_CASE("keepdims leaves reduced axes with extent 1; negative axes count from the end") {
  const Tensor x = numbers({2, 3, 4});
  for (const ReductionCase& c : cases) {
    CHECK(c.op(x, {0, -1}, true).shape() == Shape{1, 3, 1});
    CHECK(c.op(x, {0, -1}, true).to_vector() == c.op(x, {0, 2}, false).to_vector());
    CHECK(c.op(x, {}, true).shape() == Shape{1, 1, 1});
    CHECK(c.op(x, {}, false).shape() == Shape{});
    CHECK(c.op(x, std::vector<int>{}, false).shape() == x.shape());
  }
}

TEST_CASE("reductions have right first and second gradients over any axes") {
  const Tensor x({{{0.3, -1.2, 0.8}, {1.4, 0.6, -0.5}}, {{-0.9, 2.1, 1.1}, {0.2, -1.7, 0.7}}},
                 float64);
  for (ReduceFunction f : {sum, mean, max, min, prod, logsumexp, variance, l2_norm})
    for (const Axes& axes : {Axes{}, Axes(0), Axes(1), Axes{0, 2}, Axes{1, -1}, Axes(-1)})
      for (bool keepdims : {false, true})
        CHECK(check_gradients([&](const Tensor& v) { return f(v, axes, keepdims); }, x));
}

TEST_CASE("any and all have no gradient, and count NaN as not 0") {
  const Tensor x{1, 0, NAN};
  Tape tape;
  tape.watch(x);
  for (ReduceFunction f : {any, all}) {
    const Tensor y = f(x, {}, false);
    CHECK_FALSE(tape.gradient(y, x, {.unconnected = Unconnected::none}).defined());
    CHECK(tape.reaches(std::vector{x.id()}, y));
  }
  CHECK(any(Tensor{0, NAN}).item() == 1);
  CHECK(all(Tensor{1, NAN}).item() == 1);
}

TEST_CASE("float32 sums of millions stay accurate in every layout") {
  const Index n = 3'000'000;
  const Tensor x = full({n}, 0.1);
  const double exact = static_cast<double>(0.1f) * static_cast<double>(n);  // 300000
  CHECK(sum(x).item() == doctest::Approx(exact).epsilon(1e-6));
  CHECK(mean(x).item() == doctest::Approx(static_cast<double>(0.1f)).epsilon(1e-6));
  for (Index channels : {3, 32}) {
    const Tensor y = sum(reshape(x, {n / channels, channels}), 0);
    CHECK(y.at(channels - 1) ==
          doctest::Approx(exact / static_cast<double>(channels)).epsilon(1e-6));
  }
  CHECK(sum(reshape(x, {10, n / 30, 3}), {0, 1}).at(2) == doctest::Approx(exact / 3).epsilon(1e-6));
}

TEST_CASE("sums are the same bits for any number of threads") {
  const int before = num_threads();
  const Tensor x = cast(numbers({40, 33, 70}), float32);
  const auto all_sums = [&] {
    std::vector<double> result;
    for (const std::vector<int>& axes : all_axes(3))
      for (double v : sum(x, axes).to_vector()) result.push_back(v);
    return result;
  };
  set_num_threads(1);
  const std::vector<double> expected = all_sums();
  for (int threads : {2, 3, 7}) {
    set_num_threads(threads);
    CHECK(all_sums() == expected);
  }
  set_num_threads(before);
}

TEST_CASE("max and min share the gradient equally among ties") {
  const Tensor x({{2, 5, 5, 1}, {1, 1, 1, 1}}, float64);
  CHECK(slope_of([](const Tensor& v) { return max(v, 1); }, x).to_vector() ==
        std::vector<double>{0, 0.5, 0.5, 0, 0.25, 0.25, 0.25, 0.25});
  CHECK(slope_of([](const Tensor& v) { return min(v); }, x).at(0, 3) == 0.2);
}

TEST_CASE("max and min give NaN where there is one") {
  for (Index n : {2, 70, 5000}) {
    Tensor x = zeros({n});
    writable<float>(x)[n / 2] = NAN;
    CHECK(std::isnan(max(x).item()));
    CHECK(std::isnan(min(x).item()));
  }
}

TEST_CASE("logsumexp neither overflows nor turns infinities into NaN") {
  CHECK(logsumexp(Tensor{1000, 1000}).item() == doctest::Approx(1000 + std::log(2)));
  CHECK(logsumexp(Tensor{-1000, -1000}).item() == doctest::Approx(-1000 + std::log(2)));
  CHECK(logsumexp(Tensor{-infinity, -infinity}).item() == -infinity);
  CHECK(logsumexp(Tensor{-infinity, 3}).item() == 3);
  CHECK(logsumexp(Tensor{infinity, 3}).item() == infinity);
  CHECK(logsumexp(Tensor{infinity, -infinity}).item() == infinity);
}

TEST_CASE("the gradient of logsumexp is softmax, and 0 where all is -inf") {
  const Tensor x({{-infinity, 1000}, {-infinity, -infinity}}, float64);
  CHECK(slope_of([](const Tensor& v) { return logsumexp(v, 1); }, x).to_vector() ==
        std::vector<double>{0, 1, 0, 0});
}

TEST_CASE("the gradient of l2_norm is 0 where the norm is 0") {
  const Tensor x({{3, 4}, {0, 0}}, float64);
  CHECK(l2_norm(x, 1).to_vector() == std::vector<double>{5, 0});
  CHECK(slope_of([](const Tensor& v) { return l2_norm(v, 1); }, x).to_vector() ==
        std::vector<double>{0.6, 0.8, 0, 0});
}

TEST_CASE("variance of numbers far from 0 does not cancel") {
  CHECK(variance(Tensor({1e8 + 1, 1e8 + 2, 1e8 + 3}, float64)).item() == doctest::Approx(2.0 / 3));
}

TEST_CASE("reductions over no elements give their neutral numbers") {
  const Tensor x = zeros({0, 2});
  CHECK(sum(x, 0).to_vector() == std::vector<double>{0, 0});
  CHECK(prod(x, 0).to_vector() == std::vector<double>{1, 1});
  CHECK(logsumexp(x, 0).to_vector() == std::vector<double>{-infinity, -infinity});
  CHECK(l2_norm(x, 0).to_vector() == std::vector<double>{0, 0});
  CHECK(any(x, 0).to_vector() == std::vector<double>{0, 0});
  CHECK(all(x, 0).to_vector() == std::vector<double>{1, 1});
  CHECK(std::isnan(mean(x).item()));
  CHECK(std::isnan(variance(x).item()));
  for (const ReductionCase& c : cases) CHECK(c.op(x, 1, false).shape() == Shape{0});
  for (ReduceFunction f : {sum, mean, prod, logsumexp, variance, l2_norm})
    CHECK(slope_of([&](const Tensor& v) { return f(v, 0, false); }, x).shape() == Shape{0, 2});
}

TEST_CASE("sum_to sums down to any shape that broadcasts to its own") {
  const Tensor x({{1, 2, 3}, {4, 5, 6}}, float64);
  CHECK(sum_to(x, {3}).to_vector() == std::vector<double>{5, 7, 9});
  CHECK(sum_to(x, {2, 1}).to_vector() == std::vector<double>{6, 15});
  CHECK(sum_to(x, {2, 1}).shape() == Shape{2, 1});
  CHECK(sum_to(x, {1, 1}).shape() == Shape{1, 1});
  CHECK(sum_to(x, {}).item() == 21);
  CHECK(sum_to(x, {2, 3}).id() == x.id());
  CHECK(sum_to(zeros({0, 3}), {1, 3}).to_vector() == std::vector<double>{0, 0, 0});
  for (const Shape& shape : {Shape{3}, Shape{2, 1}, Shape{1, 3}, Shape{1}, Shape{}})
    CHECK(check_gradients([&](const Tensor& v) { return exp(sum_to(v * v, shape)); }, x / 7));
}

TEST_CASE("reductions say which axis is wrong") {
  const Tensor x = zeros({2, 3});
  CHECK_THROWS_WITH_AS(sum(x, 2), "sum: axis must be in [-2, 2) for rank 2; got 2", ValueError);
  CHECK_THROWS_WITH_AS(mean(x, {0, -2}), "mean: each axis may be named once; got axis 0 twice",
                       ValueError);
  CHECK_THROWS_WITH_AS(sum(x, std::vector<int>(9)), "axes: at most 8 may be named; got 9",
                       ValueError);
  CHECK_THROWS_WITH_AS(max(zeros({0, 3}), 0),
                       "max: the reduced axes must not be empty; got shape (0, 3)", ValueError);
  CHECK_THROWS_WITH_AS(min(zeros({0, 3})),
                       "min: the reduced axes must not be empty; got shape (0, 3)", ValueError);
  CHECK_THROWS_WITH_AS(prod(2.0), "prod: a tensor is needed; got the number 2", TypeError);
  CHECK_THROWS_WITH_AS(sum_to(x, {2}), "sum_to: shapes must broadcast; got (2, 3) and (2,)",
                       ValueError);
  CHECK_THROWS_WITH_AS(sum_to(x, {4, 2, 3}), "sum_to: shape (4, 2, 3) must broadcast to (2, 3)",
                       ValueError);
}
