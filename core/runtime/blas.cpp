// Products by cblas, on one thread each.
//
// Before the first one the rescue has its say about kernels, and BLAS's own threads are put under
// the count of foreign_threads.h. The first product of a program mostly runs inside a tile, so a
// region that began without BLAS is the usual case, not a rare one. OpenBLAS over OpenMP is
// different: its setting belongs to the thread that asks, so nothing is counted for it and each
// product sets and restores its own. Another BLAS, without a way to set threads, is left alone.
// Read before: blas.h. Read next: matrix.h, parallel.cpp.
#include <reel/core/runtime/blas.h>

#include <cblas.h>
#include <dlfcn.h>

#include <algorithm>
#include <array>
#include <limits>
#include <string_view>
#include <utility>

#include <reel/core/error.h>
#include <reel/core/runtime/parallel.h>

#ifdef OPENBLAS_VERSION
extern "C" {  // not in every OpenBLAS, and not in its header
[[gnu::weak]] void gotoblas_dynamic_quit();
[[gnu::weak]] void gotoblas_dynamic_init();
}
#endif

namespace reel::blas {

// What OpenBLAS's header declares is linked: nothing that is linked statically can be found at run
// time.
void* find_symbol(const char* name) {
#ifdef OPENBLAS_VERSION
#define REEL_LINKED(f) std::pair(std::string_view(#f), reinterpret_cast<void*>(f))
  const std::array linked{
      REEL_LINKED(openblas_get_config),      REEL_LINKED(openblas_get_corename),
      REEL_LINKED(openblas_get_parallel),    REEL_LINKED(openblas_get_num_threads),
      REEL_LINKED(openblas_set_num_threads), REEL_LINKED(gotoblas_dynamic_quit),
      REEL_LINKED(gotoblas_dynamic_init)};
#undef REEL_LINKED
  for (const auto& [its_name, address] : linked)
    if (its_name == name) return address;
#endif
  return dlsym(RTLD_DEFAULT, name);
}

namespace {

CBLAS_TRANSPOSE as_cblas(bool transpose) { return transpose ? CblasTrans : CblasNoTrans; }

int as_int(Index n) {
  if (n > std::numeric_limits<int>::max())
    throw ValueError("gemm: every extent must be below 2^31; got {}", n);
  return static_cast<int>(n);
}

// BLAS wants a leading dimension of at least one even for matrices without elements.
int as_leading(Index n) { return std::max(1, as_int(n)); }

// 5 x 7 times 7 x 6, small whole numbers: exact in float32.
bool product_is_right() {
  float a[35], b[42], c[30];
  for (int i = 0; i < 35; ++i) a[i] = static_cast<float>(i % 7 - 3);
  for (int i = 0; i < 42; ++i) b[i] = static_cast<float>(i % 5 - 2);
  cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, 5, 6, 7, 1.0f, a, 7, b, 6, 0.0f, c, 6);
  for (int i = 0; i < 5; ++i)
    for (int j = 0; j < 6; ++j) {
      float expected = 0;
      for (int k = 0; k < 7; ++k) expected += a[i * 7 + k] * b[k * 6 + j];
      if (c[i * 6 + j] != expected) return false;
    }
  return true;
}

// How the number of BLAS threads is read and set. OpenBLAS over OpenMP asks OpenMP, whose setting
// belongs to the calling thread; all others have one setting for the process.
struct ThreadControl {
  int (*get)() = nullptr;
  void (*set)(int) = nullptr;
  bool of_thread = false;

  ThreadControl() {
    const auto parallel = symbol<int()>("openblas_get_parallel");
    of_thread = parallel && parallel() == openblas_openmp;
    get = symbol<int()>(of_thread ? "omp_get_max_threads" : "openblas_get_num_threads");
    set = symbol<void(int)>(of_thread ? "omp_set_num_threads" : "openblas_set_num_threads");
  }
  bool available() const { return get && set; }
};

const ThreadControl& thread_control() {
  static const ThreadControl control;
  return control;
}

// What the process had asked for before the first of us came in. Read and written under the lock of
// ForeignThreads.
int threads_before = 0;

void rest() {
  threads_before = thread_control().get();
  if (threads_before != 1) thread_control().set(1);
}

void go_on() {
  if (threads_before != 1) thread_control().set(threads_before);
}

// Once, before the first product: a later call costs a look at a flag.
void prepare() {
  static const bool prepared = [] {
    info();  // the kernels are chosen before the first product
    const ThreadControl& control = thread_control();
    if (control.available() && !control.of_thread)
      detail::ForeignThreads::of_process().hold(rest, go_on);
    return true;
  }();
  static_cast<void>(prepared);
}

// For OpenMP, around each product; nothing otherwise.
class SingleThreadedHere {
 public:
  SingleThreadedHere() {
    const ThreadControl& control = thread_control();
    if (!control.of_thread || !control.available()) return;
    saved_ = control.get();
    if (saved_ != 1) control.set(1);
  }
  ~SingleThreadedHere() {
    if (saved_ > 1) thread_control().set(saved_);
  }
  SingleThreadedHere(const SingleThreadedHere&) = delete;
  SingleThreadedHere& operator=(const SingleThreadedHere&) = delete;

 private:
  int saved_ = 0;
};

template <class F>
void run_single_threaded(const F& product) {
  if (detail::inside_tile()) {  // parallel_for has the threads rest
    prepare();
    const SingleThreadedHere here;
    product();
  } else {
    const SingleThreaded single;
    const SingleThreadedHere here;
    product();
  }
}

}  // namespace

// Never destroyed: threads may outlive main.
const Info& info() {
  static const Info& found = *new const Info(inspect_and_rescue(product_is_right));
  return found;
}

bool multiplies_unpacked() {
  static const bool answer = [] {
    const std::string& core = info().core;
    return core == "SkylakeX" || core == "Cooperlake" || core == "SapphireRapids";
  }();
  return answer;
}

// This thread is inside by then, and so BLAS rests when `prepare` returns.
SingleThreaded::SingleThreaded() { prepare(); }

void gemm(bool transpose_a, bool transpose_b, Index m, Index n, Index k, float alpha,
          const float* a, Index lda, const float* b, Index ldb, float beta, float* c, Index ldc) {
  if (m == 0 || n == 0) return;
  run_single_threaded([&] {
    cblas_sgemm(CblasRowMajor, as_cblas(transpose_a), as_cblas(transpose_b), as_int(m), as_int(n),
                as_int(k), alpha, a, as_leading(lda), b, as_leading(ldb), beta, c, as_leading(ldc));
  });
}

void gemm(bool transpose_a, bool transpose_b, Index m, Index n, Index k, double alpha,
          const double* a, Index lda, const double* b, Index ldb, double beta, double* c,
          Index ldc) {
  if (m == 0 || n == 0) return;
  run_single_threaded([&] {
    cblas_dgemm(CblasRowMajor, as_cblas(transpose_a), as_cblas(transpose_b), as_int(m), as_int(n),
                as_int(k), alpha, a, as_leading(lda), b, as_leading(ldb), beta, c, as_leading(ldc));
  });
}

}  // namespace reel::blas
