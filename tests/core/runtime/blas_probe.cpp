// Says which kernels the BLAS of this process runs, and how fast: `blas_probe [LOADED_CORE]`.
//
// OpenBLAS chooses when it is loaded. To stand where a user with an unlucky processor stands, this
// program starts itself again with OPENBLAS_CORETYPE=LOADED_CORE, takes the variable out of its
// environment, and only then touches reel: the library has loaded with bad kernels and nobody asked
// for them. `--keep` leaves the variable in, as a user's own setting. With `--foreign` a thread of
// the program is there that might be inside a product; with `--pool` only reel's own are.
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string_view>
#include <thread>
#include <vector>

#include <reel/core/runtime/blas.h>
#include <reel/core/runtime/parallel.h>

namespace {

double gflops() {
  constexpr int n = 384;
  const std::vector<float> a(n * n, 1.0f), b(n * n, 1.0f);
  std::vector<float> c(n * n);
  double best = 1e9;
  for (int i = 0; i < 12; ++i) {
    const auto start = std::chrono::steady_clock::now();
    reel::blas::gemm(false, false, n, n, n, 1.0f, a.data(), n, b.data(), n, 0.0f, c.data(), n);
    const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - start;
    best = std::min(best, taken.count());
  }
  return 2.0 * n * n * n / best / 1e9;
}

}  // namespace

int main(int argc, char** argv) {
  const std::string_view mode = argc > 2 ? argv[2] : "";
  if (argc > 1 && !std::getenv("BLAS_PROBE_STARTED")) {
    setenv("OPENBLAS_CORETYPE", argv[1], 1);
    setenv("BLAS_PROBE_STARTED", "1", 1);
    execv("/proc/self/exe", argv);
    std::perror("blas_probe");
    return 1;
  }
  if (argc > 1 && mode != "--keep") unsetenv("OPENBLAS_CORETYPE");
  std::atomic<bool> over = false;
  std::thread foreign;
  if (mode == "--foreign")
    foreign = std::thread([&] {
      while (!over) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    });
  if (mode == "--pool") {
    reel::set_num_threads(3);
    reel::parallel_for(3, [](reel::Index) {});
  }
  const reel::blas::Info& info = reel::blas::info();
  std::printf("library=%s\ncore=%s\nrescued_from=%s\nenvironment=%s\ngflops=%.1f\n",
              info.library.c_str(), info.core.c_str(), info.rescued_from.c_str(),
              std::getenv("OPENBLAS_CORETYPE") ? "set" : "unset", gflops());
  over = true;
  if (foreign.joinable()) foreign.join();
}
