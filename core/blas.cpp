#include <reel/core/blas.h>

#include <cblas.h>

namespace reel::blas {
namespace {

CBLAS_TRANSPOSE as_cblas(bool transpose) { return transpose ? CblasTrans : CblasNoTrans; }
int as_int(Index n) { return static_cast<int>(n); }

}  // namespace

void gemm(bool transpose_a, bool transpose_b, Index m, Index n, Index k, float alpha,
          const float* a, Index lda, const float* b, Index ldb, float beta, float* c, Index ldc) {
  if (m == 0 || n == 0) return;
  cblas_sgemm(CblasRowMajor, as_cblas(transpose_a), as_cblas(transpose_b), as_int(m), as_int(n),
              as_int(k), alpha, a, as_int(lda), b, as_int(ldb), beta, c, as_int(ldc));
}

void gemm(bool transpose_a, bool transpose_b, Index m, Index n, Index k, double alpha,
          const double* a, Index lda, const double* b, Index ldb, double beta, double* c,
          Index ldc) {
  if (m == 0 || n == 0) return;
  cblas_dgemm(CblasRowMajor, as_cblas(transpose_a), as_cblas(transpose_b), as_int(m), as_int(n),
              as_int(k), alpha, a, as_int(lda), b, as_int(ldb), beta, c, as_int(ldc));
}

}  // namespace reel::blas
