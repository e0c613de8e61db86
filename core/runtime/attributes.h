// Attributes: what an op or an optimizer was given, as a Config that is made only when somebody
// asks.
//
// Two pointers that are good while the function lives, which is for the call that they are an
// argument of: making them costs nothing, and nobody copies what it captured.
// Read before: config.h. Read next: observer.h, record.h.
#pragma once

#include <reel/core/runtime/language.h>

namespace reel {

class Config;

namespace detail {

struct Attributes {
  const void* f = nullptr;
  Config (*of)(const void* f) = nullptr;  // null: nothing
};

/// What `f()` gives, a Config.
template <class F>
Attributes attributes_by(const F& f) {
  return {&f, [](const void* at) { return (*static_cast<const F*>(at))(); }};
}

}  // namespace detail
}  // namespace reel
