#include <reel/core/runtime/version.h>

namespace reel {

std::string_view version() { return REEL_VERSION; }

}  // namespace reel
