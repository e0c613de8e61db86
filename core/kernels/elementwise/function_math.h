// exp, log and what follows from them, in branch-free formulas that the compiler vectorises; for
// kernel sources (isa.h) only.
//
// Everything is computed in double. T is the type that the result is rounded to: for float the
// polynomials are shorter, and half a unit in the last place (ulp) is all that is lost; for double
// the steps are those that keep the error below 2 ulp (gelu, which multiplies erfc: 8), over the
// whole range, subnormal results included. The price is that float gets half the numbers into a
// register; where data comes from memory that does not show. Infinities, NaN and the sign of zero
// come out as from the C library. Bits may differ in the last place between instruction sets (FMA).
//
// Method: an argument is reduced by multiples of ln 2 (Cody, Waite, Software Manual for the
// Elementary Functions, 1980), what is left goes to a polynomial near the minimax one, fitted at
// Chebyshev's points in 45 digits. Read next: functions_kernels.cpp.
#pragma once

#include <reel/core/dtype.h>

namespace reel::kernels {
namespace REEL_ISA {
namespace {

using Bits = unsigned long long;
[[gnu::always_inline]] inline Bits bits_of(double x) { return __builtin_bit_cast(Bits, x); }
[[gnu::always_inline]] inline double of_bits(Bits b) { return __builtin_bit_cast(double, b); }

constexpr double infinity = __builtin_inf();
constexpr double ln2_high = 6.93147180369123816490e-01;  // ends in zeros: times 2000 it is exact
constexpr double ln2_low = 1.90821492927058770002e-10;
constexpr double to_integer = 0x1.8p52;  // a number plus this is rounded to an integer

template <class T>
constexpr bool is_float = sizeof(T) == sizeof(float);

[[gnu::always_inline]] inline double magnitude(double x) { return __builtin_fabs(x); }
[[gnu::always_inline]] inline double with_sign_of(double x, double sign) {
  return __builtin_copysign(x, sign);
}

/// c + rest[0] x + rest[1] x^2 + ...
[[gnu::always_inline]] inline double polynomial(double, double c) { return c; }
template <class... Rest>
[[gnu::always_inline]] inline double polynomial(double x, double c, Rest... rest) {
  return polynomial(x, rest...) * x + c;
}

/// 2^n for an integer n in [-1022, 1023].
[[gnu::always_inline]] inline double power_of_two(double n) {
  return of_bits(bits_of(n + (to_integer + 1023)) << 52);
}

/// x = n ln 2 + r + lost with an integer n and |r| <= ln 2 / 2; r is rounded and misses `lost`.
struct Reduced {
  double n, r, lost;
};
[[gnu::always_inline]] inline Reduced reduced(double x) {
  const double n = (x * 1.4426950408889634074 + to_integer) - to_integer;
  const double high = x - n * ln2_high, low = n * ln2_low;
  const double r = high - low;
  return {n, r, (high - r) - low};
}

/// e^(r + more) - 1 for |r| <= ln 2 / 2 and a `more` far below 1.
template <class T>
[[gnu::always_inline]] inline double expm1_of_rest(double r, double more) {
  if constexpr (is_float<T>)
    return r + r * r *
                   polynomial(r, 0.5, 0.166666667189975085, 0.0416666667189808464,
                              0.00833329848375488603, 0.00138888540496148188,
                              0.000198992739586493602, 0.0000248595782226252948);
  else
    return r + (more + r * r *
                           polynomial(r, 0.5, 0.16666666666666671, 0.0416666666666666698,
                                      0.00833333333332614088, 0.00138888888888837524,
                                      0.00019841269874800492, 0.0000248015873255333638,
                                      2.75572554257464343e-6, 2.75572736613486362e-7,
                                      2.51052063739570111e-8, 2.09146793765839351e-9));
}

/// value * power, the power one of two: a factor belongs to the value, so that nothing is subnormal
/// on the way to a product that is not.
struct Scaled {
  double value, power;
  [[gnu::always_inline]] double whole() const { return value * power; }
};

/// e^(x + more), for a `more` far below 1 that may have its last digits rounded.
template <class T>
[[gnu::always_inline]] inline Scaled exp_of_sum(double x, double more) {
  if constexpr (is_float<T>) {  // powers of two that float has not are still ones of double
    const double limited = x < -700 ? -700 : x > 700 ? 700 : x;
    const Reduced v = reduced(limited);
    return {1 + expm1_of_rest<T>(v.r + more, v.lost), power_of_two(v.n)};
  }
  const double limited = x < -1400 ? -1400 : x > 710 ? 710 : x;
  const Reduced v = reduced(limited);
  const double y = 1 + expm1_of_rest<T>(v.r + more, v.lost);
  // 2^n itself may be out of range where the result is not.
  const double half = (v.n * 0.5 + to_integer) - to_integer;
  return {y * power_of_two(half), power_of_two(v.n - half)};
}

template <class T>
[[gnu::always_inline]] inline Scaled scaled_exp(double x) {
  return exp_of_sum<T>(x, 0);
}

template <class T>
[[gnu::always_inline]] inline double exp(double x) {
  return scaled_exp<T>(x).whole();
}

template <class T>
[[gnu::always_inline]] inline double expm1(double x) {
  const double limited = x < -40 ? -40 : x > 710 ? 710 : x;
  const Reduced v = reduced(limited);
  const double q = expm1_of_rest<T>(v.r, v.lost), half_power = power_of_two(v.n - 1);
  const double y = 2 * (half_power * q + (half_power - 0.5));
  return x == 0 ? x : y;  // keeps -0
}

/// log(2^e (1 + f)) + more, for 1 + f between sqrt(1/2) and sqrt(2) and a tiny `more`. With
/// s = f / (2 + f), log(1 + f) = 2 atanh(s), whose first term 2 s is f - s f: f leads, exact.
template <class T>
[[gnu::always_inline]] inline double log_of_parts(double e, double f, double more) {
  const double s = f / (2 + f), z = s * s, half_square = 0.5 * f * f;
  double rest;
  if constexpr (is_float<T>)
    rest = polynomial(z, 0.666666665544970916, 0.400001218398061267, 0.285508208159606633,
                      0.233304672163038363);
  else
    rest = polynomial(z, 0.666666666666666969, 0.399999999998995045, 0.285714286259754849,
                      0.222222111347950799, 0.181828891252617221, 0.153317216005560413,
                      0.146164496850434059);
  const double small = s * (half_square + z * rest) + (e * ln2_low + more);
  return e * ln2_high - ((half_square - small) - f);
}

/// x = 2^e (1 + f), for a normal x > 0.
struct Parts {
  double e, f;
};
[[gnu::always_inline]] inline Parts parts_of(double x) {
  constexpr Bits mantissa = (Bits{1} << 52) - 1, one = Bits{1023} << 52;
  constexpr Bits root = 0x3fe6a09e667f3bcd;  // of 1/2
  const Bits shifted = bits_of(x) + (one - root);
  const double biased = of_bits(shifted >> 52 | 0x4330000000000000);  // 2^52 + e + 1023
  return {biased - (0x1p52 + 1023), of_bits((shifted & mantissa) + root) - 1};
}

/// y for a finite x > 0; else what log gives there.
[[gnu::always_inline]] inline double with_poles_of_log(double x, double y) {
  const double outside = x == 0 ? -infinity : __builtin_nan("");
  return x > 0 ? (x < infinity ? y : x) : outside;
}

template <class T>
[[gnu::always_inline]] inline double log(double x) {
  const bool subnormal = x < 0x1p-1022;
  const Parts v = parts_of(subnormal ? x * 0x1p54 : x);
  return with_poles_of_log(x, log_of_parts<T>(subnormal ? v.e - 54 : v.e, v.f, 0));
}

template <class T>
[[gnu::always_inline]] inline double log1p(double x) {
  const double u = 1 + x, of_x = u - 1;
  const double lost = (x - of_x) + (1 - (u - of_x));  // u + lost = 1 + x exactly
  const Parts v = parts_of(u);
  const bool near = v.e == 0;  // then f is x
  const double y = log_of_parts<T>(v.e, near ? x : v.f, near ? 0 : lost / u);
  return x == 0 ? x : with_poles_of_log(u, y);  // keeps -0
}

/// over / (one + more), for a `one` of 1 or 2 and 0 <= more <= one: what the sum loses in rounding
/// is taken off the quotient again, times a straight line that is 1 / sum but for a fifteenth.
template <class T>
[[gnu::always_inline]] inline double over_sum(double over, double one, double more) {
  if constexpr (is_float<T>) return over / (one + more);
  const double sum = one + more, lost = more - (sum - one), unit = 1 / one;
  const double quotient = over / sum;
  return quotient - quotient * (lost * unit * (1.457 - 0.486 * unit * sum));
}

template <class T>
[[gnu::always_inline]] inline double tanh(double x) {
  const double t = expm1<T>(2 * magnitude(x));  // tanh |x| = t / (2 + t) = 1 - 2 / (2 + t)
  return with_sign_of(t < 2 ? over_sum<T>(t, 2, t) : 1 - 2 / (2 + t), x);
}

/// Of x, from e^(-|x| + more), for a `more` that belongs to -|x|.
template <class T>
[[gnu::always_inline]] inline Scaled scaled_sigmoid(double x, double more = 0) {
  const Scaled e = exp_of_sum<T>(-magnitude(x), more);
  return {over_sum<T>(x < 0 ? e.value : 1, 1, e.whole()), x < 0 ? e.power : 1};
}
/// 1 - s of the same x and more; from e, which knows it where s rounds to 1.
template <class T>
[[gnu::always_inline]] inline double rest_of_sigmoid(const Scaled& s, double x, double more = 0) {
  if constexpr (is_float<T>) return 1 - s.whole();
  const double e = exp_of_sum<T>(-magnitude(x), more).whole();
  return x > 0 ? e * s.value : 1 - s.whole();
}
template <class T>
[[gnu::always_inline]] inline double sigmoid(double x) {
  return scaled_sigmoid<T>(x).whole();
}

template <class T>
[[gnu::always_inline]] inline double softplus(double x) {
  return log1p<T>(exp<T>(-magnitude(x))) + (x > 0 ? x : 0);
}

/// exp(a^2) erfc(a) for a >= 0. Times 1 + 2 a it is nearly constant, a polynomial in
/// t = (a - 3) / (a + 3) (Shepherd, Laframboise, Math. Comp. 36, 1981).
template <class T>
[[gnu::always_inline]] inline double scaled_erfc(double a) {
  const double t = (a - 3) / (a + 3);
  double y;
  if constexpr (is_float<T>)
    y = polynomial(t, 1.25300805823885336, -0.13562110674984168, -0.0475622902546875182,
                   0.129645195734795882, -0.119273733621555037, 0.0683073913085311703,
                   -0.0237704096168425432, 0.00253381569830903454, 0.00189217812452886215,
                   -0.000792072701613238602, -0.000124728363652662046, 0.00013028852648829891,
                   0.0000344373068383188218);
  else
    y = polynomial(t, 1.25300805826972966, -0.135621106124581098, -0.0475622943534530605,
                   0.129645158702750255, -0.119273663415168569, 0.0683080273444060436,
                   -0.0237705149219376466, 0.00252939180790006295, 0.00188869039816968007,
                   -0.000779832185525927968, -0.000105160062412995485, 0.000125098792927476502,
                   4.95055234963466664e-6, -0.0000200982538376259277, -7.34163165466839072e-7,
                   3.46615967127961741e-6, 3.60668634754241249e-7, -6.05658638933765917e-7,
                   -1.44103543796816889e-7, 8.97748061160850422e-8, 4.11347563921580138e-8,
                   -5.75650399614750743e-9, -6.4678444557829875e-9, -1.06725952149769161e-9);
  return y / (1 + 2 * a);
}

/// e^(-a^2 scale), for a scale of 1 or 1/2: the rounding of a^2 would be magnified by a^2, so the
/// square is taken of the upper half of a's digits and the rest added.
template <class T>
[[gnu::always_inline]] inline Scaled exp_of_minus_square(double a, double scale) {
  if constexpr (is_float<T>) return scaled_exp<T>(-(a * a) * scale);
  const double limited = a > 52 ? 52 : a;
  const double high = of_bits(bits_of(limited) & ~((Bits{1} << 27) - 1));
  const double rest = (limited - high) * (limited + high);
  return exp_of_sum<T>(-(high * high) * scale, -rest * scale);
}

template <class T>
[[gnu::always_inline]] inline double erf(double x) {
  const double a = magnitude(x), z = x * x;
  double near;
  if constexpr (is_float<T>)
    near = polynomial(z, 1.12837916706154342, -0.376126384680287104, 0.112837824952368445,
                      -0.0268654307276702429, 0.0052210318078580228, -0.000848408040553510629,
                      0.00011265959025606609, -9.66704457148699642e-6);
  else
    near = polynomial(z, 1.12837916709551257, -0.376126389031835404, 0.112837916709450063,
                      -0.0268661706432377704, 0.00522397760711642273, -0.000854832597538969208,
                      0.000120552949048397079, -0.0000149247369074196603, 1.64474247033173624e-6,
                      -1.62084838018717059e-7, 1.37200645467776856e-8, -7.79589882700214224e-10);
  const double limited = a > 7 ? 7 : a;  // erf is 1 from there on
  const double far = 1 - exp<T>(-limited * limited) * scaled_erfc<T>(limited);
  return a < 1 ? x * near : with_sign_of(far, x);
}

/// The normal distribution's function and density, both to be multiplied by `power`.
struct Normal {
  double function, density, power;
};
template <class T>
[[gnu::always_inline]] inline Normal normal(double x) {
  const double a = magnitude(x), limited = a > 40 ? 40 : a;
  const Scaled e = exp_of_minus_square<T>(a, 0.5);
  const double tail = 0.5 * scaled_erfc<T>(limited * 0.70710678118654752440) * e.value;
  const double density = e.value * 0.39894228040143267794;
  const bool above = x > 0;
  return {above ? 1 - tail * e.power : tail, above ? density * e.power : density,
          above ? 1 : e.power};
}

}  // namespace
}  // namespace REEL_ISA
}  // namespace reel::kernels
