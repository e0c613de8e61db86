// Softmax and its kin at extreme logits: where one class has all but a rounding error of the whole,
// what is left to the others, and what they move, is as exact as the rest, to second order.
//
// Everything is held against the definitions in long double, with 1 - p as the sum of the others.
#include <doctest/doctest.h>

#include <cmath>
#include <functional>
#include <limits>
#include <vector>

#include <reel/core/ops.h>
#include <reel/core/tape.h>

using namespace reel;

namespace {

using Exact = long double;
constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr std::size_t n = 3;
using Row = std::vector<double>;

const std::vector<Row> rows{
    {0, 0, 0},         {1, 2, 3},          {20, 0, 1},        {0, -17, -18},
    {-30, 0, -40},     {60, 0, 0},         {-100, 3, -90},    {1e7, 1e7, 1e7 - 1},
    {-1e7, -1e7, 0},   {1e10, 1e10, 1},    {2e19, -2e19, 0},  {1e30, 1e30, -1e30},
    {3e38, -3e38, 20}, {1e-30, -1e-30, 0}, {-infinity, 0, 1}, {-infinity, 0, -20}};

struct Softmax {
  Exact p[n], log_p[n], total;  // total: logsumexp

  explicit Softmax(const Row& x) {
    std::size_t top = 0;
    for (std::size_t i = 0; i < n; ++i)
      if (x[i] > x[top]) top = i;
    Exact others = 0;
    for (std::size_t i = 0; i < n; ++i)
      if (i != top) others += expl(Exact(x[i]) - x[top]);
    total = x[top] + log1pl(others);
    for (std::size_t i = 0; i < n; ++i) {
      log_p[i] = (Exact(x[i]) - x[top]) - log1pl(others);
      p[i] = expl(log_p[i]);
    }
  }
  // (i == j) - p_i, exactly.
  Exact rest(std::size_t i, std::size_t j) const {
    if (i != j) return -p[i];
    Exact sum = 0;
    for (std::size_t k = 0; k < n; ++k) sum += k == i ? 0 : p[k];
    return sum;
  }
  // d p_j / d x_i, and the derivative of that by x_k with the size of its terms.
  Exact first(std::size_t j, std::size_t i) const { return p[j] * rest(i, j); }
  Exact second(std::size_t j, std::size_t i, std::size_t k, Exact& size) const {
    const Exact a = p[j] * rest(k, j) * rest(i, j), b = -p[j] * p[i] * rest(k, i);
    size = std::fabs(a) + std::fabs(b);
    return a + b;
  }
};

// All derivatives of f at x: first[j][i], those of a recorded sweep, and second[j][i][k].
struct Derivatives {
  Tensor value;
  double first[n][n] = {}, recorded[n][n] = {}, second[n][n][n] = {};

  Derivatives(const std::function<Tensor(const Tensor&)>& f, const Tensor& x) : value(f(x)) {
    const auto unit = [&](const Tensor& like, std::size_t i) {
      std::vector<double> numbers(static_cast<std::size_t>(like.size()));
      numbers[i] = 1;
      return cast(Tensor(numbers, like.shape()), x.dtype());
    };
    const auto at = [](const Tensor& t, std::size_t i) { return t.at(static_cast<Index>(i)); };
    for (std::size_t j = 0; j < static_cast<std::size_t>(value.size()); ++j) {
      Tape outer;
      outer.watch(x);
      Tensor dx;
      {
        Tape inner;
        inner.watch(x);
        const Tensor y = f(x);
        const GradientOptions seed{.output_gradients = {unit(y, j)}};
        dx = inner.gradient(y, x, seed);
        const auto pause = outer.pause();
        const Tensor fused = inner.gradient(y, x, seed);
        for (std::size_t i = 0; i < n; ++i) first[j][i] = at(fused, i);
      }
      for (std::size_t i = 0; i < n; ++i) {
        recorded[j][i] = at(dx, i);
        const Tensor ddx = outer.gradient(
            dx, x, {.output_gradients = {unit(dx, i)}, .unconnected = Unconnected::zeros});
        for (std::size_t k = 0; k < n; ++k) second[j][i][k] = at(ddx, k);
      }
    }
  }
};

// Whether `got` is `exact` but for some units in the last place of the terms it is the sum of.
bool is_near(DType dtype, double got, Exact exact, Exact size) {
  return dispatch(dtype, [&](auto zero) {
    using Limits = std::numeric_limits<decltype(zero)>;
    if (std::fabs(exact) > Limits::max()) return std::isinf(got) && (got > 0) == (exact > 0);
    const Exact allowed = 64 * (Limits::epsilon() * size + Limits::denorm_min());
    return std::fabs(static_cast<Exact>(got) - exact) <= allowed;
  });
}

// check(row as the dtype has it, the exact softmax, the row as a tensor), for all of them.
void for_all_rows(const std::function<void(const Row&, const Softmax&, const Tensor&)>& check) {
  for (const DType dtype : {float32, float64})
    for (const Row& numbers : rows) {
      const Tensor x = cast(Tensor(numbers, {n}), dtype);
      INFO(x);
      const Row row = x.to_vector();
      check(row, Softmax(row), x);
    }
}

// The derivatives of outputs that are `weight` times the softmax's own.
void check_softmax_like(const Softmax& exact, const Derivatives& d, DType dtype) {
  for (std::size_t j = 0; j < n; ++j)
    for (std::size_t i = 0; i < n; ++i) {
      INFO("output ", j, ", input ", i);
      CHECK(is_near(dtype, d.first[j][i], exact.first(j, i), std::fabs(exact.first(j, i))));
      CHECK(is_near(dtype, d.recorded[j][i], exact.first(j, i), std::fabs(exact.first(j, i))));
      for (std::size_t k = 0; k < n; ++k) {
        Exact size;
        const Exact second = exact.second(j, i, k, size);
        INFO("and input ", k, ": ", static_cast<double>(second), " and not ", d.second[j][i][k]);
        CHECK(is_near(dtype, d.second[j][i][k], second, size));
      }
    }
}

// Of a loss or log-probability whose gradient in x_i is sign * ((i == label) - p_i).
void check_log_like(const Softmax& exact, const Derivatives& d, std::size_t j, std::size_t label,
                    int sign, DType dtype) {
  for (std::size_t i = 0; i < n; ++i) {
    const Exact first = sign * exact.rest(i, label);
    INFO("label ", label, ", input ", i, ": ", static_cast<double>(first), " and not ",
         d.first[j][i], " or ", d.recorded[j][i]);
    CHECK(is_near(dtype, d.first[j][i], first, std::fabs(first)));
    CHECK(is_near(dtype, d.recorded[j][i], first, std::fabs(first)));
    for (std::size_t k = 0; k < n; ++k) {
      const Exact second = -sign * exact.first(i, k);
      INFO("and input ", k, ": ", static_cast<double>(second), " and not ", d.second[j][i][k]);
      CHECK(is_near(dtype, d.second[j][i][k], second, std::fabs(second)));
    }
  }
}

}  // namespace

TEST_CASE("softmax is exact at extreme logits, to second order") {
  for_all_rows([](const Row&, const Softmax& exact, const Tensor& x) {
    const Derivatives d([](const Tensor& v) { return softmax(v); }, x);
    for (std::size_t i = 0; i < n; ++i)
      CHECK(is_near(x.dtype(), d.value.at(static_cast<Index>(i)), exact.p[i], exact.p[i]));
    check_softmax_like(exact, d, x.dtype());
  });
}

TEST_CASE("log_softmax is exact at extreme logits, to second order") {
  for_all_rows([](const Row& row, const Softmax& exact, const Tensor& x) {
    const Derivatives d([](const Tensor& v) { return log_softmax(v); }, x);
    for (std::size_t i = 0; i < n; ++i) {
      if (std::isinf(row[i])) continue;
      CHECK(is_near(x.dtype(), d.value.at(static_cast<Index>(i)), exact.log_p[i],
                    std::fabs(exact.log_p[i])));
      check_log_like(exact, d, i, i, 1, x.dtype());
    }
  });
}

TEST_CASE(
    "the gradient of logsumexp is the softmax at extreme logits, over any axes, to second order") {
  for (const Shape& shape : {Shape{3}, Shape{3, 1}, Shape{1, 3, 1}})
    for_all_rows([&](const Row&, const Softmax& exact, const Tensor& x) {
      const Derivatives d([&](const Tensor& v) { return logsumexp(reshape(v, shape)); }, x);
      CHECK(is_near(x.dtype(), d.value.item(), exact.total, std::fabs(exact.total)));
      for (std::size_t i = 0; i < n; ++i) {
        CHECK(is_near(x.dtype(), d.first[0][i], exact.p[i], exact.p[i]));
        CHECK(is_near(x.dtype(), d.recorded[0][i], exact.p[i], exact.p[i]));
        for (std::size_t k = 0; k < n; ++k)
          CHECK(is_near(x.dtype(), d.second[0][i][k], exact.first(i, k),
                        std::fabs(exact.first(i, k))));
      }
    });
}

TEST_CASE("softmax_cross_entropy is exact at extreme logits, to second order") {
  for_all_rows([](const Row& row, const Softmax& exact, const Tensor& x) {
    for (std::size_t label = 0; label < n; ++label) {
      if (std::isinf(row[label])) continue;
      const std::vector<std::int32_t> integers{static_cast<std::int32_t>(label)};
      const Tensor targets = one_hot(integers, n, x.dtype());
      for (const bool integer : {false, true}) {
        const Derivatives d(
            [&](const Tensor& v) {
              const Tensor logits = reshape(v, {1, n});
              return integer ? softmax_cross_entropy(logits, integers)
                             : softmax_cross_entropy(logits, targets);
            },
            x);
        CHECK(
            is_near(x.dtype(), d.value.item(), -exact.log_p[label], std::fabs(exact.log_p[label])));
        check_log_like(exact, d, 0, label, -1, x.dtype());
      }
    }
  });
}

TEST_CASE("sigmoid_cross_entropy is exact at extreme logits, to second order") {
  for (const DType dtype : {float32, float64})
    for (const double label : {0.0, 1.0})
      for (const double z : {-1e30, -100.0, -20.0, -1.0, 0.0, 1.0, 17.0, 20.0, 80.0, 1e4, 2e19}) {
        const double away = label == 1 ? z : -z;  // from the label's side
        const Tensor x(z, dtype);
        INFO("label ", label, ", logit ", z, ", ", dtype);
        Tape outer;
        outer.watch(x);
        Tensor y, dx;
        {
          Tape inner;
          inner.watch(x);
          y = sigmoid_cross_entropy(x, Tensor(label, dtype));
          dx = inner.gradient(y, x);
        }
        const Exact e = expl(-std::fabs(Exact(z)));
        const Exact loss = std::fmax(Exact(-away), 0.0L) + log1pl(e);
        const Exact p = away > 0 ? e / (1 + e) : 1 / (1 + e);  // of the other side
        CHECK(is_near(dtype, y.item(), loss, loss));
        CHECK(is_near(dtype, dx.item(), label == 1 ? -p : p, p));
        const Exact second = e / ((1 + e) * (1 + e));
        CHECK(is_near(dtype, outer.gradient(dx, x).item(), second, second));
      }
}

// What is computed of labels as they are rounded: 1 - 6e-8 is the last float below 1.
TEST_CASE("sigmoid_cross_entropy costs what a label near 0 or 1 says, also at infinite logits") {
  const auto check = [](auto zero, DType dtype) {
    using T = decltype(zero);
    const T below = std::nextafter(T(1), T(0)), above = std::nextafter(T(0), T(1));
    for (const T label : {T(0), above, T(1e-6), T(0.25), T(0.9), below, T(1)})
      for (const double logit : {-1e30, -100.0, -1.0, 0.0, 1.0, 100.0, 1e7, 1e30}) {
        const auto z = static_cast<T>(logit);
        const Exact wrong = z > 0 ? 1 - Exact(label) : Exact(label);
        const Exact exact = std::fabs(Exact(z)) * wrong + log1pl(expl(-std::fabs(Exact(z))));
        const Tensor got =
            sigmoid_cross_entropy(Tensor(double(z), dtype), Tensor(double(label), dtype));
        INFO("label ", label, ", logit ", z, ": ", double(exact), " and not ", got.item());
        CHECK(is_near(dtype, got.item(), exact, std::fabs(exact)));
      }
  };
  check(0.0f, float32);
  check(0.0, float64);
  const LossOptions none{.reduction = Reduction::none};
  const Tensor far{infinity, -infinity, infinity, -infinity}, labels{1, 0, 0, 1};
  CHECK(sigmoid_cross_entropy(far, labels, none).to_vector() == Row{0, 0, infinity, infinity});
  Tape tape;
  tape.watch(far);
  const Tensor losses = sigmoid_cross_entropy(far, labels, none);
  CHECK(tape.gradient(losses, far).to_vector() == Row{0, 0, 1, -1});
}

TEST_CASE("categorical_crossentropy is that of the shares, whatever their sum") {
  for (const DType dtype : {float32, float64}) {
    const double most = dtype == float32 ? 3e38 : 1.7e308;
    const Tensor shares = cast(Tensor({{1.0, 1.0}, {0.25, 1.0}}, float64), dtype);
    const Tensor labels = cast(Tensor({{1, 0}, {1, 0}}, float64), dtype);
    const LossOptions none{.reduction = Reduction::none};
    const Tensor small = categorical_crossentropy(shares, labels, none);
    const Tensor large =
        categorical_crossentropy(shares * Tensor({{most}, {1}}, dtype), labels, none);
    CHECK(large.at(0) == doctest::Approx(std::log(2)));
    CHECK(large.at(1) == small.at(1));
    const Tensor x = full({1, 2}, most, dtype);
    Tape tape;
    tape.watch(x);
    const Tensor loss = categorical_crossentropy(x, slice(labels, {0, 0}, {1, 2}));
    const Tensor dx = tape.gradient(loss, x) * most;
    CHECK(dx.at(0, 0) == doctest::Approx(-0.5).epsilon(1e-6));
    CHECK(dx.at(0, 1) == doctest::Approx(0.5).epsilon(1e-6));
  }
}

TEST_CASE("categorical_crossentropy without an epsilon costs nothing where no label is") {
  const Tensor p({{1.0, 0.0}, {0.5, 0.5}}, float64), labels({{1.0, 0.0}, {0.0, 1.0}}, float64);
  Tape tape;
  tape.watch(p);
  const LossOptions none{.reduction = Reduction::none};
  const Tensor losses = categorical_crossentropy(p, labels, none, 0);
  CHECK(losses.to_vector() == Row{0, std::log(2)});
  CHECK(tape.gradient(losses, p).to_vector() == Row{0, 1, 1, -1});
  CHECK(categorical_crossentropy(p, 1 - labels, none, 0).at(0) == infinity);
}

TEST_CASE("huber is a parabola up to delta, however far that is") {
  CHECK(huber(Tensor{2.5e19}, Tensor{0}, 1e30).item() == doctest::Approx(3.125e38));
  CHECK(huber(Tensor({1.5e154}, float64), Tensor({0}, float64), 1e300).item() ==
        doctest::Approx(1.125e308));
}
