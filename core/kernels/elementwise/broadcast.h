// Walks operands of different shapes together, without making copies of them.
//
// NumPy's rule repeats an operand along every axis where its extent is 1 or missing, which is a
// stride of 0. Neighbouring axes that all operands step through alike are merged; what is left is a
// few groups, the innermost two of which make a block of rows and columns for a kernel. Invariant:
// an operand's column stride is 1 or 0, since operands are contiguous. A bias of (C) under (N, H,
// W, C) is one block of N H W rows; equal shapes are one row. The price: shapes that alternate (7,
// 1, 5, 1) under (7, 3, 5, 2) run in small blocks. Read before: elementwise_loops.h. Read
// next: broadcast.cpp, map.h.
#pragma once

#include <algorithm>
#include <array>
#include <initializer_list>

#include <reel/core/kernels/elementwise/elementwise_loops.h>
#include <reel/core/shape.h>

namespace reel {

/// The shape that NumPy's broadcasting gives for `a` and `b`.
/// Throws ValueError that starts with `op` when they do not fit.
Shape broadcast_shapes(const char* op, const Shape& a, const Shape& b);

namespace kernels {

class Broadcast {
 public:
  static constexpr int max_operands = 3;

  struct Block {
    std::array<Index, max_operands> at;  // where each operand's block begins
    Index y, rows, columns;
  };

  /// `operands` broadcast to `y`.
  Broadcast(const Shape& y, std::initializer_list<const Shape*> operands);

  const Strides& strides(int operand) const { return strides_[operand]; }

  /// run(block) for blocks that cover the elements [begin, end) of y.
  template <class Run>
  void for_each_block(Index begin, Index end, const Run& run) const {
    while (begin < end) {
      const Block block = block_at(begin, end);
      run(block);
      begin += block.rows * block.columns;
    }
  }

 private:
  // The axes of one group, merged. Unused groups have extent 1.
  struct Group {
    Index extent = 1;
    std::array<Index, max_operands> strides{};
  };

  // The largest block that starts at element `begin` and ends at or before `end`.
  Block block_at(Index begin, Index end) const;

  int operand_count_ = 0;
  int group_count_ = 2;                              // columns and rows are always there
  std::array<Group, Shape::max_rank + 2> groups_{};  // innermost first
  std::array<Strides, max_operands> strides_{};
};

}  // namespace kernels
}  // namespace reel
