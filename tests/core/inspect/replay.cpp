// The table of replays as a whole, and how attributes are read.
//
// Read before: replay.h. Read next: replay_elementwise.cpp.
#include "replay.h"

using namespace reel;

namespace replay {

Replays replays() {
  Replays table;
  add_elementwise(table);
  add_reductions(table);
  add_shape_ops(table);
  add_windows(table);
  add_normalizations_and_losses(table);
  return table;
}

double number(const Config& given, const char* name) {
  const ConfigValue& value = given[name];
  if (const Index* whole = value.get<Index>()) return static_cast<double>(*whole);
  if (const std::string* name_of_number = value.get<std::string>())
    return std::stod(*name_of_number);
  return as<double>(value, name);
}
Index integer(const Config& given, const char* name) { return as<Index>(given[name], name); }
bool flag(const Config& given, const char* name) { return as<bool>(given[name], name); }
std::string text(const Config& given, const char* name) {
  return as<std::string>(given[name], name);
}
std::vector<Index> integers(const Config& given, const char* name) {
  std::vector<Index> list;
  for (const ConfigValue& item : as<ConfigValue::List>(given[name], name))
    list.push_back(as<Index>(item, name));
  return list;
}
std::vector<std::int32_t> positions(const Config& given, const char* name) {
  const std::vector<Index> wide = integers(given, name);
  return {wide.begin(), wide.end()};
}
Shape shape(const Config& given, const char* name) {
  const std::vector<Index> extents = integers(given, name);
  return Shape(std::span<const Index>(extents));
}
int axis_of(const Config& given) { return static_cast<int>(integer(given, "axis")); }

}  // namespace replay
