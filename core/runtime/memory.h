// The pool that all tensor memory comes from.
//
// Blocks are 64-byte aligned, rounded up to a size class (whole 64 bytes; above 256 bytes less than
// a quarter more than was asked for) and kept when freed, since fresh pages cost more than most
// kernels. Small blocks live in a cache of the thread that freed them, without locks; large ones in
// one shared list. Invariant: `live` counts exactly the bytes handed out and not given back, in
// class sizes, over all threads.
// Price: memory goes back to the system only by `release_unused`, and slabs of small blocks never.
#pragma once

#include <cstddef>
#include <memory>
#include <vector>

#include <reel/core/dtype.h>

namespace reel::memory {

/// At least `bytes` bytes, 64-byte aligned, not cleared. Throws std::bad_alloc.
void* allocate(std::size_t bytes);

/// Gives a block of `allocate(bytes)` back; from any thread.
void deallocate(void* block, std::size_t bytes) noexcept;

/// The same for memory that a kernel needs for the time of one call (scratch.h).
void* allocate_scratch(std::size_t bytes);
void deallocate_scratch(void* block, std::size_t bytes) noexcept;

/// Bytes, counted over all threads.
struct Stats {
  Index live = 0;          ///< handed out now
  Index peak_live = 0;     ///< highest `live` seen when a large block was taken, or now
  Index reserved = 0;      ///< taken from the system and not returned
  Index scratch = 0;       ///< the part of `live` that is scratch
  Index peak_scratch = 0;  ///< highest `scratch`
};

Stats stats();

/// Starts the peaks again from what is there now.
void reset_peak();

/// Returns unused large blocks to the system.
void release_unused();

/// A standard allocator over the pool, for the containers of the engine.
template <class T>
struct Allocator {
  using value_type = T;
  Allocator() = default;
  template <class U>
  Allocator(const Allocator<U>&) {}
  T* allocate(std::size_t n) { return static_cast<T*>(memory::allocate(n * sizeof(T))); }
  void deallocate(T* block, std::size_t n) noexcept { memory::deallocate(block, n * sizeof(T)); }
  friend bool operator==(const Allocator&, const Allocator&) { return true; }
};

template <class T>
using Vector = std::vector<T, Allocator<T>>;

/// Whether a plain std::vector of T, as functions take and return them, lies in the pool as well.
template <class T>
inline constexpr bool in_pool = false;

}  // namespace reel::memory

// A training step takes nothing from the heap, and `std::vector<Tensor>` is what users write. So
// the standard allocator of the library's own types (and of no other) is the pool's; each says so
// where it is declared: `template <> inline constexpr bool memory::in_pool<Tensor> = true;`.
template <class T>
requires reel::memory::in_pool<T>
struct std::allocator<T> : reel::memory::Allocator<T> {
  using size_type = std::size_t;
  using difference_type = std::ptrdiff_t;
  using propagate_on_container_move_assignment = std::true_type;
  allocator() = default;
  template <class U>
  allocator(const std::allocator<U>&) {}
};
