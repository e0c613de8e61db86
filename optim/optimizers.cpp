#include <reel/optim/optimizers.h>

#include <algorithm>
#include <vector>

#include <reel/core/runtime/joined.h>
#include <reel/layers/base/config_reader.h>
#include <reel/layers/base/naming.h>

namespace reel::optimizers {
namespace {

struct Known {
  std::string name;
  std::unique_ptr<Optimizer> (*make)(const Config& config);
};

template <class... O>
std::vector<Known> all() {
  return {{detail::class_name(typeid(O)), [](const Config& config) -> std::unique_ptr<Optimizer> {
             return std::unique_ptr<Optimizer>(new O(O::from_config(config)));  // in place
           }}...};
}

const std::vector<Known>& table() {
  static const auto& known = *new const std::vector<Known>(
      all<SGD, Adam, AdamW, RMSprop, Adagrad, Adadelta, Adamax, Nadam, Ftrl>());
  return known;
}

bool same_letters(const std::string& a, const std::string& b) {
  const auto small = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [&](char x, char y) { return small(x) == small(y); });
}

std::unique_ptr<Optimizer> make(const std::string& name, const Config& config) {
  std::vector<std::string> names;
  for (const Known& known : table()) {
    if (same_letters(known.name, name)) return known.make(config);
    names.push_back(known.name);
  }
  throw ValueError("Unknown optimizer: '{}'; known are {}", name, detail::joined(names));
}

}  // namespace

std::unique_ptr<Optimizer> get(const std::string& name) { return make(name, {}); }

Config serialize(const Optimizer& optimizer) {
  return {{"class_name", detail::class_name(typeid(optimizer))},
          {"config", optimizer.get_config()}};
}

std::unique_ptr<Optimizer> deserialize(const Config& config) {
  detail::ConfigReader reader(config, "optimizer");
  const auto name = reader.take<std::string>("class_name");
  reader.know("config");
  reader.finish();
  const ConfigValue* entries = config.find("config");
  if (entries && !entries->get<Config>()) reader.refuse("config", "an object");
  return make(name, entries ? *entries->get<Config>() : Config());
}

}  // namespace reel::optimizers
