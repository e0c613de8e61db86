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
  return limited_below(x) * normal<T>(x).function;
}

// x / 2 (1 + tanh(c (x + a x^3))), which is x sigmoid(2 c (x + a x^3)).
constexpr double gelu_c = 2 * 0.7978845608028654, gelu_a = 0.044715;  // c = sqrt(2 / pi)
template <class T>
[[gnu::always_inline]] inline double gelu_tanh(double x) {
  return limited_below(x) * sigmoid<T>(gelu_c * (x + gelu_a * (x * x * x)));
}

template <class T>
[[gnu::always_inline]] inline double swish(double x) {
  return limited_below(x) * sigmoid<T>(x);
}

// tanh(softplus(x)) = (w^2 - 1) / (w^2 + 1) with w = 1 + e^x; in e^-x where that is below 1.
struct Mish {
  double e, over, under;  // e^-|x|, and the fraction
};
template <class T>
[[gnu::always_inline]] inline Mish mish_parts(double x) {
  const double e = exp<T>(-magnitude(x));
  return {e, x > 0 ? 1 + 2 * e : e * (e + 2), x > 0 ? 1 + 2 * e * (1 + e) : 2 + e * (e + 2)};
}
template <class T>
[[gnu::always_inline]] inline double mish(double x) {
  const Mish v = mish_parts<T>(x);
  return limited_below(x) * (v.over / v.under);
}

template <class T>
[[gnu::always_inline]] inline double erf_slope(double x) {
  return 1.1283791670955126 * exp_of_minus_square<T>(magnitude(x), 1);  // 2 / sqrt(pi)
}

template <class T>
[[gnu::always_inline]] inline double gelu_slope(double x) {
  const Normal v = normal<T>(x);
  return v.function + limited(x) * v.density;
}

template <class T>
[[gnu::always_inline]] inline double gelu_tanh_slope(double at) {
  const double x = limited(at);
  const double s = sigmoid<T>(gelu_c * (x + gelu_a * (x * x * x)));
  return s + x * (s * (1 - s)) * (gelu_c + 3 * gelu_a * gelu_c * (x * x));
}

template <class T>
[[gnu::always_inline]] inline double swish_slope(double at) {
  const double x = limited(at), s = sigmoid<T>(x);
  return s + x * (s * (1 - s));
}

// t + x (1 - t^2) sigmoid(x), t = tanh(softplus(x)), with the fraction of `mish_parts` put in.
template <class T>
[[gnu::always_inline]] inline double mish_slope(double at) {
  const double x = limited(at);
  const Mish v = mish_parts<T>(x);
  const double rest = 4 * v.e * (x > 0 ? v.e : 1) * (1 + v.e) / (v.under * v.under);
  return v.over / v.under + x * rest;
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
    const double v = static_cast<double>(x[i]), e = below * exp<T>(v);
    dx[i] = static_cast<T>(static_cast<double>(dy[i]) * (v < 0 ? e : scale));
  }
}

// In the order of Function and of Slope.
template <class T>
constexpr Functions<T> table{
    {value<exp<T>, T>, value<expm1<T>, T>, value<log<T>, T>, value<log1p<T>, T>, value<tanh<T>, T>,
     value<sigmoid<T>, T>, value<softplus<T>, T>, value<erf<T>, T>, value<gelu<T>, T>,
     value<gelu_tanh<T>, T>, value<swish<T>, T>, value<mish<T>, T>},
    {gradient<sigmoid<T>, T>, gradient<erf_slope<T>, T>, gradient<gelu_slope<T>, T>,
     gradient<gelu_tanh_slope<T>, T>, gradient<swish_slope<T>, T>, gradient<mish_slope<T>, T>},
    elu<T>,
    elu_gradient<T>};

}  // namespace
}  // namespace REEL_ISA

const FunctionTables& function_tables(REEL_ISA::Set) {
  static constexpr FunctionTables tables{REEL_ISA::table<float>, REEL_ISA::table<double>};
  return tables;
}

}  // namespace reel::kernels
