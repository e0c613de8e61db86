// What a block of the pool is: of a size class, out of bounds while it is free, and in a list then.
//
// Under AddressSanitizer the bytes of a free block, and those of a used one beyond what was asked
// for, are poisoned: but for the few that link free blocks. Internal. Read next: memory.cpp.
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <utility>

#if defined(__SANITIZE_ADDRESS__)
#define REEL_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define REEL_ASAN 1
#endif
#endif
#ifdef REEL_ASAN
#include <sanitizer/asan_interface.h>
#endif

namespace reel::memory {

// Under AddressSanitizer a pooled block is out of bounds until it is handed out again.
inline void poison([[maybe_unused]] void* block, [[maybe_unused]] std::size_t bytes) {
#ifdef REEL_ASAN
  __asan_poison_memory_region(block, bytes);
#endif
}
inline void unpoison([[maybe_unused]] void* block, [[maybe_unused]] std::size_t bytes) {
#ifdef REEL_ASAN
  __asan_unpoison_memory_region(block, bytes);
#endif
}

constexpr std::size_t alignment = 64;
constexpr std::size_t small_limit = 32 * 1024;
constexpr int small_class_count = 33;  // those up to small_limit
constexpr int class_count = 4 * 48;
constexpr std::size_t most_bytes = std::size_t{1} << 50;  // of a class below class_count

// Classes are 64 * {4, 5, 6, 7} / 4 * 2^k: the index counts quarter steps of an octave.
inline int class_of(std::size_t bytes) {
  const std::size_t units = std::max<std::size_t>(1, (bytes + alignment - 1) / alignment);
  if (units < 4) return static_cast<int>(units);
  const int octave = std::bit_width(units) - 3;  // units >> octave lies in [4, 8)
  const std::size_t step = std::size_t{1} << octave;
  const std::size_t quarters = (units + step - 1) >> octave;
  return octave * 4 + static_cast<int>(quarters);
}

inline std::size_t bytes_of_class(int size_class) {
  if (size_class < 8) return static_cast<std::size_t>(size_class) * alignment;
  const int octave = size_class / 4 - 1;
  return (static_cast<std::size_t>(size_class % 4 + 4) << octave) * alignment;
}

struct FreeBlock {
  FreeBlock* next;
};

// A list of free blocks that changes hands as a whole, whatever its length: only its first block
// is touched. A large block is a batch of its own.
struct Batch : FreeBlock {
  Batch* next_batch;
  std::size_t bytes;
};

template <class Block>
Block* as_free(void* block) {
  unpoison(block, sizeof(Block));
  return static_cast<Block*>(block);
}

inline void push(FreeBlock*& list, FreeBlock* block) {
  block->next = list;
  list = block;
}
inline FreeBlock* pop(FreeBlock*& list) { return std::exchange(list, list->next); }

}  // namespace reel::memory
