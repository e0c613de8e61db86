// A variable as text: its value and its name, which stands behind so that columns stay columns.
//
// The value is the stored one: printing is no read, so it leaves no node on a tape.
// Read before: variable.h, tensor_text.cpp. Read next: nan_check.cpp.
#include <reel/core/variable.h>

#include <fmt/format.h>

#include <ostream>

namespace reel {

std::string Variable::str() const {
  return defined() ? fmt::format("{} '{}'", stored(), name()) : "Variable(undefined)";
}

std::ostream& operator<<(std::ostream& out, const Variable& variable) {
  return out << variable.str();
}

}  // namespace reel
