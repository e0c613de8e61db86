#include <reel/core/kernels/copying/strided_copy.h>

#include <algorithm>
#include <array>
#include <cstring>

#include <reel/core/runtime/parallel.h>

namespace reel::kernels {
namespace {

constexpr Index elements_per_tile = Index{1} << 15;  // 128 KiB of floats: some ten microseconds
constexpr Index block_side = 32;  // of a transposition: the lines of both sides fit L1

Index ceil_div(Index a, Index b) { return (a + b - 1) / b; }

// The loop nest without extents of one and with mergeable neighbours merged.
struct Nest {
  std::array<CopyAxis, max_copy_axes + 2> axes;  // room for the two axes of blocks
  int count = 0;

  explicit Nest(std::span<const CopyAxis> given) {
    for (const CopyAxis& axis : given) {
      if (axis.extent == 1) continue;
      CopyAxis* outer = count > 0 ? &axes[count - 1] : nullptr;
      if (outer && outer->from == axis.from * axis.extent && outer->to == axis.to * axis.extent)
        *outer = {outer->extent * axis.extent, axis.from, axis.to};
      else
        axes[count++] = axis;
    }
  }

  CopyAxis take_last() { return count > 0 ? axes[--count] : CopyAxis{1, 1, 1}; }

  // Takes out an axis whose steps are neighbours in the source; a single step if there is none.
  CopyAxis take_contiguous_source() {
    for (int i = count; i-- > 0;) {
      if (axes[i].from != 1) continue;
      const CopyAxis found = axes[i];
      std::copy(axes.begin() + i + 1, axes.begin() + count, axes.begin() + i);
      --count;
      return found;
    }
    return {1, 1, 1};
  }

  void append(const CopyAxis& axis) { axes[count++] = axis; }

  Index size() const {
    Index n = 1;
    for (int i = 0; i < count; ++i) n *= axes[i].extent;
    return n;
  }
};

// Walks a nest in row-major order and knows both offsets.
class Walk {
 public:
  Walk(const Nest& nest, Index start) : nest_(nest) {
    for (int i = nest.count; i-- > 0;) {
      position_[i] = start % nest.axes[i].extent;
      start /= nest.axes[i].extent;
      from_ += position_[i] * nest.axes[i].from;
      to_ += position_[i] * nest.axes[i].to;
    }
  }

  void next() {
    for (int i = nest_.count; i-- > 0;) {
      const CopyAxis& axis = nest_.axes[i];
      from_ += axis.from;
      to_ += axis.to;
      if (++position_[i] < axis.extent) return;
      from_ -= axis.from * axis.extent;
      to_ -= axis.to * axis.extent;
      position_[i] = 0;
    }
  }

  Index position_from_last(int i) const { return position_[nest_.count - i]; }
  Index from() const { return from_; }
  Index to() const { return to_; }

 private:
  const Nest& nest_;
  std::array<Index, max_copy_axes + 2> position_;
  Index from_ = 0, to_ = 0;
};

template <class T>
void copy_run(const CopyAxis& axis, Index n, const T* from, T* to) {
  if (axis.to == 1 && axis.from == 1)
    std::memcpy(to, from, static_cast<std::size_t>(n) * sizeof(T));
  else if (axis.to == 1 && axis.from == 0)
    std::fill_n(to, n, *from);
  else
    for (Index i = 0; i < n; ++i) to[i * axis.to] = from[i * axis.from];
}

// Four runs of four elements, transposed in registers: twice to three times as fast as single
// elements, whose every store or load would touch another cache line.
template <class T>
void transpose_4x4(const T* from, Index from_step, T* to, Index to_step) {
  typedef T Four __attribute__((vector_size(4 * sizeof(T))));
  Four a, b, c, d;
  std::memcpy(&a, from, sizeof(Four));
  std::memcpy(&b, from + from_step, sizeof(Four));
  std::memcpy(&c, from + 2 * from_step, sizeof(Four));
  std::memcpy(&d, from + 3 * from_step, sizeof(Four));
  const Four ab_low = __builtin_shufflevector(a, b, 0, 4, 1, 5);
  const Four ab_high = __builtin_shufflevector(a, b, 2, 6, 3, 7);
  const Four cd_low = __builtin_shufflevector(c, d, 0, 4, 1, 5);
  const Four cd_high = __builtin_shufflevector(c, d, 2, 6, 3, 7);
  a = __builtin_shufflevector(ab_low, cd_low, 0, 1, 4, 5);
  b = __builtin_shufflevector(ab_low, cd_low, 2, 3, 6, 7);
  c = __builtin_shufflevector(ab_high, cd_high, 0, 1, 4, 5);
  d = __builtin_shufflevector(ab_high, cd_high, 2, 3, 6, 7);
  std::memcpy(to, &a, sizeof(Four));
  std::memcpy(to + to_step, &b, sizeof(Four));
  std::memcpy(to + 2 * to_step, &c, sizeof(Four));
  std::memcpy(to + 3 * to_step, &d, sizeof(Four));
}

// Elements [row_begin, row_end) x [column_begin, column_end) of a block, one by one; the longer
// side runs inside.
template <class T>
void copy_elements(const CopyAxis& row, const CopyAxis& column, Index row_begin, Index row_end,
                   Index column_begin, Index column_end, const T* from, T* to) {
  const auto copy = [&](Index r, Index c) { to[r * row.to + c] = from[r + c * column.from]; };
  if (column_end - column_begin >= row_end - row_begin) {
    for (Index r = row_begin; r < row_end; ++r)
      for (Index c = column_begin; c < column_end; ++c) copy(r, c);
  } else {
    for (Index c = column_begin; c < column_end; ++c)
      for (Index r = row_begin; r < row_end; ++r) copy(r, c);
  }
}

// `row` steps by one in the source, `column` by one in the destination.
template <class T>
void transpose_block(const CopyAxis& row, const CopyAxis& column, Index rows, Index columns,
                     const T* from, T* to) {
  const Index even_rows = rows - rows % 4, even_columns = columns - columns % 4;
  for (Index r = 0; r < even_rows; r += 4)
    for (Index c = 0; c < even_columns; c += 4)
      transpose_4x4(from + r + c * column.from, column.from, to + r * row.to + c, row.to);
  copy_elements(row, column, 0, even_rows, even_columns, columns, from, to);
  copy_elements(row, column, even_rows, rows, 0, columns, from, to);
}

}  // namespace

template <class T>
void strided_copy(std::span<const CopyAxis> axes, const T* from, T* to) {
  for (const CopyAxis& axis : axes)
    if (axis.extent == 0) return;
  Nest nest(axes);
  const CopyAxis column = nest.take_last();
  const bool transposes = column.to == 1 && column.from != 1 && column.from != 0;
  const CopyAxis row = transposes ? nest.take_contiguous_source() : CopyAxis{1, 1, 1};

  // A unit of work is a block of rows x columns; a plain run is a block of one row.
  Index block_rows = 1, block_columns = std::min(column.extent, elements_per_tile);
  if (row.extent > 1) {
    block_rows =
        std::min(row.extent, std::max(block_side, block_side * block_side / column.extent));
    block_columns =
        std::min(column.extent, std::max(block_side, block_side * block_side / row.extent));
  }
  nest.append({ceil_div(row.extent, block_rows), block_rows * row.from, block_rows * row.to});
  nest.append({ceil_div(column.extent, block_columns), block_columns * column.from,
               block_columns * column.to});
  const Index units_per_tile = elements_per_tile / (block_rows * block_columns);
  parallel_ranges(nest.size(), units_per_tile, [&](Index begin, Index end) {
    Walk walk(nest, begin);
    for (Index unit = begin; unit < end; ++unit, walk.next()) {
      const Index rows = std::min(block_rows, row.extent - walk.position_from_last(2) * block_rows);
      const Index columns =
          std::min(block_columns, column.extent - walk.position_from_last(1) * block_columns);
      if (row.extent > 1)
        transpose_block(row, column, rows, columns, from + walk.from(), to + walk.to());
      else
        copy_run(column, columns, from + walk.from(), to + walk.to());
    }
  });
}

template void strided_copy(std::span<const CopyAxis>, const float*, float*);
template void strided_copy(std::span<const CopyAxis>, const double*, double*);

}  // namespace reel::kernels
