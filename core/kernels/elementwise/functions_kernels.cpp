// The loops of functions.h, compiled once for each instruction set (isa.h).
#include <reel/core/kernels/elementwise/function_math.h>
#include <reel/core/kernels/elementwise/functions.h>

namespace reel::kernels {
namespace REEL_ISA {
namespace {

// A factor x, cut where the other is 0 (in float e^-700, where its exp stops): 0 times infinity
// would be NaN where the product has a limit.
[[gnu::always_inline]] inline double limited_below(double x) { return x < -1e40 ? -1e40 : x; }
[[gnu::always_inline]] inline double limited(double x) {
  return x > 1e40 ? 1e40 : limited_below(x);
}

// x Phi(x), Phi the normal distribution function.
template <class T>
[[gnu::always_inline]] inline double gelu(double x) {
  const Normal v = normal<T>(x);
  return limited_below(x) * v.function * v.power;
}

// x / 2 (1 + tanh(c / 2 (x + a x^3))), which is x sigmoid(w) with w = c (x + a x^3). In double a
// rounding error of w would be magnified by w, so w comes in two parts: x, x^2 and what x is
// multiplied by are split so that the products of upper halves are exact.
struct Cubic {
  double high, more;  // `more` belongs to -|high|
};
constexpr double gelu_c = 2 * 0.7978845608028654, gelu_a = 0.044715;  // c / 2 = sqrt(2 / pi)
[[gnu::always_inline]] inline double upper_half(double x) {
  return of_bits(bits_of(x) & ~((Bits{1} << 27) - 1));
}
template <class T>
[[gnu::always_inline]] inline Cubic gelu_cubic(double at) {
  if constexpr (is_float<T>) return {gelu_c * (at + gelu_a * (at * at * at)), 0};
  constexpr double c_high = 1.5957691073417664, c_low = 1.426396435433791e-08;
  constexpr double ca_high = 0.071354815736413, ca_low = 5.361872467621785e-10;  // c a
  const double x = at < -40 ? -40 : at > 40 ? 40 : at;  // w is beyond 4000 there
  const double x_high = upper_half(x), x_low = x - x_high;
  const double z = x * x, z_high = upper_half(z);
  const double z_low = (x_high * x_high - z_high) + x_low * (x + x_high);
  const double factor = upper_half(c_high + ca_high * z);
  const double rest =
      ((c_high - factor) + ca_high * z_high) + (c_low + ca_high * z_low + ca_low * z);
  const double high = x_high * factor, low = x_low * factor + x * rest;
  return {high, high < 0 ? low : -low};
}
template <class T>
[[gnu::always_inline]] inline double gelu_tanh(double x) {
  const Cubic w = gelu_cubic<T>(x);
  const Scaled s = scaled_sigmoid<T>(w.high, w.more);
  return limited_below(x) * s.value * s.power;
}

template <class T>
[[gnu::always_inline]] inline double swish(double x) {
  const Scaled s = scaled_sigmoid<T>(x);
  return limited_below(x) * s.value * s.power;
}

// tanh(softplus(x)) = (w^2 - 1) / (w^2 + 1) with w = 1 + e^x; in e^-x where that is below 1. Its
// slope is 4 w e^x / (w^2 + 1)^2. `over` and `slope` are to be multiplied by `power`.
struct Mish {
  double over, under, slope, power;
};
template <class T>
[[gnu::always_inline]] inline Mish mish_parts(double x) {
  const Scaled scaled = scaled_exp<T>(-magnitude(x));
  const double e = scaled.whole(), first = scaled.value;
  const double under = x > 0 ? 1 + 2 * e * (1 + e) : 2 + e * (e + 2);
  const double slope = 4 * (x > 0 ? e * e : first) * (1 + e) / (under * under);
  return {x > 0 ? 1 + 2 * e : first * (e + 2), under, slope, x > 0 ? 1 : scaled.power};
}
template <class T>
[[gnu::always_inline]] inline double mish(double x) {
  const Mish v = mish_parts<T>(x);
  return limited_below(x) * (v.over / v.under) * v.power;
}

// e / (1 + e)^2 with e = e^-|x|: as s (1 - s) it would be 0 where s rounds to 1.
template <class T>
[[gnu::always_inline]] inline double sigmoid_slope(double x) {
  const Scaled e = scaled_exp<T>(-magnitude(x));
  const double sum = 1 + e.whole();
  return e.value / (sum * sum) * e.power;
}

template <class T>
[[gnu::always_inline]] inline double tanh_slope(double x) {
  return 4 * sigmoid_slope<T>(2 * x);
}

template <class T>
[[gnu::always_inline]] inline double erf_slope(double x) {
  const Scaled e = exp_of_minus_square<T>(magnitude(x), 1);
  return 1.1283791670955126 * e.value * e.power;  // 2 / sqrt(pi)
}

template <class T>
[[gnu::always_inline]] inline double normal_density(double x) {
  const Normal v = normal<T>(x);
  return v.density * v.power;
}

template <class T>
[[gnu::always_inline]] inline double gelu_slope(double x) {
  const Normal v = normal<T>(x);
  return (v.function + limited(x) * v.density) * v.power;
}

template <class T>
[[gnu::always_inline]] inline double gelu_tanh_slope(double at) {
  const double x = limited(at);
  const Cubic w = gelu_cubic<T>(x);
  const Scaled s = scaled_sigmoid<T>(w.high, w.more);
  const double slope = s.value * rest_of_sigmoid<T>(s, w.high, w.more);
  return (s.value + x * slope * (gelu_c + 3 * gelu_a * gelu_c * (x * x))) * s.power;
}

template <class T>
[[gnu::always_inline]] inline double swish_slope(double at) {
  const double x = limited(at);
  const Scaled s = scaled_sigmoid<T>(x);
  return (s.value + x * (s.value * rest_of_sigmoid<T>(s, x))) * s.power;
}

template <class T>
[[gnu::always_inline]] inline double mish_slope(double at) {
  const double x = limited(at);
  const Mish v = mish_parts<T>(x);
  return (v.over / v.under + x * v.slope) * v.power;
}

template <auto f, class T>
void value(const T* __restrict x, T* __restrict y, Index n) {
  for (Index i = 0; i < n; ++i) y[i] = static_cast<T>(f(static_cast<double>(x[i])));
}

template <auto slope, class T>
void gradient(const T* __restrict dy, const T* __restrict x, T* __restrict dx, Index n) {
  for (Index i = 0; i < n; ++i)
    dx[i] = static_cast<T>(static_cast<double>(dy[i]) * slope(static_cast<double>(x[i])));
}

template <class T>
void elu(double scale, double alpha, const T* __restrict x, T* __restrict y, Index n) {
  const double below = scale * alpha;
  for (Index i = 0; i < n; ++i) {
    const double v = static_cast<double>(x[i]), e = below * expm1<T>(v);
    y[i] = static_cast<T>(v > 0 ? scale * v : e);
  }
}

template <class T>
void elu_gradient(double scale, double alpha, const T* __restrict dy, const T* __restrict x,
                  T* __restrict dx, Index n) {
  const double below = scale * alpha;
  for (Index i = 0; i < n; ++i) {
    const double v = static_cast<double>(x[i]);
    const Scaled e = scaled_exp<T>(v);
    const double slope = v < 0 ? below * e.value * e.power : scale;
    dx[i] = static_cast<T>(static_cast<double>(dy[i]) * slope);
  }
}

// In the order of Function and of Slope.
template <class T>
constexpr Functions<T> table{
    {value<exp<T>, T>, value<expm1<T>, T>, value<log<T>, T>, value<log1p<T>, T>, value<tanh<T>, T>,
     value<sigmoid<T>, T>, value<softplus<T>, T>, value<erf<T>, T>, value<gelu<T>, T>,
     value<gelu_tanh<T>, T>, value<swish<T>, T>, value<mish<T>, T>},
    {gradient<exp<T>, T>, gradient<tanh_slope<T>, T>, gradient<sigmoid_slope<T>, T>,
     gradient<sigmoid<T>, T>, gradient<erf_slope<T>, T>, gradient<normal_density<T>, T>,
     gradient<gelu_slope<T>, T>, gradient<gelu_tanh_slope<T>, T>, gradient<swish_slope<T>, T>,
     gradient<mish_slope<T>, T>},
    elu<T>,
    elu_gradient<T>};

}  // namespace
}  // namespace REEL_ISA

const FunctionTables& function_tables(REEL_ISA::Set) {
  static constexpr FunctionTables tables{REEL_ISA::table<float>, REEL_ISA::table<double>};
  return tables;
}

}  // namespace reel::kernels
