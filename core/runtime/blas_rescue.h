// The mend for an OpenBLAS that picks kernels of 2004 on a processor of today.
//
// OpenBLAS 0.3.21 to 0.3.24 do not know newer Intel processors and fall back to "Prescott" (SSE3),
// six to eight times slower (OpenBLAS issue 4267). These versions read OPENBLAS_CORETYPE again when
// their exported `gotoblas_dynamic_quit` and `gotoblas_dynamic_init` are called, so the choice can
// be made anew inside the process, once, before the first product. Done only for those versions,
// only when the kernels are Prescott's and the processor offers AVX2 or AVX-512, never when the
// user set OPENBLAS_CORETYPE or REEL_BLAS_RESCUE=0, and never when the process has threads that
// could be inside a product: they would run into the exchange. A warning then says what to do.
// Symbols are found by name, so another BLAS links as well. Price: the environment changes for an
// instant, while other threads might read it. Read next: blas_rescue.cpp, blas.h.
#pragma once

#include <string>

namespace reel::blas {

/// Which BLAS answers, and with which kernels.
struct Info {
  std::string library;       ///< such as "OpenBLAS 0.3.21 over OpenMP"; "unknown BLAS" if not told
  std::string core;          ///< the kernels in use, such as "SkylakeX"; empty if not told
  std::string rescued_from;  ///< the kernels that the rescue replaced; empty if it did nothing
};

/// Looks at the library and mends its choice if it must; `product_is_right` multiplies something
/// small and compares it with a loop. Called once, by blas.cpp.
Info inspect_and_rescue(bool (*product_is_right)());

/// What `openblas_get_parallel` answers when OpenBLAS takes its threads from OpenMP.
inline constexpr int openblas_openmp = 2;

/// A function of the BLAS library by its name, or null.
template <class F>
F* symbol(const char* name);

void* find_symbol(const char* name);  // blas.cpp

template <class F>
F* symbol(const char* name) {
  return reinterpret_cast<F*>(find_symbol(name));
}

}  // namespace reel::blas
