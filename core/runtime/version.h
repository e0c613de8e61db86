// The version of the library that runs, as against the one that was compiled with.
#pragma once

#include <string_view>

namespace reel {

/// "major.minor.patch".
std::string_view version();

}  // namespace reel
