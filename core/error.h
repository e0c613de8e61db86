// The exceptions of the library.
//
// Everything that can go wrong because of what a caller did is one of four classes under `Error`,
// named as in Python. Invariant: an error is thrown before any state changes, unless a docstring
// says what has; a user's function that throws may come later. A message reads "op or path: what
// must hold; what was given[; what to do]", and tests compare whole ones. Constructors take a
// format string and its arguments, checked at compile time. What was given may be a name of
// megabytes from a file: only the ends of a long message are kept. Read next: dtype.h, shape.h.
#pragma once

#include <fmt/core.h>

#include <cmath>
#include <stdexcept>
#include <string>
#include <utility>

#include <reel/core/runtime/language.h>

namespace reel {

namespace detail {
/// The text, without its middle when it has more than 4,096 bytes. (runtime/shortened.cpp)
std::string shortened(std::string text);
}  // namespace detail

/// What every exception of reel derives from.
class Error : public std::runtime_error {
 public:
  template <class... Args>
  explicit Error(fmt::format_string<Args...> message, Args&&... args)
      : std::runtime_error(detail::shortened(fmt::format(message, std::forward<Args>(args)...))) {}
};

/// An argument's value is out of its domain: a size, a shape, a name, a number.
class ValueError : public Error {
 public:
  using Error::Error;
};

/// An argument is of the wrong kind: mixed dtypes, an unknown option.
class TypeError : public Error {
 public:
  using Error::Error;
};

/// The right call at the wrong moment: a gradient without a tape, a layer that is not built.
class RuntimeError : public Error {
 public:
  using Error::Error;
};

/// A file that cannot be read, written or believed.
class IoError : public Error {
 public:
  using Error::Error;
};

namespace detail {

/// ValueError when a parameter of `op` is NaN or infinite.
inline void check_finite(const char* op, const char* parameter, double value) {
  if (!std::isfinite(value))
    throw ValueError("{}: {} must be finite; got {}", op, parameter, value);
}

}  // namespace detail

}  // namespace reel
