// The path of a layer or scope in front of an error's message: where in a model it went wrong.
//
// Errors pass through every layer that encloses the one at fault, and only the innermost may put
// its path in front. So an error that has one says so by its type: it is also a `HasPath`, beside
// the class that callers catch. Invariant: a message carries one path, whoever throws it on. The
// price is a second type for each class of error, which nobody outside ever names. The engine
// itself throws errors without a path; layers add it (naming.h), and so does the NaN check.
// Read before: error.h. Read next: naming.h, nan_check.cpp.
#pragma once

#include <string>
#include <utility>

#include <reel/core/error.h>

namespace reel::detail {

// Marks an error that carries the path of a layer or scope.
struct HasPath {
  virtual ~HasPath() = default;
};

template <class E>
struct WithPath final : E, HasPath {
  WithPath(const std::string& path, const char* message) : E("{}: {}", path, message) {}
};

/// Throws an E "path: message" that no layer outside adds its path to.
template <class E, class... Args>
[[noreturn]] void throw_at(const std::string& path, fmt::format_string<Args...> message,
                           Args&&... args) {
  throw WithPath<E>(path, fmt::format(message, std::forward<Args>(args)...).c_str());
}

}  // namespace reel::detail
