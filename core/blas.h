// The door to BLAS. Everything that multiplies matrices calls `gemm`; only blas.cpp knows cblas.
#pragma once

#include <reel/core/dtype.h>

namespace reel::blas {

/// c = alpha op(a) op(b) + beta c for row-major matrices: op(a) is (m, k), op(b) (k, n), c (m, n);
/// lda, ldb, ldc are the distances between rows as stored. Runs on the calling thread alone.
void gemm(bool transpose_a, bool transpose_b, Index m, Index n, Index k, float alpha,
          const float* a, Index lda, const float* b, Index ldb, float beta, float* c, Index ldc);
void gemm(bool transpose_a, bool transpose_b, Index m, Index n, Index k, double alpha,
          const double* a, Index lda, const double* b, Index ldb, double beta, double* c,
          Index ldc);

}  // namespace reel::blas
