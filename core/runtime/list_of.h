// ListOf: what a function takes that takes several values, a vector, an array, a span or braces.
//
// `concat({a, b}, 1)` must compile, and before C++26 no std::span can be made from braces. It holds
// nothing, as a span does, and what stands between braces is gone after the call: so it is the type
// of a parameter, never of a member or a variable. Read next: shape_ops.h.
#pragma once

#include <initializer_list>
#include <span>

#include <reel/core/runtime/language.h>

namespace reel {

template <class T>
class ListOf : public std::span<const T> {
 public:
  using std::span<const T>::span;
  ListOf(std::span<const T> values) : std::span<const T>(values) {}
  ListOf(std::initializer_list<T> values) : std::span<const T>(values.begin(), values.size()) {}
};

}  // namespace reel
