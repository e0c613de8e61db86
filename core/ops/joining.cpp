// concat, stack, split, add_n: several tensors into one, and one into several.
//
// The number of arguments is only known at run time, so rules are made one by one (`wrt_each`), in
// the order of the tensors: each knows its section of y and takes it out of dy. stack and split are
// made of other ops; split has no joint gradient, since a part that nobody uses should cost none.
// Read before: section.h, slicing.cpp. Read next: gather.cpp.
#include <algorithm>

#include <reel/core/kernels/elementwise/elementwise_loops.h>
#include <reel/core/ops/layout.h>
#include <reel/core/ops/op_attributes.h>
#include <reel/core/ops/section.h>
#include <reel/core/ops/shape_ops.h>
#include <reel/core/record.h>
#include <reel/core/runtime/checked_index.h>
#include <reel/core/runtime/parallel.h>

namespace reel {
namespace {

constexpr Index elements_per_tile = Index{1} << 13;  // of add_n: a partial sum stays in L1

void check_same_dtype(const char* op, std::span<const Tensor> xs) {
  if (xs.empty()) throw ValueError("{}: at least one tensor is needed; got none", op);
  for (std::size_t i = 1; i < xs.size(); ++i)
    if (xs[i].dtype() != xs[0].dtype())
      throw TypeError("{}: dtypes must be equal; got {} and {} (tensor {}); use cast", op,
                      xs[0].dtype(), xs[i].dtype(), i);
}

void check_same_shape(const char* op, std::span<const Tensor> xs) {
  for (std::size_t i = 1; i < xs.size(); ++i)
    if (xs[i].shape() != xs[0].shape())
      throw ValueError("{}: shapes must be equal; got {} and {} (tensor {})", op, xs[0].shape(),
                       xs[i].shape(), i);
}

}  // namespace

// Each tensor is copied to its place in one pass; its rule takes the same section out of dy.
Tensor concat(ListOf<Tensor> xs, int axis_in, CallSite site) {
  detail::note(site);
  check_same_dtype("concat", xs);
  const int rank = xs[0].rank();
  const int axis = normalize_axis("concat", axis_in, rank);
  Shape shape = xs[0].shape();
  for (std::size_t i = 1; i < xs.size(); ++i) {
    Shape expected = xs[0].shape();
    if (xs[i].rank() == rank) expected[axis] = xs[i].shape()[axis];
    if (xs[i].shape() != expected)
      throw ValueError("concat: shapes must be equal but for axis {}; got {} and {} (tensor {})",
                       axis, xs[0].shape(), xs[i].shape(), i);
    shape[axis] = detail::checked_sum("concat", shape[axis], xs[i].shape()[axis]);
  }

  Tensor y = Tensor::empty(shape, xs[0].dtype());
  const detail::Strides to = detail::strides_of(shape);
  Index begin = 0;
  for (const Tensor& x : xs) {
    const detail::Strides from = detail::strides_of(x.shape());
    detail::CopyAxes axes;
    for (int i = 0; i < rank; ++i) axes[i] = {x.shape()[i], from[i], to[i]};
    if (x.size() > 0) detail::copy_axes(axes, rank, x, 0, y, begin * to[axis]);
    begin += x.shape()[axis];
  }

  if (!recording()) return y;
  const auto rule_of = [&, next = Index{0}](std::size_t i) mutable {
    detail::Section part(xs[i].shape());
    part.begin[axis] = next;
    next += part.extents[axis];
    return [part](const Tensor& dy) { return detail::take("slice", dy, part); };
  };
  return record("concat", y, wrt_each(xs, rule_of),
                attributes([&] { return detail::named("axis", axis); }));
}

Tensor stack(ListOf<Tensor> xs, int axis_in, CallSite site) {
  detail::note(site);
  check_same_dtype("stack", xs);
  check_same_shape("stack", xs);
  const int axis = normalize_axis("stack", axis_in, xs[0].rank() + 1);
  std::vector<Tensor> parts;
  for (const Tensor& x : xs) parts.push_back(reshape(x, x.shape().with_one_at(axis)));
  return concat(parts, axis);
}

std::vector<Tensor> split(const Operand& operand, int parts, int axis_in) {
  const Tensor& x = operand.tensor("split");
  const int axis = normalize_axis("split", axis_in, x.rank());
  if (parts < 1 || x.shape()[axis] % parts != 0)
    throw ValueError("split: axis {} of shape {} must divide into equal parts; got {} parts", axis,
                     x.shape(), parts);
  return split(x, std::vector<Index>(static_cast<std::size_t>(parts), x.shape()[axis] / parts),
               axis);
}

// Slices, one behind the other; what is checked is that together they are all of x.
std::vector<Tensor> split(const Operand& operand, const std::vector<Index>& sizes, int axis_in) {
  const Tensor& x = operand.tensor("split");
  const int axis = normalize_axis("split", axis_in, x.rank());
  Index total = 0;
  for (Index size : sizes) {
    if (size < 0) throw ValueError("split: sizes must be >= 0; got {}", size);
    __builtin_add_overflow(total, size, &total);  // absurd sizes wrap, and do not fit either
  }
  if (total != x.shape()[axis])
    throw ValueError("split: sizes must add up to axis {} of shape {}; got {}", axis, x.shape(),
                     total);
  std::vector<Tensor> parts;
  std::vector<Index> begin(static_cast<std::size_t>(x.rank()), 0);
  std::vector<Index> size(x.shape().begin(), x.shape().end());
  for (Index part : sizes) {
    size[axis] = part;
    parts.push_back(slice(x, begin, size));
    begin[axis] += part;
  }
  return parts;
}

// Tile by tile through all tensors: the sum stays in cache, where a chain of adds would write it
// to memory once for each.
Tensor add_n(ListOf<Tensor> xs, CallSite site) {
  detail::note(site);
  check_same_dtype("add_n", xs);
  check_same_shape("add_n", xs);
  Tensor y = Tensor::empty(xs[0].shape(), xs[0].dtype());
  dispatch(y.dtype(), [&](auto zero) {
    using T = decltype(zero);
    T* to = writable<T>(y);
    parallel_ranges(y.size(), elements_per_tile, [&](Index begin, Index end) {
      std::copy(xs[0].data<T>() + begin, xs[0].data<T>() + end, to + begin);
      for (const Tensor& x : xs.subspan(1))
        kernels::elementwise<T>().accumulate(x.data<T>() + begin, to + begin, end - begin);
    });
  });
  if (!recording()) return y;
  return record("add_n", y, wrt_each(xs, [](std::size_t) { return pass_on; }));
}

}  // namespace reel
