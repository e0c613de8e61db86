// Functions of one number over arrays: what the ops that need exp or log run.
//
// Read before: isa.h. Read next: function_math.h, which says how and how exactly.
#pragma once

#include <type_traits>

#include <reel/core/dtype.h>
#include <reel/core/runtime/isa.h>

namespace reel::kernels {

enum class Function {
  exp,
  expm1,
  log,
  log1p,
  tanh,
  sigmoid,
  softplus,
  erf,
  gelu,
  gelu_tanh,
  swish,
  mish
};
constexpr int function_count = 12;

/// Derivatives that are not a few multiplications of x; `normal` is that of the normal distribution
/// function. Written in the result, those of tanh, sigmoid and expm1 would lose all digits where it
/// rounds to 1.
enum class Slope { expm1, tanh, sigmoid, softplus, erf, normal, gelu, gelu_tanh, swish, mish };
constexpr int slope_count = 10;

template <class T>
struct Functions {
  /// y = f(x)
  using Value = void (*)(const T* x, T* y, Index n);
  Value value[function_count];  // by Function
  /// dx = dy f'(x)
  using Gradient = void (*)(const T* dy, const T* x, T* dx, Index n);
  Gradient gradient[slope_count];  // by Slope
  /// y = scale x where x > 0, else scale alpha (e^x - 1); and its gradient, `scale` at 0.
  void (*elu)(double scale, double alpha, const T* x, T* y, Index n);
  void (*elu_gradient)(double scale, double alpha, const T* dy, const T* x, T* dx, Index n);
};

struct FunctionTables {
  Functions<float> of_float;
  Functions<double> of_double;
};

const FunctionTables& function_tables(sse2::Set);
const FunctionTables& function_tables(avx2::Set);
const FunctionTables& function_tables(avx512::Set);

/// The kernels for this CPU.
template <class T>
const Functions<T>& functions() {
  static const FunctionTables& chosen =
      for_this_cpu([](auto set) -> const FunctionTables& { return function_tables(set); });
  if constexpr (std::is_same_v<T, float>)
    return chosen.of_float;
  else
    return chosen.of_double;
}

}  // namespace reel::kernels
