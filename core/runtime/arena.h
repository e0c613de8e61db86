// Memory that is taken in order and given back all at once, or from the end.
//
// What a tape keeps of each op (its gradient rules, its inputs' ids) dies with the tape, so taking
// a piece is moving a pointer. Chunks come from the pool. Read before: memory.h. Read next:
// node_list.h, which owns one.
#pragma once

#include <cstddef>
#include <utility>

#include <reel/core/runtime/memory.h>

namespace reel::memory {

class Arena {
 public:
  struct Position {
    std::size_t chunks;
    char* next;
    char* end;
  };

  Arena() = default;
  ~Arena() { clear(); }
  Arena(const Arena&) = delete;
  Arena& operator=(const Arena&) = delete;

  bool has(std::size_t bytes) const { return static_cast<std::size_t>(end_ - next_) >= bytes; }
  /// Of what it has; a multiple of 8 bytes.
  void* take_at_hand(std::size_t bytes) { return std::exchange(next_, next_ + bytes); }
  /// Any number of bytes, aligned to 8.
  void* take(std::size_t bytes) {
    bytes = (bytes + 7) & ~std::size_t{7};
    return has(bytes) ? take_at_hand(bytes) : take_chunk(bytes);
  }

  Position position() const { return {chunks_.size(), next_, end_}; }
  /// Gives back what was taken since then.
  void roll_back(const Position& to);
  void clear() { roll_back({0, nullptr, nullptr}); }
  /// Bytes taken.
  Index bytes() const;

 private:
  struct Chunk {
    char* memory;
    std::size_t bytes;
  };
  void* take_chunk(std::size_t bytes);

  Vector<Chunk> chunks_;
  char* next_ = nullptr;
  char* end_ = nullptr;
};

}  // namespace reel::memory
