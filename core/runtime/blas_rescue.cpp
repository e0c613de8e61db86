#include <reel/core/runtime/blas_rescue.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <system_error>

#include <reel/core/runtime/environment.h>
#include <reel/core/runtime/log.h>
#include <reel/core/runtime/parallel.h>

namespace reel::blas {
namespace {

// The kernels that this processor and its operating system can run, or null for neither.
// __builtin_cpu_supports asks CPUID and XGETBV.
const char* best_core() {
#if defined(__x86_64__)
  __builtin_cpu_init();
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
      __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl") &&
      __builtin_cpu_supports("avx512cd"))
    return "SkylakeX";
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return "Haswell";
#endif
  return nullptr;
}

// "OpenBLAS 0.3.21", or the same with " over OpenMP".
std::string library_name() {
  const auto config = symbol<char*()>("openblas_get_config");
  if (!config) return "unknown BLAS";
  std::string text = config();
  text = text.substr(0, text.find(' ', text.find(' ') + 1));
  const auto parallel = symbol<int()>("openblas_get_parallel");
  return parallel && parallel() == openblas_openmp ? text + " over OpenMP" : text;
}

bool is_affected(const std::string& library) {
  int patch = 0;
  return std::sscanf(library.c_str(), "OpenBLAS 0.3.%d", &patch) == 1 && patch >= 21 && patch <= 24;
}

std::string core_name() {
  const auto get = symbol<char*()>("openblas_get_corename");
  return get ? get() : "";
}

// Makes OpenBLAS choose again, with OPENBLAS_CORETYPE set for that moment.
bool choose_again(const char* core) {
  const auto quit = symbol<void()>("gotoblas_dynamic_quit");
  const auto init = symbol<void()>("gotoblas_dynamic_init");
  if (!quit || !init) return false;
  setenv("OPENBLAS_CORETYPE", core, 1);
  quit();
  init();
  unsetenv("OPENBLAS_CORETYPE");
  return true;
}

// Whether there are threads besides the caller, those of the pool, which ask for `info` before
// their first product, and OpenBLAS's own, which wait for work. Those of OpenMP cannot be told from
// others.
bool others_may_multiply() {
  int threads = 0;
  std::error_code error;
  for (const auto& each : std::filesystem::directory_iterator("/proc/self/task", error))
    threads += !each.path().empty();
  const auto parallel = symbol<int()>("openblas_get_parallel");
  const auto count = symbol<int()>("openblas_get_num_threads");
  const bool has_own = parallel && count && parallel() != openblas_openmp;
  return error || threads > 1 + detail::started_threads() + (has_own ? count() - 1 : 0);
}

}  // namespace

Info inspect_and_rescue(bool (*product_is_right)()) {
  Info info{library_name(), core_name(), ""};
  const bool on = detail::environment_flag("REEL_BLAS_RESCUE", true);
  const char* const best = best_core();
  const bool needed = info.core == "Prescott" && !std::getenv("OPENBLAS_CORETYPE") &&
                      is_affected(info.library) && best;
  if (needed && on && others_may_multiply()) {
    logging::warning(
        "BLAS: {} uses the kernels of Prescott, several times slower than those of {}, and reel "
        "does not exchange them while other threads may be inside a product; set "
        "OPENBLAS_CORETYPE={}, or start these threads after the first product",
        info.library, best, best);
    return info;
  }
  if (!needed || !on || !choose_again(best)) {
    logging::info("BLAS: {}, kernels {}{}", info.library, info.core.empty() ? "unknown" : info.core,
                  on ? "" : ", rescue switched off");
    return info;
  }
  info.rescued_from = info.core;
  info.core = core_name();
  if (!product_is_right()) {
    logging::warning("BLAS: the {} kernels of {} compute wrong products here; staying with {}",
                     info.core, info.library, info.rescued_from);
    choose_again(info.rescued_from.c_str());
    info.core = core_name();
    info.rescued_from.clear();
  } else {
    logging::info("BLAS: {}, kernels {} instead of {} (REEL_BLAS_RESCUE=0 leaves them alone)",
                  info.library, info.core, info.rescued_from);
  }
  return info;
}

}  // namespace reel::blas
