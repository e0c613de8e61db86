// Reading tensors back, and what goes wrong on the way.
//
// Ids come from blocks of 2^40 a thread: two threads never give the same, and within one they are
// consecutive, which makes the tape's look-up a subtraction. `empty` is the only door to new
// memory; sizes are checked there, before anything is taken. Read before: tensor.h. Read next:
// call_site.h; given_numbers.cpp for tensors from braces and vectors.
#include <reel/core/tensor.h>

#include <atomic>

namespace reel {
namespace detail {

thread_local constinit TensorId last_id [[gnu::tls_model("initial-exec")]] = 0;

// A thread's first id. The number of a block is in the upper 24 bits, so 0 stays "no tensor".
TensorId start_id_block() {
  static std::atomic<TensorId> blocks{0};
  last_id = ((blocks.fetch_add(1, std::memory_order_relaxed) + 1) << 40) + 1;
  return last_id;
}

void throw_not_unique() { throw RuntimeError("writable: the tensor's memory must have one owner"); }

}  // namespace detail

// An extent of 0 must not hide an overflow of the others, which a reshape or a sum over that axis
// would meet later.
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
