// The loops of direct_rows.h, compiled once for each instruction set (isa.h).
#include <reel/core/kernels/convolution/direct_rows.h>
#include <reel/core/kernels/vectors.h>

namespace reel::kernels {
namespace REEL_ISA {
namespace {

// Positions, or rows of sums, of a block that is `across` vectors wide: all of it in registers,
// beside its vectors and a number.
constexpr int most_rows(int across) {
  const int fit = (registers - 1 - across) / across;
  return fit < 14 ? fit : 14;
}

template <int high, int across, class T>
struct Block {
  using V = Vector<T>;
  typename V::Type sums[high][across];

  [[gnu::always_inline]] void start(const T* from, Index distance) {
#pragma GCC unroll 16
    for (int i = 0; i < high; ++i)
#pragma GCC unroll 2
      for (int j = 0; j < across; ++j)
        sums[i][j] = from ? V::load(from + i * distance + j * V::width) : typename V::Type{};
  }
  // += the sum over k of a column of numbers, `distance` apart, times `across` vectors: both move
  // on by their step. Three rows share a pointer: more would not fit the registers for addresses.
  [[gnu::always_inline]] void add(Index count, const T* numbers, Index distance, Index step,
                                  const T* vectors, Index vector_step, bool ahead) {
    const T* rows[(high + 2) / 3];
#pragma GCC unroll 8
    for (int i = 0; i < (high + 2) / 3; ++i) rows[i] = numbers + 3 * i * distance;
    for (Index k = 0; k < count; ++k, vectors += vector_step) {
      if (ahead && k % (64 / static_cast<Index>(sizeof(T))) == 0) {
#pragma GCC unroll 16
        for (int i = 0; i < high; ++i)
          __builtin_prefetch(rows[i / 3] + (i % 3 + high) * distance + k * step);
      }
      typename V::Type v[across];
#pragma GCC unroll 2
      for (int j = 0; j < across; ++j) v[j] = V::load(vectors + j * V::width);
#pragma GCC unroll 16
      for (int i = 0; i < high; ++i) {
        const T number = rows[i / 3][i % 3 * distance + k * step];
#pragma GCC unroll 2
        for (int j = 0; j < across; ++j) sums[i][j] += number * v[j];
      }
    }
  }
};

template <int high, int across, class T>
void forward_block(const DirectRow& row, const DirectRun<T>* runs, Index run_count, Index first,
                   const T* bias, bool relu, T* y) {
  using V = Vector<T>;
  Block<high, across, T> block;
  block.start(bias, 0);
  for (Index i = 0; i < run_count; ++i)
    block.add(runs[i].count, runs[i].source + first * row.source_step, row.source_step, 1,
              runs[i].kernel, row.kernel_step, row.ahead);
  T* to = y + first * row.target_step;
#pragma GCC unroll 16
  for (int i = 0; i < high; ++i, to += row.target_step) {
#pragma GCC unroll 2
    for (int j = 0; j < across; ++j) {
      typename V::Type value = block.sums[i][j];
      if (relu) value = value < typename V::Type{} ? typename V::Type{} : value;  // NaN stays
      const Index wanted = row.columns - j * V::width;
      if (wanted >= V::width) {
        V::store(to + j * V::width, value);
      } else {
        for (Index k = 0; k < wanted; ++k) to[j * V::width + k] = value[k];
      }
    }
  }
}

template <int high, int across, class T>
void gradient_block(const DirectRow& row, const T* source, const T* dy, T* sums) {
  using V = Vector<T>;
  Block<high, across, T> block;
  block.start(sums, across * V::width);
  block.add(row.positions, source, 1, row.source_step, dy, row.target_step, false);
#pragma GCC unroll 16
  for (int i = 0; i < high; ++i)
#pragma GCC unroll 2
    for (int j = 0; j < across; ++j) V::store(sums + (i * across + j) * V::width, block.sums[i][j]);
}

// Calls f with the height of a block as a constant, for nearly equal blocks of `all`.
template <int high, class F>
void with_height(Index height, Index first, const F& f) {
  if constexpr (high > 0) {
    if (height == high) return f.template operator()<high>(first);
    with_height<high - 1>(height, first, f);
  }
}
template <int most, class F>
void in_blocks(Index all, const F& f) {
  const Index blocks = (all + most - 1) / most;
  for (Index i = 0, first = 0; i < blocks; ++i) {
    const Index height = (all - first) / (blocks - i);
    with_height<most>(height, first, f);
    first += height;
  }
}

template <int across, class T>
void forward(const DirectRow& row, const DirectRun<T>* runs, Index run_count, const T* bias,
             bool relu, T* y) {
  in_blocks<most_rows(across)>(row.positions, [&]<int high>(Index first) {
    forward_block<high, across>(row, runs, run_count, first, bias, relu, y);
  });
}

template <int across, class T>
void gradient(const DirectRow& row, const T* source, Index count, const T* dy, T* sums) {
  in_blocks<most_rows(across)>(count, [&]<int high>(Index first) {
    gradient_block<high, across>(row, source + first, dy, sums + first * across * Vector<T>::width);
  });
}

template <int across, class T>
constexpr DirectRows<T> table = {across* Vector<T>::width, forward<across, T>, gradient<across, T>};

constexpr DirectRowsTables tables = {{table<1, float>, table<2, float>},
                                     {table<1, double>, table<2, double>}};

}  // namespace
}  // namespace REEL_ISA

const DirectRowsTables& direct_rows_tables(REEL_ISA::Set) { return REEL_ISA::tables; }

}  // namespace reel::kernels
