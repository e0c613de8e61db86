// Folding axes of an array: sums, products, largest and smallest elements.
//
// Everything comes down to one shape of work: (outer, n, inner) folded over n. The rows of `inner`
// numbers are combined number by number, which vectorises; when rows are shorter than a few
// vectors, several are taken as one wide row and their halves are combined at the end (for inner =
// 1 these are the lanes of an ordinary vector sum). Long axes are cut into chunks whose results are
// folded again, so no sum is a chain of more than about 64 additions a level: a float32 sum of
// millions stays accurate. Invariant: the order depends on the shape only, never on the number of
// threads. Several groups of axes are folded one after the other, innermost first; what is left is
// small after the first. Read before: isa.h. Read next: reduction_loops_kernels.cpp, reduction.cpp.
#pragma once

#include <reel/core/dtype.h>
#include <reel/core/runtime/isa.h>

namespace reel::kernels {

enum class Fold { sum, product, maximum, minimum };  // NaN wins in maximum and minimum
constexpr int fold_count = 4;

/// y = x of shape (outer, n, inner) folded over n; (outer, inner). n = 0 gives the fold's neutral
/// number: 0, 1, -inf, inf.
template <class T>
void fold(Fold kind, const T* x, Index outer, Index n, Index inner, T* y);

template <class T>
struct Reduction {
  /// y[o, c] = the rows x[o, r, c], r < rows (at least 1), folded, for c < width. Rows lie `stride`
  /// apart, and the blocks of two o follow each other; then stride must be width, unless outer
  /// is 1.
  using Rows = void (*)(const T* x, Index outer, Index rows, Index stride, Index width, T* y);
  Rows rows[fold_count];  // by Fold
};

struct ReductionTables {
  Reduction<float> of_float;
  Reduction<double> of_double;
};

const ReductionTables& reduction_tables(sse2::Set);
const ReductionTables& reduction_tables(avx2::Set);
const ReductionTables& reduction_tables(avx512::Set);

}  // namespace reel::kernels
