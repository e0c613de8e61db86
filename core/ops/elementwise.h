// Ops that work element by element, with NumPy's broadcasting where there are two operands.
//
// y has the operands' broadcast shape: (2, 3) + (3,) is (2, 3), (2, 1) * (1, 3) is (2, 3). A C++
// number takes the dtype of the other operand. Two dtypes, or no tensor at all, are a TypeError;
// shapes that do not broadcast are a ValueError: `add: shapes must broadcast; got (2, 3) and (4,)`.
// The gradient of a broadcast operand is summed over the axes it was repeated on. NaN operands give
// NaN, in maximum, relu and clip too. Every op has gradients of any order unless it says otherwise.
// Read before: operand.h. Read next: arithmetic.cpp, map.h.
#pragma once

#include <reel/core/operand.h>

namespace reel {

Tensor add(const Operand& a, const Operand& b);
Tensor sub(const Operand& a, const Operand& b);
Tensor mul(const Operand& a, const Operand& b);
Tensor div(const Operand& a, const Operand& b);
/// a to the power b. The gradient in b is 0 where a <= 0, and both are 0 at a = b = 0.
Tensor pow(const Operand& a, const Operand& b);
/// The larger (smaller) of the two; at a tie the whole gradient goes to `a`.
Tensor maximum(const Operand& a, const Operand& b);
Tensor minimum(const Operand& a, const Operand& b);
/// (a - b)^2.
Tensor squared_difference(const Operand& a, const Operand& b);

inline Tensor operator+(const Operand& a, const Operand& b) { return add(a, b); }
inline Tensor operator-(const Operand& a, const Operand& b) { return sub(a, b); }
inline Tensor operator*(const Operand& a, const Operand& b) { return mul(a, b); }
inline Tensor operator/(const Operand& a, const Operand& b) { return div(a, b); }

// Comparisons: 1 where true, 0 where not, in the operands' dtype; no gradient.
Tensor equal(const Operand& a, const Operand& b);
Tensor not_equal(const Operand& a, const Operand& b);
Tensor less(const Operand& a, const Operand& b);
Tensor less_equal(const Operand& a, const Operand& b);
Tensor greater(const Operand& a, const Operand& b);
Tensor greater_equal(const Operand& a, const Operand& b);

/// a where condition is not 0, else b; all three broadcast. No gradient for the condition.
Tensor where(const Operand& condition, const Operand& a, const Operand& b);
/// x limited to [low, high]; the gradient passes where low <= x <= high. ValueError if low > high.
Tensor clip(const Operand& x, double low, double high);
/// The same values in another dtype; the gradient is cast back.
Tensor cast(const Operand& x, DType dtype);
/// The same values without their history: no gradient flows back.
Tensor stop_gradient(const Operand& x);

Tensor neg(const Operand& x);
inline Tensor operator-(const Operand& x) { return neg(x); }
Tensor abs(const Operand& x);   ///< gradient 0 at 0
Tensor sign(const Operand& x);  ///< -1, 0 or 1; gradient 0
Tensor exp(const Operand& x);
Tensor log(const Operand& x);
Tensor log1p(const Operand& x);  ///< log(1 + x), exact for small x
Tensor expm1(const Operand& x);  ///< exp(x) - 1, exact for small x
Tensor sqrt(const Operand& x);
Tensor rsqrt(const Operand& x);  ///< 1 / sqrt(x)
Tensor square(const Operand& x);
Tensor reciprocal(const Operand& x);
Tensor sin(const Operand& x);
Tensor cos(const Operand& x);
Tensor tanh(const Operand& x);
Tensor erf(const Operand& x);  ///< 2 / sqrt(pi) times the integral of exp(-t^2) from 0 to x

// Activations. None overflows on the way to a finite result.
Tensor sigmoid(const Operand& x);   ///< 1 / (1 + e^-x)
Tensor softplus(const Operand& x);  ///< log(1 + e^x)
Tensor softsign(const Operand& x);  ///< x / (1 + |x|)
Tensor relu(const Operand& x);      ///< max(x, 0); gradient 0 at 0
Tensor relu6(const Operand& x);     ///< min(max(x, 0), 6); gradient 0 at 0 and 6
/// x > 0 ? x : alpha x; gradient alpha at 0.
Tensor leaky_relu(const Operand& x, double alpha = 0.2);
/// x > 0 ? x : alpha (e^x - 1); gradient 1 at 0.
Tensor elu(const Operand& x, double alpha = 1.0);
Tensor selu(const Operand& x);       ///< elu with fixed alpha and scale (2017)
Tensor gelu(const Operand& x);       ///< x Phi(x), by erf
Tensor gelu_tanh(const Operand& x);  ///< gelu, approximated by tanh
Tensor swish(const Operand& x);      ///< x sigmoid(x)
Tensor mish(const Operand& x);       ///< x tanh(softplus(x))
/// clip(0.2 x + 0.5, 0, 1), and as with clip the gradient passes at the bounds.
Tensor hard_sigmoid(const Operand& x);

namespace detail {
/// sum += x in place, for a sum with a single owner and an x of its shape. Not recorded.
void add_into(Tensor& sum, const Tensor& x);
}  // namespace detail

}  // namespace reel
