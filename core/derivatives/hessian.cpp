// The product of a Hessian with a vector is the gradient of the gradient, weighed by the vector: it
// needs no Hessian (Pearlmutter, "Fast exact multiplication by the Hessian", 1994).
#include <reel/core/derivatives/hessian.h>

#include <reel/core/tape.h>

namespace reel {
namespace {

void check_vectors(std::span<const Tensor> vs, std::span<const Tensor> xs) {
  if (vs.size() != xs.size())
    throw ValueError("hessian_vector_product: there must be a vector for each input; got {} for {}",
                     vs.size(), xs.size());
  for (std::size_t i = 0; i < xs.size(); ++i) {
    if (vs[i].shape() != xs[i].shape())
      throw ValueError("hessian_vector_product: vector {} must have shape {}; got {}", i,
                       xs[i].shape(), vs[i].shape());
    if (vs[i].dtype() != xs[i].dtype())
      throw TypeError("hessian_vector_product: vector {} must be {}; got {}", i, xs[i].dtype(),
                      vs[i].dtype());
  }
}

constexpr Unconnected zero = Unconnected::zeros;

}  // namespace

std::vector<Tensor> hessian_vector_product(const FunctionOf<Tensor(const std::vector<Tensor>&)>& f,
                                           ListOf<Tensor> inputs, ListOf<Tensor> vs) {
  check_vectors(vs, inputs);
  const std::vector<Tensor> xs(inputs.begin(), inputs.end());
  const Rehearsal rehearsal(
      Rehearsal::Draws::go_on);  // a second look at f, not the computation itself
  Tape outer;
  for (const Tensor& x : xs) outer.watch(x);
  const std::vector<Tensor> gradients = [&] {
    Tape inner;
    for (const Tensor& x : xs) inner.watch(x);
    const Tensor y = f(xs);
    return inner.gradient(y, xs, {.unconnected = zero});
  }();
  return outer.gradient(gradients, xs,
                        {.output_gradients = {vs.begin(), vs.end()}, .unconnected = zero});
}

Tensor hessian_vector_product(const FunctionOf<Tensor(const Tensor&)>& f, const Tensor& x,
                              const Tensor& v) {
  return hessian_vector_product([&](const std::vector<Tensor>& xs) { return f(xs[0]); },
                                std::vector{x}, std::vector{v})[0];
}

std::vector<Tensor> hessian_vector_product(const FunctionOf<Tensor()>& f,
                                           ListOf<Variable> variables, ListOf<Tensor> vs) {
  std::vector<Tensor> values;
  for (const Variable& variable : variables) values.push_back(variable.stored());
  check_vectors(vs, values);
  const Rehearsal rehearsal(Rehearsal::Draws::go_on);
  Tape outer;
  outer.watch(variables);
  std::vector<Tensor> gradients;
  {
    Tape inner;
    inner.watch(variables);
    const Tensor y = f();
    for (const VariableGradient& of : inner.gradient(y, variables, {.unconnected = zero}))
      gradients.push_back(of.gradient);
  }
  std::vector<Tensor> products;
  for (const VariableGradient& of : outer.gradient(
           gradients, variables, {.output_gradients = {vs.begin(), vs.end()}, .unconnected = zero}))
    products.push_back(of.gradient);
  return products;
}

}  // namespace reel
