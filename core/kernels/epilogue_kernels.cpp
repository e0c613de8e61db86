// The loops of epilogue.h, compiled once for each instruction set (isa.h).
#include <reel/core/kernels/epilogue.h>
#include <reel/core/kernels/vectors.h>

namespace reel::kernels {
namespace REEL_ISA {
namespace {

// NaN stays, so that a broken network shows.
template <bool relu, class T>
T finished(T value) {
  return relu && value < 0 ? T(0) : value;
}

template <bool relu, class T>
void finish_tile(const Tile<T>& y, const T* __restrict of_columns, const T* __restrict of_rows) {
  for (Index i = 0; i < y.rows; ++i) {
    T* __restrict row = y.data + i * y.distance;
    if (of_columns) {
      for (Index j = 0; j < y.columns; ++j) row[j] = finished<relu>(row[j] + of_columns[j]);
    } else {
      const T bias = of_rows ? of_rows[i] : T(0);
      for (Index j = 0; j < y.columns; ++j) row[j] = finished<relu>(row[j] + bias);
    }
  }
}

template <class T>
void finish(const Tile<T>& y, const T* of_columns, const T* of_rows, bool relu) {
  if (relu)
    finish_tile<true>(y, of_columns, of_rows);
  else if (of_columns || of_rows)
    finish_tile<false>(y, of_columns, of_rows);
}

template <class T>
void mask(const Tile<const T>& dy, const Tile<const T>& y, T* __restrict out) {
  for (Index i = 0; i < y.rows; ++i, out += y.columns) {
    const T* from = dy.data + i * dy.distance;
    const T* at = y.data + i * y.distance;
    for (Index j = 0; j < y.columns; ++j) out[j] = at[j] > 0 ? from[j] : T(0);
  }
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
