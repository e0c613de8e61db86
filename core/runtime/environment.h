// What the environment variables of reel say.
//
// Small and capital letters are the same, and a value that means nothing is never taken for
// another: whoever writes `REEL_CHECK_NUMERICS=yes` gets what he asked for, or an error.
#pragma once

#include <string>

namespace reel::detail {

/// The value in small letters; empty when the variable is not set.
std::string environment(const char* name);

/// Whether it is on: 1, on, true, yes; or 0, off, false, no; or `otherwise`, when it is not set or
/// empty. ValueError for anything else.
bool environment_flag(const char* name, bool otherwise);

}  // namespace reel::detail
