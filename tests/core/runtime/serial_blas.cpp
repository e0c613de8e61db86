// Matrix products by three loops, in place of BLAS's: for ThreadSanitizer, which cannot look into
// OpenBLAS and would report what it does not understand.
//
// A program that is linked with this file calls these functions instead of the library's, because a
// program's own come first, also for a shared library of reel and for the look-up by name in
// core/runtime/blas.cpp.
#include <cblas.h>

namespace {

template <class T>
void multiply(CBLAS_TRANSPOSE transpose_a, CBLAS_TRANSPOSE transpose_b, int m, int n, int k,
              T alpha, const T* a, int lda, const T* b, int ldb, T beta, T* c, int ldc) {
  for (int i = 0; i < m; ++i)
    for (int j = 0; j < n; ++j) {
      T sum = 0;
      for (int l = 0; l < k; ++l)
        sum += (transpose_a == CblasTrans ? a[l * lda + i] : a[i * lda + l]) *
               (transpose_b == CblasTrans ? b[j * ldb + l] : b[l * ldb + j]);
      T& to = c[i * ldc + j];
      to = alpha * sum + (beta == 0 ? 0 : beta * to);
    }
}

}  // namespace

extern "C" {

void cblas_sgemm(CBLAS_ORDER, CBLAS_TRANSPOSE transpose_a, CBLAS_TRANSPOSE transpose_b, int m,
                 int n, int k, float alpha, const float* a, int lda, const float* b, int ldb,
                 float beta, float* c, int ldc) {
  multiply(transpose_a, transpose_b, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc);
}

void cblas_dgemm(CBLAS_ORDER, CBLAS_TRANSPOSE transpose_a, CBLAS_TRANSPOSE transpose_b, int m,
                 int n, int k, double alpha, const double* a, int lda, const double* b, int ldb,
                 double beta, double* c, int ldc) {
  multiply(transpose_a, transpose_b, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc);
}

char* openblas_get_config() {
  static char name[] = "three loops";
  return name;
}
char* openblas_get_corename() {
  static char none[] = "";
  return none;
}
int openblas_get_parallel() { return 0; }
int openblas_get_num_threads() { return 1; }
void openblas_set_num_threads(int) {}
}
