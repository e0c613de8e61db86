// Where the elements of a tensor lie, and when they are given back.
//
// Header and elements are one block of the pool: a tensor costs one allocation, and its shape is
// warm when its elements are. A number lies in the header itself, so a scalar is one cache line.
// Who shares elements holds their first owner, never another that shares: a reshape of a reshape
// keeps no header alive that nobody uses.
// Read before: buffer.h. Read next: tensor.h.
#include <reel/core/buffer.h>

#include <cstddef>

namespace reel::detail {
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

thread_local constinit BufferSet* copied_buffers [[gnu::tls_model("initial-exec")]] = nullptr;

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

}  // namespace reel::detail
