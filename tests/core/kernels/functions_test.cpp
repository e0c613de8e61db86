// The kernels of exp, log and their kin against the C library's long double, for each instruction
// set of this CPU: over all exponents, where results are subnormal, and at the ends of every range.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <string>
#include <vector>

#include <reel/core/kernels/elementwise/functions.h>

using namespace reel;
using namespace reel::kernels;

namespace {

using Exact = long double;

Exact exact_sigmoid(Exact x) { return x < 0 ? expl(x) / (1 + expl(x)) : 1 / (1 + expl(-x)); }
Exact exact_softplus(Exact x) { return std::fmax(x, 0.0L) + log1pl(expl(-std::fabs(x))); }
Exact exact_gelu(Exact x) { return x * erfcl(-x / sqrtl(2.0L)) / 2; }
// x sigmoid(w), w = c (x + a x^3).
constexpr Exact gelu_c = 2 * 0.797884560802865355879892L, gelu_a = 0.044715L;
Exact gelu_w(Exact x) { return gelu_c * (x + gelu_a * x * x * x); }
Exact exact_gelu_tanh(Exact x) { return x * exact_sigmoid(gelu_w(x)); }
Exact exact_gelu_tanh_slope(Exact x) {
  const Exact w = gelu_w(x), s = exact_sigmoid(w);
  return s + x * s * exact_sigmoid(-w) * gelu_c * (1 + 3 * gelu_a * x * x);
}

struct Case {
  Function function;
  const char* name;
  Exact (*exact)(Exact);
  double ulps;  // of double; float is within 0.51
};

const std::vector<Case> cases{
    {Function::exp, "exp", [](Exact x) { return expl(x); }, 1},
    {Function::expm1, "expm1", [](Exact x) { return expm1l(x); }, 2},
    {Function::log, "log", [](Exact x) { return logl(x); }, 1},
    {Function::log1p, "log1p", [](Exact x) { return log1pl(x); }, 1},
    {Function::tanh, "tanh", [](Exact x) { return tanhl(x); }, 2},
    {Function::sigmoid, "sigmoid", exact_sigmoid, 2},
    {Function::softplus, "softplus", exact_softplus, 2},
    {Function::erf, "erf", [](Exact x) { return erfl(x); }, 2},
};

// Numbers of all sizes and signs: steps through the patterns of bits, and through [-800, 800].
template <class T>
std::vector<T> arguments() {
  const bool thorough = std::getenv("REEL_LONG") != nullptr;
  const int count = thorough ? 1000000 : 10000;
  using Pattern = std::conditional_t<sizeof(T) == 4, std::uint32_t, std::uint64_t>;
  const Pattern step = std::numeric_limits<Pattern>::max() / static_cast<Pattern>(count) | 1;
  std::vector<T> x;
  for (int i = 0; i < count; ++i) {
    const Pattern bits = static_cast<Pattern>(i) * step;
    T number;
    std::memcpy(&number, &bits, sizeof number);
    x.push_back(number);
    const double place = (static_cast<double>(i) + 0.37) / static_cast<double>(count);
    for (const double reach : {800.0, 110.0, 40.0, 8.0, 2.0, 0.5})
      x.push_back(static_cast<T>(reach * (2 * place - 1)));
    x.push_back(static_cast<T>(0.5 + 1.5 * place));
  }
  using Limits = std::numeric_limits<T>;
  for (const T end : {T(0), Limits::denorm_min(), Limits::min(), Limits::max(), Limits::infinity(),
                      T(1), T(709.79), T(745.2), T(88.75), T(103.98)})
    x.insert(x.end(), {end, -end});
  x.push_back(Limits::quiet_NaN());
  return x;
}

template <class T>
double ulps_between(T got, Exact exact) {
  int exponent;
  frexpl(exact, &exponent);
  const int least = std::numeric_limits<T>::min_exponent;
  const Exact ulp = ldexpl(1, std::max(exponent, least) - std::numeric_limits<T>::digits);
  return static_cast<double>(std::fabs(static_cast<Exact>(got) - exact) / ulp);
}

template <class T>
bool same_special(T got, T expected) {
  if (std::isnan(expected)) return std::isnan(got);
  return got == expected && std::signbit(got) == std::signbit(expected);
}

// The largest error in ulps; a wrong infinity, NaN or sign of zero is a million.
template <class T>
double worst_error(const Functions<T>& functions, const Case& c, const std::vector<T>& x) {
  std::vector<T> y(x.size());
  functions.value[static_cast<int>(c.function)](x.data(), y.data(), static_cast<Index>(x.size()));
  double worst = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    const Exact exact = c.exact(static_cast<Exact>(x[i]));
    const T expected = static_cast<T>(exact);
    const bool special = !std::isfinite(expected) || !std::isfinite(y[i]) || exact == 0;
    worst = std::fmax(
        worst, special ? (same_special(y[i], expected) ? 0 : 1e6) : ulps_between(y[i], exact));
  }
  return worst;
}

// Calls body(table) for each set that this CPU may run.
template <class Body>
void for_each_set(const Body& body) {
  body(function_tables(sse2::Set{}));
#if defined(__x86_64__)
  if (isa() >= Isa::avx2) body(function_tables(avx2::Set{}));
  if (isa() >= Isa::avx512) body(function_tables(avx512::Set{}));
#endif
}

}  // namespace

TEST_CASE("functions in float are rounded once, but for a hundredth of an ulp") {
  const std::vector<float> x = arguments<float>();
  for_each_set([&](const FunctionTables& tables) {
    for (const Case& c : cases) {
      CAPTURE(std::string(c.name));
      CHECK(worst_error(tables.of_float, c, x) < 0.51);
    }
  });
}

TEST_CASE("functions in double are within their bounds in ulps, with the right infinities") {
  const std::vector<double> x = arguments<double>();
  for_each_set([&](const FunctionTables& tables) {
    for (const Case& c : cases) {
      CAPTURE(std::string(c.name));
      CHECK(worst_error(tables.of_double, c, x) < c.ulps);
    }
  });
}

// x times a tail of a distribution: the tail may be subnormal where the product is not.
TEST_CASE("activations with a tail are within 8 ulps down to where they are subnormal, and 0") {
  const std::vector<Case> with_tails{
      {Function::gelu, "gelu", exact_gelu, 8},
      {Function::gelu_tanh, "gelu_tanh", exact_gelu_tanh, 8},
      {Function::swish, "swish", [](Exact x) { return x * exact_sigmoid(x); }, 8},
      {Function::mish, "mish", [](Exact x) { return x * tanhl(exact_softplus(x)); }, 8}};
  std::vector<double> x;
  for (int i = 0; i < 20000; ++i) x.push_back(-39 + 0.0023 * i);
  for (int i = 0; i < 20000; ++i) x.push_back(-760 + 0.0391 * i);
  for_each_set([&](const FunctionTables& tables) {
    for (const Case& c : with_tails) {
      CAPTURE(std::string(c.name));
      CHECK(worst_error(tables.of_double, c, x) < c.ulps);
    }
  });
}

// Where their two terms do not cancel: they are 0 near -0.75 and -1.28.
TEST_CASE("slopes with a tail are within 8 ulps down to where they are subnormal, and up to 1") {
  struct SlopeCase {
    Slope slope;
    Exact (*exact)(Exact);
    double least;
  };
  const auto swish_slope = [](Exact x) {
    return exact_sigmoid(x) + x * exact_sigmoid(x) * exact_sigmoid(-x);
  };
  for (const SlopeCase& c : {SlopeCase{Slope::gelu_tanh, exact_gelu_tanh_slope, -25},
                             SlopeCase{Slope::swish, swish_slope, -760}}) {
    std::vector<double> x;
    for (int i = 0; i < 20000; ++i) x.push_back(c.least + (-2 - c.least) * 5e-5 * i);
    for (int i = 0; i < 20000; ++i) x.push_back(0.00371 * i);
    const std::vector<double> ones(x.size(), 1);
    for_each_set([&](const FunctionTables& tables) {
      std::vector<double> y(x.size());
      tables.of_double.gradient[static_cast<int>(c.slope)](ones.data(), x.data(), y.data(),
                                                           static_cast<Index>(x.size()));
      double worst = 0;
      for (std::size_t i = 0; i < x.size(); ++i)
        worst = std::fmax(worst, ulps_between(y[i], c.exact(x[i])));
      CHECK(worst < 8);
    });
  }
}

TEST_CASE("a number's function does not depend on where it stands in an array") {
  const std::vector<double> x = arguments<double>();
  for_each_set([&](const FunctionTables& tables) {
    for (const Case& c : cases) {
      const auto run = tables.of_double.value[static_cast<int>(c.function)];
      std::vector<double> together(1000), alone(1000);
      run(x.data(), together.data(), 1000);
      for (std::size_t i = 0; i < 1000; ++i) run(&x[i], &alone[i], 1);
      CAPTURE(std::string(c.name));
      CHECK(std::memcmp(together.data(), alone.data(), 8000) == 0);
    }
  });
}
