// The door to BLAS. Everything that multiplies matrices calls `gemm`; only blas.cpp knows cblas.
//
// Invariant: a product runs on the thread that asks for it. BLAS libraries have threads of their
// own and a process-wide setting for their number; inside our calls it is one (a counted guard: the
// first in saves the caller's setting, the last out restores it), because the cut into tiles, and
// so the order of every sum, must be ours. Read before: foreign_threads.h, blas_rescue.h.
// Read next: blas.cpp.
#pragma once

#include <reel/core/dtype.h>
#include <reel/core/runtime/blas_rescue.h>
#include <reel/core/runtime/foreign_threads.h>

namespace reel::blas {

/// c = alpha op(a) op(b) + beta c for row-major matrices: op(a) is (m, k), op(b) (k, n), c (m, n);
/// lda, ldb, ldc are the distances between rows as stored. With beta = 0, c need not be
/// initialised. Throws ValueError for an extent of 2^31 or more.
void gemm(bool transpose_a, bool transpose_b, Index m, Index n, Index k, float alpha,
          const float* a, Index lda, const float* b, Index ldb, float beta, float* c, Index ldc);
void gemm(bool transpose_a, bool transpose_b, Index m, Index n, Index k, double alpha,
          const double* a, Index lda, const double* b, Index ldb, double beta, double* c,
          Index ldc);

/// While one of these lives, BLAS uses one thread in this process. `parallel_for` has the same
/// around its tiles, from the first `gemm` of the program on; a `gemm` elsewhere takes one for
/// itself.
class SingleThreaded {
 public:
  SingleThreaded();

 private:
  detail::ForeignThreads::Rest others_rest_;
};

/// Which BLAS answers, after the rescue has had its chance.
const Info& info();

/// Whether products of at most a million multiplications, but for some whose right factor is stored
/// by columns, are computed without packing and at full speed: by OpenBLAS's kernels for AVX-512.
bool multiplies_unpacked();

}  // namespace reel::blas
