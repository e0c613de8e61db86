// The version of the library that runs, as against the one that was compiled with: REEL_VERSION,
// and REEL_VERSION_MAJOR, _MINOR and _PATCH as numbers, in <reel/version.h>, which the build
// writes.
#pragma once

#include <string_view>

#include <reel/core/runtime/language.h>
#include <reel/version.h>

namespace reel {

/// "major.minor.patch".
std::string_view version();

}  // namespace reel
