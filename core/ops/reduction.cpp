#include <reel/core/ops/reduction.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include <reel/core/kernels/reduction.h>
#include <reel/core/ops/elementwise.h>
#include <reel/core/ops/shape_ops.h>
#include <reel/core/record.h>

namespace reel {

using kernels::Fold;

Axes::Axes(std::span<const int> axes) : count_(static_cast<int>(axes.size())), all_(false) {
  if (axes.size() > axes_.size())
    throw ValueError("axes: at most {} may be named; got {}", axes_.size(), axes.size());
  std::copy(axes.begin(), axes.end(), axes_.begin());
}

std::bitset<Shape::max_rank> Axes::mask(const char* op, int rank) const {
  std::bitset<Shape::max_rank> mask;
  for (int axis = 0; all_ && axis < rank; ++axis) mask.set(axis);
  for (int i = 0; i < count_; ++i) {
    const int axis = normalize_axis(op, axes_[i], rank);
    if (mask[axis])
      throw ValueError("{}: each axis may be named once; got axis {} twice", op, axis);
    mask.set(axis);
  }
  return mask;
}

namespace {

// What a reduction does to a shape.
struct Reduced {
  std::bitset<Shape::max_rank> mask;
  Shape kept;       // reduced axes with extent 1
  Shape shape;      // of the result
  Index count = 1;  // elements that become one

  Reduced(const char* op, const Tensor& x, const Axes& axes, bool keepdims)
      : mask(axes.mask(op, x.rank())) {
    for (int i = 0; i < x.rank(); ++i) {
      const Index extent = x.shape()[i];
      if (mask[i]) count *= extent;
      kept.push_back(mask[i] ? 1 : extent);
      if (!mask[i] || keepdims) shape.push_back(kept[i]);
    }
  }
};

// x folded over the masked axes, one group of neighbouring axes after the other, innermost first.
Tensor fold(kernels::Fold kind, const Tensor& x, const Reduced& reduced) {
  if (reduced.count == 1) return x.share(reduced.shape);
  Tensor from = x;
  Index inner = 1;  // product of the extents that stay behind the group
  for (int axis = x.rank(); axis > 0;) {
    Index n = 1;
    for (; axis > 0 && !reduced.mask[axis - 1]; --axis) inner *= x.shape()[axis - 1];
    for (; axis > 0 && reduced.mask[axis - 1]; --axis) n *= x.shape()[axis - 1];
    if (n == 1) continue;
    Index outer = 1;
    bool last = true;  // no reduced axis is left
    for (int i = 0; i < axis; ++i) {
      outer *= x.shape()[i];
      last = last && (!reduced.mask[i] || x.shape()[i] == 1);
    }
    Tensor to = Tensor::empty(last ? reduced.shape : Shape{outer, inner}, x.dtype());
    dispatch(x.dtype(), [&](auto zero) {
      using T = decltype(zero);
      kernels::fold(kind, from.data<T>(), outer, n, inner, writable<T>(to));
    });
    from = std::move(to);
  }
  return from;
}

void check_not_empty(const char* op, const Tensor& x, const Reduced& reduced) {
  if (reduced.count == 0)
    throw ValueError("{}: the reduced axes must not be empty; got shape {}", op, x.shape());
}

// Ties share the gradient equally.
Tensor extremum_gradient(const Tensor& x, const Tensor& y, const Shape& kept, const Tensor& dy,
                         const Axes& axes) {
  const Tensor is_extremum = equal(x, reshape(y, kept));
  return is_extremum * (reshape(dy, kept) / sum(is_extremum, axes, true));
}

}  // namespace

Tensor sum(const Operand& operand, const Axes& axes, bool keepdims) {
  const Tensor x = operand.tensor("sum");
  const Reduced reduced("sum", x, axes, keepdims);
  const Tensor y = fold(Fold::sum, x, reduced);
  return record("sum", y, wrt(x, [kept = reduced.kept, shape = x.shape()](const Tensor& dy) {
                  return broadcast_to(reshape(dy, kept), shape);
                }));
}

Tensor mean(const Operand& operand, const Axes& axes, bool keepdims) {
  const Tensor x = operand.tensor("mean");
  const Reduced reduced("mean", x, axes, keepdims);
  return sum(x, axes, keepdims) / reduced.count;
}

Tensor max(const Operand& operand, const Axes& axes, bool keepdims) {
  const Tensor x = operand.tensor("max");
  const Reduced reduced("max", x, axes, keepdims);
  check_not_empty("max", x, reduced);
  const Tensor y = fold(Fold::maximum, x, reduced);
  return record("max", y, wrt(x, [x, y, kept = reduced.kept, axes](const Tensor& dy) {
                  return extremum_gradient(x, y, kept, dy, axes);
                }));
}

Tensor min(const Operand& operand, const Axes& axes, bool keepdims) {
  const Tensor x = operand.tensor("min");
  const Reduced reduced("min", x, axes, keepdims);
  check_not_empty("min", x, reduced);
  const Tensor y = fold(Fold::minimum, x, reduced);
  return record("min", y, wrt(x, [x, y, kept = reduced.kept, axes](const Tensor& dy) {
                  return extremum_gradient(x, y, kept, dy, axes);
                }));
}

namespace {

// Shape (outer, n, inner) of x around one axis.
Shape around(const Tensor& x, int axis) {
  Shape shape{1, x.shape()[axis], 1};
  for (int i = 0; i < axis; ++i) shape[0] *= x.shape()[i];
  for (int i = axis + 1; i < x.rank(); ++i) shape[2] *= x.shape()[i];
  return shape;
}

// For each element the product of all the others along `axis`: right whatever is 0. The gradient of
// prod, and so differentiable itself: each of these products is a prod over a row of the n x n
// matrix that has x in every row and 1 on its diagonal.
Tensor product_of_others(const Tensor& x, int axis) {
  const Shape shape = around(x, axis);
  const Index n = shape[1], inner = shape[2];
  Tensor y = Tensor::empty(x.shape(), x.dtype());
  dispatch(x.dtype(), [&](auto zero) {
    using T = decltype(zero);
    for (Index o = 0; o < shape[0]; ++o)
      for (Index i = 0; i < inner; ++i) {
        const T* from = x.data<T>() + o * n * inner + i;
        T* to = writable<T>(y) + o * n * inner + i;
        T product = 1;
        for (Index k = 0; k < n; ++k) to[k * inner] = product, product *= from[k * inner];
        product = 1;
        for (Index k = n; k-- > 0;) to[k * inner] *= product, product *= from[k * inner];
      }
  });
  return record("product_of_others", y, wrt(x, [x, shape, n](const Tensor& dy) {
                  const Tensor at = arange(n, x.dtype());
                  const Tensor diagonal = equal(reshape(at, {n, 1}), at);
                  const Tensor eye = reshape(diagonal, {1, n, n, 1});
                  const Tensor row = reshape(x, {shape[0], 1, n, shape[2]});
                  const Tensor weight = reshape(dy, {shape[0], n, 1, shape[2]});
                  const Tensor others = product_of_others(where(eye, 1, row), 2);
                  return reshape(sum(where(eye, 0, others * weight), 1), x.shape());
                }));
}

Tensor prod_over(const Tensor& x, int axis) {
  const Reduced reduced("prod", x, axis, false);
  const Tensor y = fold(Fold::product, x, reduced);
  return record("prod", y, wrt(x, [x, axis, kept = reduced.kept](const Tensor& dy) {
                  return reshape(dy, kept) * product_of_others(x, axis);
                }));
}

}  // namespace

// One axis at a time, so that the rule knows one axis only.
Tensor prod(const Operand& operand, const Axes& axes, bool keepdims) {
  const Tensor x = operand.tensor("prod");
  const Reduced reduced("prod", x, axes, keepdims);
  Tensor y = x;
  for (int axis = x.rank(); axis-- > 0;)
    if (reduced.mask[axis]) y = prod_over(y, axis);
  return y.shape() == reduced.shape ? y : reshape(y, reduced.shape);
}

// log(sum(exp(x - m))) + m with the largest element m, or 0 where that is infinite. The gradient is
// softmax(x); it is 0 where all of x is -inf.
Tensor logsumexp(const Operand& operand, const Axes& axes, bool keepdims) {
  const Tensor x = operand.tensor("logsumexp");
  const Reduced reduced("logsumexp", x, axes, keepdims);
  const double infinity = std::numeric_limits<double>::infinity();
  Tensor y;
  {
    const PauseRecording pause;
    const Tensor largest = reduced.count > 0 ? max(x, axes, true) : zeros(reduced.kept, x.dtype());
    const Tensor m = where(equal(abs(largest), infinity), 0, largest);
    y = reshape(log(sum(exp(x - m), axes, true)) + m, reduced.shape);
  }
  return record("logsumexp", y, wrt(x, [x, y, kept = reduced.kept, infinity](const Tensor& dy) {
                  const Tensor top = reshape(y, kept);
                  return reshape(dy, kept) * exp(x - where(equal(top, -infinity), 0, top));
                }));
}

Tensor variance(const Operand& operand, const Axes& axes, bool keepdims) {
  const Tensor x = operand.tensor("variance");
  const Reduced reduced("variance", x, axes, keepdims);
  Tensor y;
  {
    const PauseRecording pause;
    y = mean(square(x - mean(x, axes, true)), axes, keepdims);
  }
  return record("variance", y, wrt(x, [x, axes, reduced](const Tensor& dy) {
                  return reshape(dy, reduced.kept) * (2.0 / reduced.count) *
                         (x - mean(x, axes, true));
                }));
}

Tensor l2_norm(const Operand& operand, const Axes& axes, bool keepdims) {
  const Tensor x = operand.tensor("l2_norm");
  const Reduced reduced("l2_norm", x, axes, keepdims);
  Tensor y;
  {
    const PauseRecording pause;
    y = sqrt(sum(square(x), axes, keepdims));
  }
  return record("l2_norm", y, wrt(x, [x, y, kept = reduced.kept](const Tensor& dy) {
                  const Tensor norm = reshape(y, kept);
                  return reshape(dy, kept) * (x / where(equal(norm, 0), 1, norm));
                }));
}

Tensor any(const Operand& operand, const Axes& axes, bool keepdims) {
  const Tensor x = operand.tensor("any");
  const Reduced reduced("any", x, axes, keepdims);
  Tensor y;
  {
    const PauseRecording pause;
    y = greater(fold(Fold::sum, not_equal(x, 0), reduced), 0);
  }
  return record("any", y, no_gradient(x));
}

Tensor all(const Operand& operand, const Axes& axes, bool keepdims) {
  const Tensor x = operand.tensor("all");
  const Reduced reduced("all", x, axes, keepdims);
  Tensor y;
  {
    const PauseRecording pause;
    y = equal(fold(Fold::sum, equal(x, 0), reduced), 0);
  }
  return record("all", y, no_gradient(x));
}

Tensor sum_to(const Operand& operand, const Shape& shape) {
  const Tensor x = operand.tensor("sum_to");
  if (x.shape() == shape) return x;
  const int extra = x.rank() - shape.rank();
  std::vector<int> axes;
  for (int i = 0; i < x.rank(); ++i)
    if (i < extra || (shape[i - extra] == 1 && x.shape()[i] != 1)) axes.push_back(i);
  return reshape(sum(x, Axes(axes), true), shape);
}

}  // namespace reel
