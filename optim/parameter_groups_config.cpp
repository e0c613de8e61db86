// Groups of variables in the config of an optimizer: a list, an entry a group.
//
// Read before: parameter_groups.h, optimizer_fields.h.
#include <reel/optim/optimizer_fields.h>

namespace reel::detail {
namespace {

void visit_fields(ParameterGroup& group, auto& field) {
  field("where", group.where);
  field("learning_rate_factor", group.learning_rate_factor);
  field("weight_decay", group.weight_decay);
  field("clipnorm", group.clipnorm);
  field("clipvalue", group.clipvalue);
  field("global_clipnorm", group.global_clipnorm);
}

}  // namespace

ConfigValue groups_config(const std::string& optimizer, const std::vector<ParameterGroup>& groups) {
  ConfigValue::List list;
  for (ParameterGroup group : groups) {
    ConfigWriter writer(fmt::format("{}: group {}", optimizer, list.size()));
    visit_fields(group, writer);
    list.emplace_back(std::move(writer.config));
  }
  return list;
}

std::vector<ParameterGroup> ConfigTraits<std::vector<ParameterGroup>>::from(
    const ConfigEntry& entry) {
  const auto* list = entry.value.get<ConfigValue::List>();
  if (!list) entry.refuse("a list of groups");
  std::vector<ParameterGroup> groups;
  for (const ConfigValue& item : *list) {
    if (!item.get<Config>()) entry.refuse("a list of groups");
    ConfigReader reader(*item.get<Config>(), fmt::format("group {}", groups.size()));
    visit_fields(groups.emplace_back(), reader);
    reader.finish();
  }
  return groups;
}

}  // namespace reel::detail
