// Jacobians: the derivatives of more than one number.
//
// A backward pass gives the gradient of one number, so a Jacobian takes one for each element of y,
// weighed by a tensor that is 1 there and 0 elsewhere; the rows are stacked by a recorded op, so
// that an enclosing tape can differentiate them. Read before: tape.h. Read next: hessian.h.
#include <reel/core/ops.h>
#include <reel/core/tape.h>

namespace reel {
namespace {

Shape joined(const char* op, const Shape& y, std::span<const Index> x) {
  if (y.rank() + static_cast<int>(x.size()) > Shape::max_rank)
    throw ValueError("{}: the ranks of the result must add up to at most {}; got {} and {}", op,
                     Shape::max_rank, y.rank(), x.size());
  Shape shape = y;
  for (Index extent : x) shape.push_back(extent);
  return shape;
}

// Zeros like x but for ones at begin, begin + step, ...
Tensor ones_at(const Tensor& x, Index begin, Index step) {
  Tensor result = zeros_like(x);
  dispatch(x.dtype(), [&](auto zero) {
    using T = decltype(zero);
    T* values = writable<T>(result);
    for (Index i = begin; i < result.size(); i += step) values[i] = 1;
  });
  return result;
}

// row(dy) gives the gradient of each source; the Jacobian with respect to it has its `shapes`.
template <class Row>
std::vector<Tensor> stack_rows(const Tensor& y, const std::vector<Shape>& shapes, const Row& row) {
  std::vector<std::vector<Tensor>> rows(shapes.size());
  for (Index i = 0; i < y.size(); ++i) {
    const std::vector<Tensor> gradients = row(ones_at(y, i, y.size()));
    for (std::size_t k = 0; k < shapes.size(); ++k)
      if (gradients[k].defined()) rows[k].push_back(gradients[k]);
  }
  std::vector<Tensor> result(shapes.size());
  for (std::size_t k = 0; k < shapes.size(); ++k) {
    if (y.size() == 0)
      result[k] = zeros(shapes[k], y.dtype());
    else if (!rows[k].empty())
      result[k] = reshape(stack(rows[k]), shapes[k]);
  }
  return result;
}

std::span<const Index> extents(const Shape& shape) { return {shape.begin(), shape.end()}; }

}  // namespace

// One backward pass for each element of y, whose rank and x's must be at most 8 together. Errors as
// those of `gradient`.
std::vector<Tensor> Tape::jacobian(const Tensor& y, std::span<const Tensor> xs,
                                   Unconnected unconnected) const {
  std::vector<Shape> shapes;
  for (const Tensor& x : xs) shapes.push_back(joined("jacobian", y.shape(), extents(x.shape())));
  return stack_rows(y, shapes, [&](const Tensor& dy) {
    return gradient(y, xs, {.output_gradients = {dy}, .unconnected = unconnected});
  });
}

std::vector<VariableGradient> Tape::jacobian(const Tensor& y, std::span<const Variable> variables,
                                             Unconnected unconnected) const {
  std::vector<Shape> shapes;
  for (const Variable& x : variables)
    shapes.push_back(joined("jacobian", y.shape(), extents(x.shape())));
  const std::vector<Tensor> jacobians = stack_rows(y, shapes, [&](const Tensor& dy) {
    std::vector<Tensor> gradients;
    for (const VariableGradient& of :
         gradient(y, variables, {.output_gradients = {dy}, .unconnected = unconnected}))
      gradients.push_back(of.gradient);
    return gradients;
  });
  std::vector<VariableGradient> result;
  for (std::size_t k = 0; k < variables.size(); ++k) result.push_back({variables[k], jacobians[k]});
  return result;
}

Tensor Tape::jacobian(const Tensor& y, const Tensor& x, Unconnected unconnected) const {
  return jacobian(y, std::span(&x, 1), unconnected)[0];
}

Tensor Tape::jacobian(const Tensor& y, const Variable& x, Unconnected unconnected) const {
  return jacobian(y, std::span(&x, 1), unconnected)[0].gradient;
}

// Where example i of y depends on example i of x only, one pass gives a row of all of them: y (n,
// ...) and x (n, ...) give (n, rest of y, rest of x) in as many passes as an example of y has
// elements. ValueError unless both have rank 2 or more and n is the same.
Tensor Tape::batch_jacobian(const Tensor& y, const Tensor& x, Unconnected unconnected) const {
  if (y.rank() < 2 || x.rank() < 2)
    throw ValueError(
        "batch_jacobian: target and source must have rank 2 or more; got shapes {} and {}",
        y.shape(), x.shape());
  if (y.shape()[0] != x.shape()[0])
    throw ValueError(
        "batch_jacobian: target and source must have as many examples (axis 0); got shapes {} and "
        "{}",
        y.shape(), x.shape());
  const Shape shape = joined("batch_jacobian", y.shape(), extents(x.shape()).subspan(1));
  const Index examples = y.shape()[0];
  if (shape.size() == 0) return zeros(shape, y.dtype());
  const Index elements = y.size() / examples;
  std::vector<Tensor> rows;  // of all examples at once
  for (Index i = 0; i < elements; ++i) {
    const Tensor row =
        gradient(y, x, {.output_gradients = {ones_at(y, i, elements)}, .unconnected = unconnected});
    if (!row.defined()) return {};
    rows.push_back(row);
  }
  return reshape(stack(rows, 1), shape);
}

}  // namespace reel
