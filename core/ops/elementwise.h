// Ops that work element by element, with NumPy's broadcasting where there are two operands.
//
// Numbers take the other operand's dtype; two dtypes are a TypeError; shapes that do not broadcast
// are a ValueError: `add: shapes must broadcast; got (2, 3) and (4,)`. y has the broadcast shape.
// The gradient of a broadcast operand is summed over the axes it was repeated on.
#pragma once

#include <reel/core/operand.h>

namespace reel {

// Arithmetic. At a tie maximum and minimum give the gradient to `a`; pow's gradient in `b` takes
// log(a) as 0 where a <= 0.
Tensor add(const Operand& a, const Operand& b);
Tensor sub(const Operand& a, const Operand& b);
Tensor mul(const Operand& a, const Operand& b);
Tensor div(const Operand& a, const Operand& b);
Tensor pow(const Operand& a, const Operand& b);
Tensor maximum(const Operand& a, const Operand& b);
Tensor minimum(const Operand& a, const Operand& b);
Tensor squared_difference(const Operand& a, const Operand& b);

Tensor operator+(const Operand& a, const Operand& b);
Tensor operator-(const Operand& a, const Operand& b);
Tensor operator*(const Operand& a, const Operand& b);
Tensor operator/(const Operand& a, const Operand& b);
Tensor operator-(const Operand& x);

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

Tensor neg(const Operand& x);
Tensor abs(const Operand& x);   // gradient 0 at 0
Tensor sign(const Operand& x);  // gradient 0
Tensor exp(const Operand& x);
Tensor log(const Operand& x);
Tensor log1p(const Operand& x);
Tensor expm1(const Operand& x);
Tensor sqrt(const Operand& x);
Tensor rsqrt(const Operand& x);
Tensor square(const Operand& x);
Tensor reciprocal(const Operand& x);
Tensor sin(const Operand& x);
Tensor cos(const Operand& x);
Tensor tanh(const Operand& x);
Tensor erf(const Operand& x);

// Activations (contract 3.4).
Tensor sigmoid(const Operand& x);
Tensor softplus(const Operand& x);
Tensor softsign(const Operand& x);
Tensor relu(const Operand& x);   // gradient 0 at 0
Tensor relu6(const Operand& x);  // gradient 0 at 0 and 6
Tensor leaky_relu(const Operand& x, double alpha = 0.2);
Tensor elu(const Operand& x, double alpha = 1.0);
Tensor selu(const Operand& x);
Tensor gelu(const Operand& x);
Tensor gelu_tanh(const Operand& x);
Tensor swish(const Operand& x);
Tensor mish(const Operand& x);
Tensor hard_sigmoid(const Operand& x);

namespace detail {
/// sum += x in place, for a sum with a single owner and an x of its shape. Not recorded.
void add_into(Tensor& sum, const Tensor& x);
}  // namespace detail

}  // namespace reel
