// What is done to a tile while it is in cache: bias and relu, and their way back.
//
// A tile is rows of `columns` numbers, `distance` apart: pixels x channels, or channels x pixels of
// a channels-first image. Read before: isa.h. Read next: lowering.h.
#pragma once

#include <reel/core/dtype.h>
#include <reel/core/runtime/isa.h>

namespace reel::kernels {

template <class T>
struct Tile {
  T* data;
  Index rows, columns, distance;

  operator Tile<const T>() const { return {data, rows, columns, distance}; }
};

template <class T>
struct Epilogue {
  /// y += bias, one number a column or one a row (or none: null); then max(y, 0) if asked.
  void (*finish)(const Tile<T>& y, const T* of_columns, const T* of_rows, bool relu);
  /// out = dy where y > 0, else 0.
  void (*mask)(Tile<const T> dy, Tile<const T> y, Tile<T> out);
  /// sums[j] += column j; sums[i] += row i.
  void (*add_columns)(const Tile<const T>& x, T* sums);
  void (*add_rows)(const Tile<const T>& x, T* sums);
};

struct EpilogueTables {
  Epilogue<float> of_float;
  Epilogue<double> of_double;
};

const EpilogueTables& epilogue_tables(sse2::Set);
const EpilogueTables& epilogue_tables(avx2::Set);
const EpilogueTables& epilogue_tables(avx512::Set);

/// The kernels for this CPU.
template <class T>
const Epilogue<T>& epilogue() {
  static const EpilogueTables& chosen =
      for_this_cpu([](auto set) -> const EpilogueTables& { return epilogue_tables(set); });
  if constexpr (std::is_same_v<T, float>)
    return chosen.of_float;
  else
    return chosen.of_double;
}

}  // namespace reel::kernels
