// A tensor's memory: where it comes from, who gives it back, and how its numbers are read.
//
// Header and elements are one block of the pool: a tensor costs one allocation, and its shape is
// warm when its elements are. A number lies in the header itself, so a scalar is one cache line.
// Who shares elements holds their first owner, never another that shares: a reshape of a reshape
// keeps no header alive that nobody uses. Ids are of a thread's own block (runtime/ids.cpp).
// `empty` checks sizes before it takes any memory; `empty_like` need not.
// Read before: buffer.h, tensor.h. Read next: call_site.h; given_numbers.cpp for tensors from
// braces and vectors.
#include <reel/core/tensor.h>

#include <cstddef>

#include <reel/core/runtime/checked_index.h>

namespace reel {
namespace detail {

thread_local constinit BufferSet* copied_buffers [[gnu::tls_model("initial-exec")]] = nullptr;

namespace {

// Of rank 1 and below, Shape touches its first extent only, and the header ends there.
constexpr std::size_t line = 64;
static_assert(sizeof(Buffer) == 2 * line && offsetof(Buffer, shape) + sizeof(Index) * 2 == line);
std::size_t header_bytes(const Shape& shape) { return shape.rank() <= 1 ? line : 2 * line; }

}  // namespace

Buffer* new_buffer(const Shape& shape, Index size, DType dtype) {
  const std::size_t header = header_bytes(shape);
  const std::size_t data_bytes = static_cast<std::size_t>(size) * size_of(dtype);
  const bool inside = data_bytes <= sizeof(Buffer::scalar);
  const std::size_t bytes = header + (inside ? 0 : data_bytes);
  void* const block = memory::allocate(bytes);
  char* const data = static_cast<char*>(block) + (inside ? offsetof(Buffer, scalar) : header);
  return new (block) Buffer(shape, size, dtype, data, bytes, nullptr);
}

Buffer* share_buffer(Buffer* source, const Shape& shape) {
  Buffer* owner = source->owner ? source->owner : source;
  owner->references.fetch_add(1, std::memory_order_relaxed);
  const std::size_t bytes = header_bytes(shape);
  return new (memory::allocate(bytes))
      Buffer(shape, owner->size, owner->dtype, owner->data, bytes, owner);
}

void Buffer::note_copy() const noexcept {
  copied_buffers->insert(this);
  if (owner) copied_buffers->insert(owner);
}

// The header first: the elements may have other holders.
void Buffer::destroy() noexcept {
  Buffer* const elements = owner;
  memory::deallocate(this, bytes);
  if (elements && elements->references.fetch_sub(1, std::memory_order_acq_rel) == 1)
    memory::deallocate(elements, elements->bytes);
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
  const Index wanted = detail::checked_size("reshape", shape);
  if (wanted != size())
    throw ValueError("reshape: shape {} holds {} values; got {} of shape {}", shape, wanted, size(),
                     this->shape());
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

double Tensor::at(ListOf<Index> position) const {
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
