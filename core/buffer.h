// Buffer: a tensor's memory, counted: a header, and behind it the elements.
//
// Shape and dtype sit in the header, so a tensor itself is a pointer and an id. The header is two
// cache lines long, one for shapes of rank 0 and 1, which do without the rest of `shape`; a number
// sits inside. A reshape gets a header of its own that shares the elements of its `owner`.
// Invariant: a buffer lives while `references` is above 0. Read before: shape.h, memory.h. Read
// next: tensor.h.
#pragma once

#include <atomic>
#include <unordered_set>

#include <reel/core/runtime/memory.h>
#include <reel/core/shape.h>

namespace reel::detail {

struct Buffer;
using BufferSet = std::unordered_set<const Buffer*>;
// Where copies of tensors that this thread makes are noted while somebody asks what closures hold,
// by copying them (tape_bytes.cpp); null else.
extern thread_local constinit BufferSet* copied_buffers [[gnu::tls_model("initial-exec")]];

struct alignas(64) Buffer {
  Buffer(const Shape& its_shape, Index its_size, DType its_dtype, void* its_data,
         std::size_t block_bytes, Buffer* its_owner)
      : dtype(its_dtype),
        data(its_data),
        owner(its_owner),
        bytes(block_bytes),
        size(its_size),
        shape(its_shape) {}

  std::atomic<std::int32_t> references = 1;
  DType dtype;
  void* data;
  Buffer* owner;      // whose memory `data` is, when a reshape shares it; else null
  std::size_t bytes;  // of the whole block, as asked from the pool
  Index size;         // number of elements
  alignas(8) char scalar[8];
  Shape shape;

  void retain() noexcept {
    references.fetch_add(1, std::memory_order_relaxed);
    if (copied_buffers) [[unlikely]]
      note_copy();
  }
  void release() noexcept {
    // The only holder needs no locked instruction to know that it is the last one.
    if (references.load(std::memory_order_acquire) == 1 ||
        references.fetch_sub(1, std::memory_order_acq_rel) == 1)
      destroy();
  }
  /// Whether nobody else holds the elements.
  bool unique() const {
    return references.load(std::memory_order_acquire) == 1 &&
           (!owner || owner->references.load(std::memory_order_acquire) == 1);
  }

 private:
  void destroy() noexcept;
  void note_copy() const noexcept;
};

/// New memory, not filled.
Buffer* new_buffer(const Shape& shape, Index size, DType dtype);
/// The elements of `source` under another shape of the same size.
Buffer* share_buffer(Buffer* source, const Shape& shape);

/// New memory of the shape and dtype of x. Its layout is that of x, too, which saves the arithmetic
/// of `new_buffer`, unless x shares its elements.
inline Buffer* new_buffer_like(const Buffer& x) {
  if (x.owner) return new_buffer(x.shape, x.size, x.dtype);
  const auto data_at = static_cast<const char*>(x.data) - reinterpret_cast<const char*>(&x);
  auto* const block = static_cast<char*>(memory::allocate(x.bytes));
  return new (block) Buffer(x.shape, x.size, x.dtype, block + data_at, x.bytes, nullptr);
}

}  // namespace reel::detail
