// ChunkedVector: elements that never move, though one more can always be put behind them.
//
// Who appends while somebody holds a reference to an element, as a backward pass does whose rules
// record ops of their own, cannot use a vector. Here elements sit in chunks of the pool. Price: to
// find one costs a shift and a load more than in a vector, and chunks are kept until `clear`.
// Invariant: the first size() places hold elements; of the rest of the memory nothing is assumed,
// and what is in them needs no destructor.
// Read before: memory.h. Read next: node_list.h.
#pragma once

#include <cstdint>
#include <new>
#include <type_traits>

#include <reel/core/runtime/memory.h>

namespace reel::memory {

template <class T>
class ChunkedVector {
 public:
  static_assert(std::is_trivially_destructible_v<T>);

  ChunkedVector() = default;
  ~ChunkedVector() { clear(); }
  ChunkedVector(const ChunkedVector&) = delete;
  ChunkedVector& operator=(const ChunkedVector&) = delete;

  std::uint32_t size() const { return size_; }
  T& operator[](std::uint32_t i) { return chunks_[i >> bits][i & mask]; }

  T& push_back(const T& value) {
    if ((size_ & mask) == 0 && (size_ >> bits) == chunks_.size()) add_chunk();
    const std::uint32_t i = size_++;
    return *new (&(*this)[i]) T(value);
  }
  /// Forgets the elements from here on.
  void shrink(std::uint32_t size) { size_ = size; }
  void clear() {
    for (T* chunk : chunks_) deallocate(chunk, chunk_bytes);
    chunks_.clear();
    size_ = 0;
  }

 private:
  static constexpr int bits = 10;
  static constexpr std::uint32_t mask = (std::uint32_t{1} << bits) - 1;
  static constexpr std::size_t chunk_bytes = sizeof(T) << bits;

  // Apart, so that to append calls nothing in the usual case.
  [[gnu::noinline]] void add_chunk() {
    if (chunks_.size() == (~std::uint32_t{0} >> bits)) throw std::bad_alloc();  // out of numbers
    chunks_.push_back(static_cast<T*>(allocate(chunk_bytes)));
  }

  Vector<T*> chunks_;
  std::uint32_t size_ = 0;
};

}  // namespace reel::memory
