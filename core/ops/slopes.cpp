// Derivatives that are ops themselves: what a recorded backward pass multiplies dy by.
//
// As formulas in other ops they would be less exact than the op that they belong to. So each is a
// kernel (functions.h), and so is its own derivative: exact to any order. The price is a second
// derivative that is written out. With s = sigmoid, s'' = -s' tanh(x / 2); with t = tanh,
// t'' = -2 t t'; the rest follows from these and from phi' = -x phi, phi the density of the normal
// distribution. Terms cancel only where the derivative itself passes through 0. Read before: map.h.
// Read next: unary.cpp, activation.cpp.
#include <reel/core/ops/factories.h>
#include <reel/core/ops/map.h>

namespace reel::detail {

using kernels::Slope;

namespace {

// The kernel `slope` recorded as `name`; `second` is its derivative on tensors.
template <class Second>
Tensor slope_of(const char* name, const Tensor& x, Slope slope, Second second) {
  Tensor y = map(ones_like(x), x, slope);
  if (!recording()) return y;
  return record(name, y, wrt(x, [x, second](const Tensor& dy) { return dy * second(x); }));
}

// A factor x of what is 0 farther out: it does not overflow, nor is 0 times infinity NaN.
Tensor within_reach(const Tensor& x) { return clip(x, -1000, 1000); }

Tensor normal_density(const Tensor& x) {
  return slope_of("normal_density", x, Slope::normal,
                  [](const Tensor& v) { return -within_reach(v) * normal_density(v); });
}

}  // namespace

Tensor tanh_slope(const Tensor& x) {
  return slope_of("tanh_slope", x, Slope::tanh,
                  [](const Tensor& v) { return -2 * tanh(v) * tanh_slope(v); });
}

Tensor sigmoid_slope(const Tensor& x) {
  return slope_of("sigmoid_slope", x, Slope::sigmoid,
                  [](const Tensor& v) { return -tanh(0.5 * v) * sigmoid_slope(v); });
}

Tensor erf_slope(const Tensor& x) {
  return slope_of("erf_slope", x, Slope::erf,
                  [](const Tensor& v) { return -2 * within_reach(v) * erf_slope(v); });
}

Tensor gelu_slope(const Tensor& x) {
  return slope_of("gelu_slope", x, Slope::gelu, [](const Tensor& v) {
    return (2 - square(within_reach(v))) * normal_density(v);
  });
}

// x s(w) with w = 2 c (x + a x^3).
Tensor gelu_tanh_slope(const Tensor& x) {
  return slope_of("gelu_tanh_slope", x, Slope::gelu_tanh, [](const Tensor& v) {
    constexpr double c = 2 * 0.7978845608028654, a = 0.044715;  // c / 2 = sqrt(2 / pi)
    const Tensor u = within_reach(v), square_of_u = square(u);
    const Tensor w = c * u * (1 + a * square_of_u), slope_of_w = c + 3 * a * c * square_of_u;
    const Tensor sum =
        2 * slope_of_w + 6 * a * c * square_of_u - u * square(slope_of_w) * tanh(0.5 * w);
    return sum * sigmoid_slope(w);
  });
}

Tensor swish_slope(const Tensor& x) {
  return slope_of("swish_slope", x, Slope::swish, [](const Tensor& v) {
    return (2 - within_reach(v) * tanh(0.5 * v)) * sigmoid_slope(v);
  });
}

// x t(p) with p = softplus(x), whose slope is s(x).
Tensor mish_slope(const Tensor& x) {
  return slope_of("mish_slope", x, Slope::mish, [](const Tensor& v) {
    const Tensor p = softplus(v), s = sigmoid(v);
    const Tensor sum = 2 * s + within_reach(v) * (sigmoid_slope(v) - 2 * tanh(p) * square(s));
    return sum * tanh_slope(p);
  });
}

}  // namespace reel::detail
