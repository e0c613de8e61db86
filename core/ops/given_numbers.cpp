// Tensors from given numbers: one, braces, vectors and spans.
//
// The constructors of Tensor stand here and not beside its class, because they are one more way to
// make a tensor and nothing else of the engine needs them. Braces are read twice, for the shape and
// then for the numbers, so that a ragged list is told before there is a tensor.
// Read before: tensor.h. Read next: factories.h.
#include <iterator>

#include <reel/core/runtime/checked_index.h>
#include <reel/core/tensor.h>

namespace reel {
namespace detail {
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
  const Index size = checked_size("Tensor", shape);
  if (static_cast<Index>(std::size(values)) != size)
    throw ValueError("Tensor: shape {} holds {} values; got {}", shape, size, std::size(values));
  Tensor result = Tensor::empty(shape, dtype);
  T* to = writable<T>(result);
  for (auto value : values) *to++ = static_cast<T>(value);
  return result;
}

Tensor copy_of_doubles(const std::vector<double>& values, const Shape& shape, DType dtype) {
  return dispatch(dtype, [&](auto zero) { return copy_of<decltype(zero)>(values, shape, dtype); });
}

// Under a shape of its own, or under a given one, as a list of numbers.
Tensor of_nested(std::initializer_list<Nested> list, const Shape* given, DType dtype) {
  const std::vector<Nested> items(list);
  const Shape shape = given ? Shape{static_cast<Index>(items.size())} : shape_of(items);
  std::vector<double> values;
  flatten_into(items, shape, 0, values);
  return copy_of_doubles(values, given ? *given : shape, dtype);
}

}  // namespace
}  // namespace detail

Tensor Tensor::of_number(double value, DType dtype) {
  const std::span<const double> values(&value, 1);
  return dispatch(dtype,
                  [&](auto zero) { return detail::copy_of<decltype(zero)>(values, {}, dtype); });
}
Tensor::Tensor(std::initializer_list<detail::Nested> values, DType dtype)
    : Tensor(detail::of_nested(values, nullptr, dtype)) {}
Tensor::Tensor(std::initializer_list<detail::Nested> values, const Shape& shape, DType dtype)
    : Tensor(detail::of_nested(values, &shape, dtype)) {}
Tensor::Tensor(ListOf<float> values, const Shape& shape)
    : Tensor(detail::copy_of<float>(values, shape, float32)) {}
Tensor::Tensor(ListOf<double> values, const Shape& shape)
    : Tensor(detail::copy_of<double>(values, shape, float64)) {}

}  // namespace reel
