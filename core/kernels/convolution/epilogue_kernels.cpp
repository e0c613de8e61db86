// The loops of epilogue.h, compiled once for each instruction set (isa.h).
#include <reel/core/kernels/convolution/epilogue.h>
#include <reel/core/kernels/vectors.h>

namespace reel::kernels {
namespace REEL_ISA {
namespace {

// NaN stays, so that a broken network shows.
template <bool relu, class T>
T finished(T value) {
  return relu && value < 0 ? T(0) : value;
}

// A strip of columns, whose bias stays in registers, down all rows.
template <bool relu, int vectors, class T>
void finish_strip(const Tile<T>& y, Index column, const T* of_columns) {
  using V = Vector<T>;
  typename V::Type bias[vectors];
#pragma GCC unroll 4
  for (int i = 0; i < vectors; ++i) bias[i] = V::load(of_columns + column + i * V::width);
  T* at = y.data + column;
  for (Index row = 0; row < y.rows; ++row, at += y.distance) {
#pragma GCC unroll 4
    for (int i = 0; i < vectors; ++i) {
      typename V::Type sum = V::load(at + i * V::width) + bias[i];
      if constexpr (relu) sum = sum < typename V::Type{} ? typename V::Type{} : sum;
      V::store(at + i * V::width, sum);
    }
  }
}

template <bool relu, class T>
void finish_columns(const Tile<T>& y, const T* of_columns) {
  constexpr Index width = Vector<T>::width;
  Index j = 0;
  for (; j + 4 * width <= y.columns; j += 4 * width) finish_strip<relu, 4>(y, j, of_columns);
  for (; j + width <= y.columns; j += width) finish_strip<relu, 1>(y, j, of_columns);
  if (j == y.columns) return;
  for (Index i = 0; i < y.rows; ++i)
    for (Index k = j; k < y.columns; ++k) {
      T& value = y.data[i * y.distance + k];
      value = finished<relu>(value + of_columns[k]);
    }
}

template <bool relu, class T>
void finish_rows(const Tile<T>& y, const T* of_rows) {
  for (Index i = 0; i < y.rows; ++i) {
    T* __restrict row = y.data + i * y.distance;
    const T bias = of_rows ? of_rows[i] : T(0);
    for (Index j = 0; j < y.columns; ++j) row[j] = finished<relu>(row[j] + bias);
  }
}

// One long row where there are no gaps: a short inner loop costs more than its work.
template <class T>
Tile<T> joined(const Tile<T>& x) {
  return x.distance == x.columns ? Tile<T>{x.data, 1, x.rows * x.columns, x.rows * x.columns} : x;
}

template <bool relu, class T>
void finish_tile(const Tile<T>& y, const T* of_columns, const T* of_rows) {
  if (of_columns)
    finish_columns<relu>(y, of_columns);
  else
    finish_rows<relu>(of_rows ? y : joined(y), of_rows);
}

template <class T>
void finish(const Tile<T>& y, const T* of_columns, const T* of_rows, bool relu) {
  if (relu)
    finish_tile<true>(y, of_columns, of_rows);
  else if (of_columns || of_rows)
    finish_tile<false>(y, of_columns, of_rows);
}

// A run without gaps. What lies `ahead` of it is fetched: most likely it is asked for next, and it
// comes while work goes on.
template <class T>
void mask_run(const T* dy, Index dy_ahead, const T* y, Index y_ahead, Index count, T* out) {
  using V = Vector<T>;
  constexpr Index line = 64 / static_cast<Index>(sizeof(T));
  Index i = 0;
  for (; i + line <= count; i += line) {
    __builtin_prefetch(dy + dy_ahead + i);
    __builtin_prefetch(y + y_ahead + i);
#pragma GCC unroll 4
    for (Index k = i; k < i + line; k += V::width)
      V::store(out + k, V::load(y + k) > typename V::Type{} ? V::load(dy + k) : typename V::Type{});
  }
  for (; i < count; ++i) out[i] = y[i] > 0 ? dy[i] : T(0);
}

template <class T>
void mask(Tile<const T> dy, Tile<const T> y, Tile<T> out) {
  constexpr Index most_ahead = (Index{64} << 10) / static_cast<Index>(sizeof(T));
  if (dy.distance == y.columns && y.distance == y.columns && out.distance == y.columns) {
    const Index count = y.rows * y.columns, ahead = count < most_ahead ? count : most_ahead;
    mask_run(dy.data, ahead, y.data, ahead, count, out.data);
    return;
  }
  for (Index i = 0; i < y.rows; ++i)
    mask_run(dy.data + i * dy.distance, dy.distance, y.data + i * y.distance, y.distance, y.columns,
             out.data + i * out.distance);
}

// Four rows at a time, so that the sums are read and written a quarter as often.
template <class T>
void add_columns(const Tile<const T>& x, T* __restrict sums) {
  const Index d = x.distance;
  const T* row = x.data;
  Index i = 0;
  for (; i + 4 <= x.rows; i += 4, row += 4 * d)
    for (Index j = 0; j < x.columns; ++j)
      sums[j] += (row[j] + row[j + d]) + (row[j + 2 * d] + row[j + 3 * d]);
  for (; i < x.rows; ++i, row += d)
    for (Index j = 0; j < x.columns; ++j) sums[j] += row[j];
}

template <class T>
void add_rows(const Tile<const T>& x, T* sums) {
  using V = Vector<T>;
  for (Index i = 0; i < x.rows; ++i) {
    const T* row = x.data + i * x.distance;
    typename V::Type partial = {};
    Index j = 0;
    for (; j + V::width <= x.columns; j += V::width) partial += V::load(row + j);
    T sum = 0;
    for (; j < x.columns; ++j) sum += row[j];
    for (Index k = 0; k < V::width; ++k) sum += partial[k];
    sums[i] += sum;
  }
}

template <class T>
constexpr Epilogue<T> table{finish<T>, mask<T>, add_columns<T>, add_rows<T>};

}  // namespace
}  // namespace REEL_ISA

const EpilogueTables& epilogue_tables(REEL_ISA::Set) {
  static constexpr EpilogueTables tables{REEL_ISA::table<float>, REEL_ISA::table<double>};
  return tables;
}

}  // namespace reel::kernels
