// The memory of tensors, and how they are made from numbers and read back.
//
// A buffer is one block of the pool: a header, then the elements; a single number lies inside the
// header, and a tensor that shares another's elements is a header alone. Whoever lets go of the
// last reference gives the block back. Nested braces are read twice, for the shape and then for the
// numbers, so that a ragged list is told before there is a tensor.
// Read before: tensor.h, memory.h. Read next: operand.h, factories.h.
#include <reel/core/tensor.h>

#include <algorithm>
#include <iterator>
#include <new>

#include <reel/core/runtime/memory.h>

namespace reel {
namespace detail {
thread_local constinit TensorId last_id [[gnu::tls_model("initial-exec")]] = 0;

TensorId start_id_block() {
  static std::atomic<TensorId> blocks{0};
  last_id = ((blocks.fetch_add(1, std::memory_order_relaxed) + 1) << 40) + 1;
  return last_id;
}

void throw_not_unique() { throw RuntimeError("writable: the tensor's memory must have one owner"); }

namespace {

Shape shape_of(const std::vector<Nested>& items) {
  Shape shape{static_cast<Index>(items.size())};
  if (items.empty() || !items[0].is_list) return shape;
  for (Index extent : shape_of(items[0].items)) shape.push_back(extent);
  return shape;
}

void flatten_into(const std::vector<Nested>& items, const Shape& shape, int axis,
                  std::vector<double>& values) {
  const bool last = axis + 1 == shape.rank();
  if (static_cast<Index>(items.size()) != shape[axis])
    throw ValueError("Tensor: lists on axis {} must have {} items each; got {}", axis, shape[axis],
                     items.size());
  for (const Nested& item : items) {
    if (item.is_list == last)
      throw ValueError("Tensor: nested lists must have the same depth everywhere");
    if (last)
      values.push_back(item.value);
    else
      flatten_into(item.items, shape, axis + 1, values);
  }
}

template <class T, class Values>
Tensor copy_of(const Values& values, const Shape& shape, DType dtype) {
  if (static_cast<Index>(std::size(values)) != shape.size())
    throw ValueError("Tensor: shape {} holds {} values; got {}", shape, shape.size(),
                     std::size(values));
  Tensor result = Tensor::empty(shape, dtype);
  T* to = writable<T>(result);
  for (auto value : values) *to++ = static_cast<T>(value);
  return result;
}

Tensor copy_of_doubles(const std::vector<double>& values, const Shape& shape, DType dtype) {
  return dispatch(dtype, [&](auto zero) { return copy_of<decltype(zero)>(values, shape, dtype); });
}

Tensor of_nested(std::initializer_list<Nested> list, DType dtype) {
  const std::vector<Nested> items(list);
  const Shape shape = shape_of(items);
  std::vector<double> values;
  flatten_into(items, shape, 0, values);
  return copy_of_doubles(values, shape, dtype);
}

}  // namespace
}  // namespace detail

Tensor Tensor::of_number(double value, DType dtype) {
  Tensor result = empty({}, dtype);
  dispatch(dtype, [&](auto zero) {
    using T = decltype(zero);
    *writable<T>(result) = static_cast<T>(value);
  });
  return result;
}
Tensor::Tensor(std::initializer_list<detail::Nested> values, DType dtype)
    : Tensor(detail::of_nested(values, dtype)) {}
Tensor::Tensor(std::span<const float> values, const Shape& shape)
    : Tensor(detail::copy_of<float>(values, shape, float32)) {}
Tensor::Tensor(std::span<const double> values, const Shape& shape)
    : Tensor(detail::copy_of<double>(values, shape, float64)) {}
Tensor::Tensor(const std::vector<float>& values, const Shape& shape)
    : Tensor(std::span<const float>(values), shape) {}
Tensor::Tensor(const std::vector<double>& values, const Shape& shape)
    : Tensor(std::span<const double>(values), shape) {}

Tensor Tensor::empty(const Shape& shape, DType dtype) {
  Index elements = 1;  // with extents of 0 taken as 1
  bool fits = true, any = true;
  for (Index extent : shape) {
    if (extent < 0) throw ValueError("Tensor: every extent must be known; got shape {}", shape);
    any &= extent > 0;
    fits &= !__builtin_mul_overflow(elements, extent + (extent == 0), &elements);
  }
  if (!fits || (any && elements > max_size))
    throw ValueError("Tensor: shape {} of {} is too large for any memory", shape, dtype);
  return Tensor(detail::new_buffer(shape, any ? elements : 0, dtype));
}

Tensor Tensor::share(const Shape& shape) const {
  if (shape.size() != size())
    throw ValueError("reshape: shape {} holds {} values; got {} of shape {}", shape, shape.size(),
                     size(), this->shape());
  return Tensor(detail::share_buffer(buffer_, shape));
}

void Tensor::throw_undefined() {
  throw RuntimeError("Tensor: a tensor is needed here; got one that was never given a value");
}

void Tensor::throw_wrong_dtype(DType wanted) const {
  throw TypeError("Tensor: elements are {}; asked for {}; use cast", dtype(), wanted);
}

double Tensor::item() const {
  if (size() != 1)
    throw ValueError("item: the tensor must have one element; got shape {}", shape());
  return dispatch(dtype(), [&](auto zero) -> double { return *data<decltype(zero)>(); });
}

double Tensor::at(std::span<const Index> position) const {
  if (static_cast<int>(position.size()) != rank())
    throw ValueError("at: shape {} needs {} positions; got {}", shape(), rank(), position.size());
  Index offset = 0;
  for (int axis = 0; axis < rank(); ++axis) {
    const Index extent = shape()[axis];
    const Index i = position[axis] < 0 ? position[axis] + extent : position[axis];
    if (i < 0 || i >= extent)
      throw ValueError("at: position on axis {} must be in [{}, {}); got {}", axis, -extent, extent,
                       position[axis]);
    offset = offset * extent + i;
  }
  return dispatch(dtype(), [&](auto zero) -> double { return data<decltype(zero)>()[offset]; });
}

std::vector<double> Tensor::to_vector() const {
  return dispatch(dtype(), [&](auto zero) {
    const auto values = span<decltype(zero)>();
    return std::vector<double>(values.begin(), values.end());
  });
}

}  // namespace reel
