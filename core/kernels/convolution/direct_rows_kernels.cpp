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

// Copies `count` numbers, fewer than 2 * size, as two pieces of one size that may overlap.
template <Index size, class T>
[[gnu::always_inline]] inline void copy_few(const T* from, Index count, T* to) {
  if (count >= size) {
    __builtin_memcpy(to, from, size * sizeof(T));
    __builtin_memcpy(to + count - size, from + count - size, size * sizeof(T));
  } else if constexpr (size > 1) {
    copy_few<size / 2>(from, count, to);
  }
}

// Rows of numbers, `distance` apart.
template <class T>
struct Rows {
  const T* data;
  Index distance;
};

template <int high, int across, class T>
struct Block {
  using V = Vector<T>;
  static constexpr Index width = across * V::width;
  typename V::Type sums[high][across];

  // There is one way into registers and one out of them: with more, GCC keeps sums in memory.
  [[gnu::always_inline]] void start(const Rows<T>& from) {
#pragma GCC unroll 16
    for (int i = 0; i < high; ++i)
#pragma GCC unroll 2
      for (int j = 0; j < across; ++j)
        sums[i][j] = V::load(from.data + i * from.distance + j * V::width);
  }
  // Where the numbers of a row are fewer than it has lanes, `room` takes them.
  [[gnu::noinline]] static void widen(const T* from, Index distance, Index columns, T* room) {
    for (int k = 0; k < high * width; ++k) room[k] = 0;
    for (int i = 0; i < high; ++i)
      copy_few<width / 2>(from + i * distance, columns, room + i * width);
  }
  [[gnu::noinline]] static void narrow(const T* room, Index columns, T* to, Index distance) {
    for (int i = 0; i < high; ++i)
      copy_few<width / 2>(room + i * width, columns, to + i * distance);
  }
  // What will be written comes meanwhile.
  [[gnu::always_inline]] void fetch(const T* to, Index distance) const {
#pragma GCC unroll 16
    for (int i = 0; i < high; ++i)
#pragma GCC unroll 2
      for (int j = 0; j < across; ++j) __builtin_prefetch(to + i * distance + j * V::width, 1);
  }
  [[gnu::always_inline]] void store(T* to, Index distance, bool relu) const {
    const typename V::Type zero{}, least = relu ? zero : zero - __builtin_inf();
#pragma GCC unroll 16
    for (int i = 0; i < high; ++i)
#pragma GCC unroll 2
      for (int j = 0; j < across; ++j) {
        const typename V::Type value = sums[i][j];
        V::store(to + i * distance + j * V::width, value < least ? least : value);  // NaN stays
      }
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

template <class T>
constexpr T zeros[2 * Vector<T>::width] = {};

// Calls work(block) between its start and its end at `to`.
template <int high, int across, class T, class Work>
[[gnu::always_inline]] inline void in_block(bool goes_on, const T* first, T* to, Index distance,
                                            Index columns, bool relu, const Work& work) {
  using B = Block<high, across, T>;
  B block;
  const bool all = columns == B::width;
  T memory[high * B::width];
  T* room = memory;
  asm("" : "+r"(room));  // GCC does not see that `widen` writes it before it is read
  if (goes_on && !all) B::widen(to, distance, columns, room);
  const T* const others = first ? first : zeros<T>;
  block.start(!goes_on ? Rows<T>{others, 0}
              : all    ? Rows<T>{to, distance}
                       : Rows<T>{room, B::width});
  if (!goes_on) block.fetch(to, distance);
  work(block);
  block.store(all ? to : room, all ? distance : B::width, relu);
  if (!all) B::narrow(room, columns, to, distance);
}

template <int high, int across, class T>
void forward_block(const DirectRow& row, const DirectRun<T>* runs, Index run_count, Index first,
                   const T* bias, bool relu, T* y) {
  in_block<high, across, T>(
      row.goes_on, bias, y + first * row.target_step, row.target_step, row.columns,
      relu, [&](auto& block) __attribute__((always_inline)) {
        for (Index i = 0; i < run_count; ++i)
          block.add(runs[i].count, runs[i].source + first * row.source_step, row.source_step, 1,
                    runs[i].kernel, row.kernel_step, row.ahead);
      });
}

template <int high, int across, class T>
void gradient_block(const DirectSum& over, const T* source, const T* dy, T* sums) {
  in_block<high, across, T>(
      over.goes_on, nullptr, sums, over.sums_step, over.columns,
      false, [&](auto& block) __attribute__((always_inline)) {
        for (Index i = 0; i < over.rows; ++i)
          block.add(over.positions, source + i * over.source_pitch, 1, over.source_step,
                    dy + i * over.target_pitch, over.target_step, false);
      });
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
void gradient(const DirectSum& over, const T* source, Index count, const T* dy, T* sums) {
  in_blocks<most_rows(across)>(count, [&]<int high>(Index first) {
    gradient_block<high, across>(over, source + first, dy, sums + first * over.sums_step);
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
