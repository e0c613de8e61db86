#include <reel/optim/run/config_difference.h>

namespace reel::detail {
namespace {

std::string difference(const std::string& path, const ConfigValue* there, const ConfigValue* here);

std::string difference(const std::string& path, const Config& there, const Config& here) {
  const auto inside = [&](const std::string& name) {
    return path.empty() ? name : path + "." + name;
  };
  for (const auto& [name, value] : there.entries())
    if (name != "name")
      if (std::string found = difference(inside(name), &value, here.find(name)); !found.empty())
        return found;
  for (const auto& [name, value] : here.entries())
    if (name != "name" && !there.contains(name)) return difference(inside(name), nullptr, &value);
  return {};
}

// As it stands in a config of one entry: `{"x": 0.5}` without what surrounds it.
std::string text(const ConfigValue* value) {
  if (!value) return "nothing";
  const std::string json = Config{{"x", *value}}.json();
  const std::size_t begin = json.find(':') + 1;
  return json.substr(begin, json.size() - 1 - begin);
}

std::string difference(const std::string& path, const ConfigValue* there, const ConfigValue* here) {
  if (there && here) {
    if (*there == *here) return {};
    if (there->get<Config>() && here->get<Config>())
      return difference(path, *there->get<Config>(), *here->get<Config>());
    const auto* a = there->get<ConfigValue::List>();
    const auto* b = here->get<ConfigValue::List>();
    if (a && b && a->size() == b->size()) {
      for (std::size_t i = 0; i < a->size(); ++i)
        if (std::string found = difference(fmt::format("{}[{}]", path, i), &(*a)[i], &(*b)[i]);
            !found.empty())
          return found;
      return {};
    }
    if (a && b) return fmt::format("{} must have {} entries; got {}", path, a->size(), b->size());
  }
  return fmt::format("{} must be {}; got {}", path, text(there), text(here));
}

}  // namespace

std::string config_difference(const Config& there, const Config& here) {
  return difference("", there, here);
}

void check_same_config(const char* what, const SavedState& there, const SavedState& here) {
  if (!there.texts.contains("config") || !here.texts.contains("config")) return;
  const std::string found = config_difference(Config::from_json(there.text("config")),
                                              Config::from_json(here.text("config")));
  if (!found.empty()) throw ValueError("the {} must be that of the checkpoint: {}", what, found);
}

}  // namespace reel::detail
