#include <reel/core/runtime/blas_rescue.h>

#include <dlfcn.h>

#include <cstdio>
#include <cstdlib>
#include <string_view>

#include <reel/core/runtime/log.h>

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

}  // namespace

void* find_symbol(const char* name) { return dlsym(RTLD_DEFAULT, name); }

Info inspect_and_rescue(bool (*product_is_right)()) {
  Info info{library_name(), core_name(), ""};
  const char* switched_off = std::getenv("REEL_BLAS_RESCUE");
  const bool off = switched_off && std::string_view(switched_off) == "0";
  if (info.core != "Prescott" || off || std::getenv("OPENBLAS_CORETYPE") ||
      !is_affected(info.library) || !best_core() || !choose_again(best_core())) {
    logging::info("BLAS: {}, kernels {}{}", info.library, info.core.empty() ? "unknown" : info.core,
                  off ? ", rescue switched off" : "");
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
