#include <reel/optim/schedules/schedules.h>

#include <string>
#include <vector>

#include <reel/core/runtime/joined.h>
#include <reel/layers/base/naming.h>
#include <reel/optim/optimizer_fields.h>

namespace reel {
namespace schedules {
namespace {

struct Known {
  std::string name;
  LearningRate (*make)(const Config& config);
};

template <class... S>
std::vector<Known> all() {
  return {{detail::class_name(typeid(S)),
           [](const Config& config) { return LearningRate(S::from_config(config)); }}...};
}

const std::vector<Known>& table() {
  static const auto& known = *new const std::vector<Known>(
      all<Constant, ExponentialDecay, InverseTimeDecay, PolynomialDecay, PiecewiseConstantDecay,
          CosineDecay, CosineDecayRestarts, LinearCosineDecay, NoisyLinearCosineDecay, WarmUp,
          OneCycle>());
  return known;
}

}  // namespace

LearningRate deserialize(const Config& config) {
  detail::ConfigReader reader(config, "schedule");
  const auto name = reader.take<std::string>("class_name");
  reader.know("config");
  reader.finish();
  const ConfigValue* entries = config.find("config");
  if (entries && !entries->get<Config>()) reader.refuse("config", "an object");
  std::vector<std::string> names;
  for (const Known& known : table()) {
    if (known.name == name) return known.make(entries ? *entries->get<Config>() : Config());
    names.push_back(known.name);
  }
  throw ValueError("Unknown schedule: '{}'; known are {}", name, detail::joined(names));
}

}  // namespace schedules

ConfigValue detail::ConfigTraits<LearningRate>::to(const LearningRate& rate) {
  ConfigValue value = rate.serialize();
  if (value.is_none())
    throw ValueError("a learning rate must be a number or a schedule in a config; got a function");
  return value;
}

LearningRate detail::ConfigTraits<LearningRate>::from(const ConfigEntry& entry) {
  if (const auto* schedule = entry.value.get<Config>()) return schedules::deserialize(*schedule);
  if (!entry.value.get<double>() && !entry.value.get<Index>())
    entry.refuse("a number or a schedule");
  return ConfigTraits<double>::from(entry);
}

}  // namespace reel
