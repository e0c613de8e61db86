#include <reel/layers/functions/lookup.h>

#include <fmt/format.h>

namespace reel::detail {

void throw_unknown(const char* kind, const std::string& where, const std::string& name,
                   const std::vector<const char*>& known) {
  throw ValueError("{}: Unknown {}: '{}'; known are {}; a function can be given instead", where,
                   kind, name, fmt::join(known, ", "));
}

}  // namespace reel::detail
