// Products of a Hessian with a vector, without the Hessian.
//
// Read before: tape.h, which has `jacobian` and `batch_jacobian`. Read next: hessian.cpp.
#pragma once

#include <vector>

#include <reel/core/runtime/function_of.h>
#include <reel/core/variable.h>

namespace reel {

/// H v, where H are the second derivatives of sum(f(x)) at x; it has the shape of x and v. Zero
/// where f is linear. Costs a few times f. The result is differentiable under a tape. ValueError
/// when v has not the shape of x, TypeError when it has not the dtype.
Tensor hessian_vector_product(const FunctionOf<Tensor(const Tensor&)>& f, const Tensor& x,
                              const Tensor& v);

/// The same for several inputs that count as one long vector: the i-th result has x i's shape.
std::vector<Tensor> hessian_vector_product(const FunctionOf<Tensor(const std::vector<Tensor>&)>& f,
                                           ListOf<Tensor> xs, ListOf<Tensor> vs);

/// The same for the variables that `f` reads: a loss and its weights.
std::vector<Tensor> hessian_vector_product(const FunctionOf<Tensor()>& f,
                                           ListOf<Variable> variables, ListOf<Tensor> vs);

}  // namespace reel
