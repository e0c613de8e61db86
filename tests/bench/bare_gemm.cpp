// The matrix products of a convolution and nothing else: what BLAS alone would take.
//
// One call of reel's own code is listened to, every `gemm` that it makes is noted, and then just
// those products run again, on the same number of threads, over memory that is in cache. Where that
// takes nearly as long as the whole convolution, BLAS is the limit. A row whose kernel makes no
// product has nothing to time. Read before: reel_workload.h.
#include <cblas.h>
#include <dlfcn.h>

#include <algorithm>
#include <mutex>
#include <stdexcept>

#include <reel/core/runtime/blas.h>
#include <reel/core/runtime/memory.h>
#include <reel/core/runtime/parallel.h>

#include "contestant.h"
#include "reel_workload.h"

namespace {

struct Product {
  CBLAS_TRANSPOSE transpose_a, transpose_b;
  blasint m, n, k;
  double alpha;
  blasint lda, ldb;
  double beta;
  blasint ldc;

  reel::Index a_size() const { return reel::Index{lda} * (transpose_a == CblasNoTrans ? m : k); }
  reel::Index b_size() const { return reel::Index{ldb} * (transpose_b == CblasNoTrans ? k : n); }
  reel::Index c_size() const { return reel::Index{ldc} * m; }
};

bool listening = false;
std::vector<Product> heard;
std::mutex heard_mutex;

template <class T>
struct Signature;
template <>
struct Signature<float> {
  static constexpr const char* symbol = "cblas_sgemm";
  using Function = decltype(&cblas_sgemm);
};
template <>
struct Signature<double> {
  static constexpr const char* symbol = "cblas_dgemm";
  using Function = decltype(&cblas_dgemm);
};

// The library's own function: this program's stands before it in the order of look-up.
template <class T>
typename Signature<T>::Function library_gemm() {
  static const auto found =
      reinterpret_cast<typename Signature<T>::Function>(dlsym(RTLD_NEXT, Signature<T>::symbol));
  return found;
}

template <class T>
void listen_and_multiply(CBLAS_ORDER order, const Product& p, const T* a, const T* b, T* c) {
  if (listening) {
    const std::lock_guard lock(heard_mutex);
    heard.push_back(p);
  }
  library_gemm<T>()(order, p.transpose_a, p.transpose_b, p.m, p.n, p.k, static_cast<T>(p.alpha), a,
                    p.lda, b, p.ldb, static_cast<T>(p.beta), c, p.ldc);
}

template <class T>
std::function<void()> replay() {
  reel::Index a_size = 0, b_size = 0, c_size = 0;
  for (const Product& p : heard) {
    a_size = std::max(a_size, p.a_size());
    b_size = std::max(b_size, p.b_size());
    c_size = std::max(c_size, p.c_size());
  }
  return [=] {
    reel::parallel_for(static_cast<reel::Index>(heard.size()), [&](reel::Index i) {
      // From the pool, which aligns as reel's own matrices are: products are faster there.
      static thread_local const reel::memory::Vector<T> a(static_cast<std::size_t>(a_size), T{0.5});
      static thread_local const reel::memory::Vector<T> b(static_cast<std::size_t>(b_size), T{0.5});
      static thread_local reel::memory::Vector<T> c(static_cast<std::size_t>(c_size));
      Product p = heard[static_cast<std::size_t>(i)];
      if (p.beta != 0) p.alpha = 0x1p-60;  // sums that never end would grow without bound
      listen_and_multiply(CblasRowMajor, p, a.data(), b.data(), c.data());
    });
  };
}

}  // namespace

extern "C" {
void cblas_sgemm(CBLAS_ORDER order, CBLAS_TRANSPOSE transpose_a, CBLAS_TRANSPOSE transpose_b,
                 blasint m, blasint n, blasint k, float alpha, const float* a, blasint lda,
                 const float* b, blasint ldb, float beta, float* c, blasint ldc) {
  listen_and_multiply(order, {transpose_a, transpose_b, m, n, k, alpha, lda, ldb, beta, ldc}, a, b,
                      c);
}
void cblas_dgemm(CBLAS_ORDER order, CBLAS_TRANSPOSE transpose_a, CBLAS_TRANSPOSE transpose_b,
                 blasint m, blasint n, blasint k, double alpha, const double* a, blasint lda,
                 const double* b, blasint ldb, double beta, double* c, blasint ldc) {
  listen_and_multiply(order, {transpose_a, transpose_b, m, n, k, alpha, lda, ldb, beta, ldc}, a, b,
                      c);
}
}

/// RuntimeError when the library's products do not come by this program's functions.
void check_hearing() {
  const float one = 1;
  float product = 0;
  reel::blas::gemm(false, false, 1, 1, 1, 1.0f, &one, 1, &one, 1, 0.0f, &product, 1);
  listening = true;
  reel::blas::gemm(false, false, 1, 1, 1, 1.0f, &one, 1, &one, 1, 0.0f, &product, 1);
  listening = false;
  if (heard.empty()) throw std::runtime_error("no product was heard: BLAS is linked statically?");
  heard.clear();
}

int main(int argc, char** argv) {
  return contestant_main(argc, argv, [](const Workload& workload) {
    check_hearing();
    reel::set_num_threads(workload.threads);
    const auto work = reel_work(workload);
    work();  // BLAS is looked up and tried
    listening = true;
    work();
    listening = false;
    if (heard.empty()) return std::function<void()>();
    return workload.float64 ? replay<double>() : replay<float>();
  });
}
