// The two element types of a tensor, known at run time.
//
// Kernels are templates on float and double; `dispatch` is the one place where the run-time dtype
// becomes a C++ type. There is no promotion anywhere: mixing dtypes is a TypeError that names both.
// Read before: error.h. Read next: shape.h.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <type_traits>
#include <utility>

#include <reel/core/runtime/named_enum.h>

namespace reel {

/// Sizes and positions, everywhere.
using Index = std::int64_t;

enum class DType : std::uint8_t { float32, float64 };

using enum DType;

/// "float32" or "float64".
constexpr std::string_view name_of(DType dtype) {
  return dtype == DType::float32 ? "float32" : "float64";
}

/// Bytes an element takes.
constexpr std::size_t size_of(DType dtype) { return dtype == DType::float32 ? 4 : 8; }

/// The dtype of a C++ element type.
template <class T>
constexpr DType dtype_of() {
  static_assert(std::is_same_v<T, float> || std::is_same_v<T, double>,
                "a tensor holds float or double");
  return std::is_same_v<T, float> ? DType::float32 : DType::float64;
}

/// Calls `f` with a zero of the C++ type that `dtype` stands for:
/// `dispatch(x.dtype(), [&](auto zero) { using T = decltype(zero); ... });`
template <class F>
decltype(auto) dispatch(DType dtype, F&& f) {
  return dtype == DType::float32 ? std::forward<F>(f)(0.0f) : std::forward<F>(f)(0.0);
}

}  // namespace reel
