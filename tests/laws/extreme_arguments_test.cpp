// At extreme arguments an op, its gradient and the gradient of that are as exact as elsewhere.
//
// Each op of one operand stands here with its derivatives in closed form, in long double. They are
// written so that nothing cancels but where the derivative itself passes through 0; an error may
// be some units in the last place of the result, or what such an error of the argument would make.
// That holds under any output gradient where the op is made of powers: a derivative may be beyond
// the range, if its product with the gradient is in it. What exp has lost no gradient brings back.
#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <set>
#include <string>
#include <vector>

#include <reel/core/ops.h>
#include <reel/core/tape.h>

#include "op_table.h"

using namespace reel;

namespace {

using Exact = long double;
constexpr double infinity = std::numeric_limits<double>::infinity();

Exact sigmoid_at(Exact x) { return x < 0 ? expl(x) / (1 + expl(x)) : 1 / (1 + expl(-x)); }
Exact sigmoid_slope_at(Exact x) {
  const Exact e = expl(-std::fabs(x));
  return e / ((1 + e) * (1 + e));
}
Exact sech2(Exact x) { return 4 * sigmoid_slope_at(2 * x); }
Exact softplus_at(Exact x) { return std::fmax(x, 0.0L) + log1pl(expl(-std::fabs(x))); }
Exact density(Exact x) { return 0.398942280401432677939946L * expl(-x * x / 2); }
Exact distribution(Exact x) { return erfcl(-x / sqrtl(2.0L)) / 2; }
Exact sign_of(Exact x) { return x > 0 ? 1 : x < 0 ? -1 : 0; }
// A factor x of what is 0 farther out.
Exact near(Exact x) { return std::fmax(-3000.0L, std::fmin(x, 3000.0L)); }

// x sigmoid(w), w = c (x + a x^3).
struct Cubic {
  explicit Cubic(Exact at) : x(near(at)), w(c * (x + a * x * x * x)), s(sigmoid_slope_at(w)) {}
  static constexpr Exact c = 2 * 0.797884560802865355879892L, a = 0.044715L;
  Exact x, w, s;
  Exact slope() const { return c * (1 + 3 * a * x * x); }
  Exact bend() const { return 6 * a * c * x; }
};

constexpr Exact selu_scale = 1.0507009873554805L, selu_alpha = 1.6732632423543772L;

using Formula = Exact (*)(Exact);
struct Case {
  const char* name;
  Tensor (*op)(const Operand&);
  Formula value, first, second;
  double low = -infinity, high = infinity;  // where it is defined
};

const std::vector<Case> cases{
    {"abs", abs, [](Exact x) { return std::fabs(x); }, sign_of, [](Exact) { return 0.0L; }},
    {"cos", cos, cosl, [](Exact x) { return -sinl(x); }, [](Exact x) { return -cosl(x); }, -1e4,
     1e4},
    {"elu", [](const Operand& x) { return elu(x, 1.3); },
     [](Exact x) { return x > 0 ? x : 1.3L * expm1l(x); },
     [](Exact x) { return x < 0 ? 1.3L * expl(x) : 1; },
     [](Exact x) { return x < 0 ? 1.3L * expl(x) : 0; }},
    {"erf", erf, erfl, [](Exact x) { return 1.12837916709551257390L * expl(-x * x); },
     [](Exact x) { return -2 * near(x) * 1.12837916709551257390L * expl(-x * x); }},
    {"exp", exp, expl, expl, expl},
    {"expm1", expm1, expm1l, expl, expl},
    {"gelu", gelu, [](Exact x) { return std::fmax(x, near(x)) * distribution(x); },
     [](Exact x) { return distribution(x) + near(x) * density(x); },
     [](Exact x) { return (2 - near(x) * near(x)) * density(x); }},
    {"gelu_tanh", gelu_tanh, [](Exact x) { return std::fmax(x, near(x)) * sigmoid_at(Cubic(x).w); },
     [](Exact x) { return sigmoid_at(Cubic(x).w) + near(x) * Cubic(x).s * Cubic(x).slope(); },
     [](Exact x) {
       const Cubic v(x);
       return v.s * (2 * v.slope() + v.x * (v.bend() - v.slope() * v.slope() * tanhl(v.w / 2)));
     }},
    {"hard_sigmoid", hard_sigmoid,
     [](Exact x) { return std::fmax(0.0L, std::fmin(1.0L, 0.2L * x + 0.5L)); },
     [](Exact x) { return std::fabs(x) <= 2.5L ? 0.2L : 0; }, [](Exact) { return 0.0L; }},
    {"leaky_relu", [](const Operand& x) { return leaky_relu(x, 0.25); },
     [](Exact x) { return x > 0 ? x : x / 4; }, [](Exact x) { return x > 0 ? 1 : 0.25L; },
     [](Exact) { return 0.0L; }},
    {"leaky_relu of alpha 0", [](const Operand& x) { return leaky_relu(x, 0); },
     [](Exact x) { return std::fmax(x, 0.0L); }, [](Exact x) { return x > 0 ? 1.0L : 0; },
     [](Exact) { return 0.0L; }},
    {"log", log, logl, [](Exact x) { return 1 / x; }, [](Exact x) { return -1 / (x * x); }, 0},
    {"log1p", log1p, log1pl, [](Exact x) { return 1 / (1 + x); },
     [](Exact x) { return -1 / ((1 + x) * (1 + x)); }, -0.9},
    {"mish", mish, [](Exact x) { return std::fmax(x, near(x)) * tanhl(softplus_at(x)); },
     [](Exact x) {
       const Exact p = softplus_at(x);
       return tanhl(p) + near(x) * sech2(p) * sigmoid_at(x);
     },
     [](Exact x) {
       const Exact p = softplus_at(x), s = sigmoid_at(x);
       return sech2(p) * (2 * s + near(x) * (sigmoid_slope_at(x) - 2 * tanhl(p) * s * s));
     }},
    {"neg", neg, [](Exact x) { return -x; }, [](Exact) { return -1.0L; },
     [](Exact) { return 0.0L; }},
    {"one over x", [](const Operand& x) { return 1 / x; }, [](Exact x) { return 1 / x; },
     [](Exact x) { return -1 / (x * x); }, [](Exact x) { return 2 / (x * x * x); }, 1e-300},
    {"pow of -1", [](const Operand& x) { return pow(x, -1); }, [](Exact x) { return 1 / x; },
     [](Exact x) { return -1 / (x * x); }, [](Exact x) { return 2 / (x * x * x); }, 1e-300},
    {"pow of 1.5", [](const Operand& x) { return pow(x, 1.5); },
     [](Exact x) { return x * sqrtl(x); }, [](Exact x) { return 1.5L * sqrtl(x); },
     [](Exact x) { return 0.75L / sqrtl(x); }, 1e-300},
    {"pow of 3", [](const Operand& x) { return pow(x, 3); }, [](Exact x) { return x * x * x; },
     [](Exact x) { return 3 * x * x; }, [](Exact x) { return 6 * x; }},
    {"reciprocal", reciprocal, [](Exact x) { return 1 / x; }, [](Exact x) { return -1 / (x * x); },
     [](Exact x) { return 2 / (x * x * x); }, 1e-300},
    {"relu", relu, [](Exact x) { return std::fmax(x, 0.0L); },
     [](Exact x) { return x > 0 ? 1.0L : 0; }, [](Exact) { return 0.0L; }},
    {"relu6", relu6, [](Exact x) { return std::fmax(0.0L, std::fmin(x, 6.0L)); },
     [](Exact x) { return x > 0 && x < 6 ? 1.0L : 0; }, [](Exact) { return 0.0L; }},
    {"rsqrt", rsqrt, [](Exact x) { return 1 / sqrtl(x); },
     [](Exact x) { return -0.5L / (x * sqrtl(x)); },
     [](Exact x) { return 0.75L / (x * x * sqrtl(x)); }, 1e-300},
    {"selu", selu, [](Exact x) { return selu_scale * (x > 0 ? x : selu_alpha * expm1l(x)); },
     [](Exact x) { return selu_scale * (x < 0 ? selu_alpha * expl(x) : 1); },
     [](Exact x) { return x < 0 ? selu_scale * selu_alpha * expl(x) : 0; }},
    {"sigmoid", sigmoid, sigmoid_at, sigmoid_slope_at,
     [](Exact x) { return -sigmoid_slope_at(x) * tanhl(x / 2); }},
    {"sin", sin, sinl, cosl, [](Exact x) { return -sinl(x); }, -1e4, 1e4},
    {"softplus", softplus, softplus_at, sigmoid_at, sigmoid_slope_at},
    {"softsign", softsign,
     [](Exact x) { return std::isinf(x) ? sign_of(x) : x / (1 + std::fabs(x)); },
     [](Exact x) { return 1 / ((1 + std::fabs(x)) * (1 + std::fabs(x))); },
     [](Exact x) {
       const Exact a = 1 + std::fabs(x);
       return -2 * sign_of(x) / (a * a * a);
     }},
    {"sqrt", sqrt, sqrtl, [](Exact x) { return 0.5L / sqrtl(x); },
     [](Exact x) { return -0.25L / (x * sqrtl(x)); }, 1e-300},
    {"square", square, [](Exact x) { return x * x; }, [](Exact x) { return 2 * x; },
     [](Exact) { return 2.0L; }},
    {"swish", swish, [](Exact x) { return std::fmax(x, near(x)) * sigmoid_at(x); },
     [](Exact x) { return sigmoid_at(x) + near(x) * sigmoid_slope_at(x); },
     [](Exact x) { return sigmoid_slope_at(x) * (2 - near(x) * tanhl(x / 2)); }},
    {"tanh", tanh, tanhl, sech2, [](Exact x) { return -2 * sech2(x) * tanhl(x); }},
};

const std::set<std::string> of_exponentials{"elu",     "erf",       "exp",   "expm1",
                                            "gelu",    "gelu_tanh", "mish",  "selu",
                                            "sigmoid", "softplus",  "swish", "tanh"};

template <class T>
std::vector<T> arguments(const Case& c) {
  using Limits = std::numeric_limits<T>;
  std::vector<T> all{0};
  for (const double size :
       {1e-30, 1e-10, 1e-3,  0.4,   1.0,   1.7,   2.6,     4.0,  5.0,  7.0,  9.0,
        12.0,  13.7,  15.0,  17.0,  20.0,  30.0,  37.6018, 60.0, 80.0, 88.0, 95.0,
        100.0, 104.0, 300.0, 700.0, 740.0, 744.5, 1e4,     1e7,  1e10, 2e19, 1e30})
    all.insert(all.end(), {static_cast<T>(size), static_cast<T>(-size)});
  for (const T size :
       {Limits::denorm_min(), Limits::min(), 5 * Limits::min(), Limits::max(), Limits::infinity()})
    all.insert(all.end(), {size, -size});
  if (sizeof(T) == 8)
    for (const double size : {1e-200, 1e-160, 1e200}) all.insert(all.end(), {T(size), T(-size)});
  std::erase_if(all, [&](T x) { return !(x >= c.low && x <= c.high); });
  return all;
}

// Whether `got` is the formula's value at x but for `ulps`, in the result or in the argument.
template <class T>
bool is_right(Formula formula, T x, T dy, double got, double ulps) {
  using Limits = std::numeric_limits<T>;
  const Exact exact = dy * formula(static_cast<Exact>(x));
  if (std::isnan(exact)) return true;  // a pole, or not defined
  if (std::fabs(exact) > Limits::max() * 0.9999L)
    return std::fabs(got) >= Limits::max() * 0.999 && (got > 0) == (exact > 0);
  const Exact unit = ulps * static_cast<Exact>(Limits::epsilon());
  // A second derivative is x times a slope, which may be subnormal where the product is, too.
  const Exact least = (ulps + std::fabs(near(x))) * static_cast<Exact>(Limits::denorm_min());
  Exact allowed = unit * std::fabs(exact) + least;
  for (const Exact shift : {-unit, unit}) {
    const Exact moved = dy * formula(x + x * shift);
    if (std::isfinite(moved)) allowed += std::fabs(moved - exact);
  }
  return std::fabs(static_cast<Exact>(got) - exact) <= allowed;
}

struct Orders {
  Tensor value, fused, composed, second;
};

Orders orders_of(const Case& c, const Tensor& x, double dy) {
  const GradientOptions zeros{.unconnected = Unconnected::zeros},
      weighed{.output_gradients = {full(x.shape(), dy, x.dtype())},
              .unconnected = Unconnected::zeros};
  Orders result;
  Tape outer;
  outer.watch(x);
  {
    Tape inner;
    inner.watch(x);
    result.value = c.op(x);
    result.composed = inner.gradient(result.value, x, weighed);
    const auto pause = outer.pause();
    result.fused = inner.gradient(result.value, x, weighed);
  }
  result.second = outer.gradient(result.composed, x, zeros);
  return result;
}

template <class T>
void check(const Case& c, T dy) {
  const std::vector<T> x = arguments<T>(c);
  const Orders orders = orders_of(c, Tensor(x, {static_cast<Index>(x.size())}), dy);
  for (std::size_t i = 0; i < x.size(); ++i) {
    INFO(std::string(c.name), " at ", x[i], " under ", dy, ", ", sizeof(T) * 8, " bits");
    const auto check_one = [&](const char* what, Formula formula, T weight, const Tensor& got) {
      INFO(std::string(what), ": ", static_cast<double>(weight * formula(x[i])), " and not ",
           got.at(static_cast<Index>(i)));
      CHECK(is_right(formula, x[i], weight, got.at(static_cast<Index>(i)), 8));
    };
    check_one("value", c.value, 1, orders.value);
    check_one("slope", c.first, dy, orders.fused);
    check_one("recorded slope", c.first, dy, orders.composed);
    check_one("second derivative", c.second, dy, orders.second);
  }
}

template <class T>
void check_under_any_gradient(const Case& c) {
  using Limits = std::numeric_limits<T>;
  check<T>(c, 1);
  if (of_exponentials.contains(c.name)) return;
  for (const T dy : {T(1e-15), T(1e-30), Limits::min(), T(1e15), T(1e30)}) check<T>(c, dy);
  if (sizeof(T) == 8)
    for (const double dy : {1e-150, 1e-290, 1e150, 1e290}) check<T>(c, static_cast<T>(dy));
}

}  // namespace

TEST_CASE("ops of one operand and their derivatives are exact at extreme arguments") {
  for (const Case& c : cases) {
    check_under_any_gradient<float>(c);
    check_under_any_gradient<double>(c);
  }
}
