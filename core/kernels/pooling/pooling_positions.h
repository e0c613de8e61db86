// A row of a pool's positions in the element type, as kernels compare them, wherever they are kept.
//
// A byte holds a position of all but the largest windows: a quarter of the memory of a float, for
// the price of one more loop over a row in cache. Read before: pooling_loops.h.
#pragma once

#include <type_traits>

#include <reel/core/runtime/scratch.h>

namespace reel::kernels {

template <class T, class Position>
class PositionRow {
 public:
  explicit PositionRow(Index size)
      : wide_(std::is_same_v<T, Position> || size <= few ? 0 : size), size_(size) {}

  // Where the row is written; `store` then puts it into `to`.
  T* space(Position* to) {
    if constexpr (std::is_same_v<T, Position>) return to;
    return to ? numbers() : nullptr;
  }
  void store(Position* to) {
    if constexpr (!std::is_same_v<T, Position>)
      for (Index i = 0; to && i < size_; ++i) to[i] = static_cast<Position>(numbers()[i]);
  }
  const T* load(const Position* from) {
    if constexpr (std::is_same_v<T, Position>) return from;
    for (Index i = 0; i < size_; ++i) numbers()[i] = static_cast<T>(from[i]);
    return numbers();
  }

 private:
  static constexpr Index few = 64;  // short rows cost no allocation
  T* numbers() { return size_ <= few ? few_ : wide_.data(); }

  T few_[few];
  Scratch<T> wide_;
  Index size_;
};

}  // namespace reel::kernels
