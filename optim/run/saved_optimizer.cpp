#include <reel/optim/run/saved_optimizer.h>

#include <map>
#include <string>
#include <utility>

#include <reel/core/error.h>
#include <reel/layers/base/naming.h>
#include <reel/layers/base/saved_weights.h>
#include <reel/optim/run/config_difference.h>
#include <reel/optim/schedules/schedules.h>

namespace reel::detail {
namespace {

constexpr const char* rate_name = "learning_rate";

// Slots and numbers, by their names in a checkpoint.
std::map<std::string, Variable> kept_by(const Optimizer& optimizer, const Layer& net) {
  std::map<std::string, Variable> kept;
  const std::vector<std::string> kinds = optimizer.get_slot_names();
  for (const auto& [name, variable] : named_variables(net))
    for (const std::string& kind : kinds)
      if (optimizer.has_slot(variable, kind))
        kept.emplace("slots/" + name + "/" + kind, optimizer.get_slot(variable, kind));
  for (const Variable& number : optimizer.numbers())
    kept.emplace("numbers/" + number.name().substr(optimizer.name().size() + 1), number);
  return kept;
}

// All options but the rate; nothing where functions of the program's are among them.
std::string options_text(const Optimizer& optimizer) {
  try {
    const Config all = optimizer.get_config();
    Config options;
    for (const auto& [name, value] : all.entries())
      if (name != rate_name) options.set(name, value);
    return options.json();
  } catch (const ValueError&) {
    return {};
  }
}

LearningRate rate_of(const ConfigValue& value) {
  if (value.get<Config>()) return schedules::deserialize(*value.get<Config>());
  const double* number = value.get<double>();
  const Index* whole = value.get<Index>();
  const double rate = number ? *number : whole ? static_cast<double>(*whole) : -1;
  if (!(rate >= 0))
    throw ValueError("optimizer/learning_rate: must be a number >= 0 or a schedule; got {}",
                     Config{{rate_name, value}}.json());
  return rate;
}

}  // namespace

SavedState optimizer_state(const Optimizer& optimizer, const Layer& net) {
  SavedState state;
  state.texts["class"] = class_name(typeid(optimizer));
  if (const std::string options = options_text(optimizer); !options.empty())
    state.texts["config"] = options;
  if (const ConfigValue rate = optimizer.rate().serialize(); !rate.is_none())
    state.texts[rate_name] = Config{{rate_name, rate}}.json();
  state.set("iterations", optimizer.iterations());
  for (const auto& [name, variable] : kept_by(optimizer, net))
    state.tensors[name] = variable.stored();
  return state;
}

void check_optimizer(const SavedState& saved, const Optimizer& optimizer, const Layer& net) {
  const SavedState here = optimizer_state(optimizer, net);
  if (saved.text("class") != here.text("class"))
    throw ValueError("the optimizer must be that of the checkpoint, {}; got {}",
                     saved.text("class"), here.text("class"));
  check_same_config("optimizer", saved, here);
}

void match_slots(const SavedState& saved, Optimizer& optimizer, const Layer& net,
                 std::vector<Variable>& variables, std::vector<Tensor>& values) {
  std::vector<Variable> with_slots;
  for (const auto& [name, variable] : named_variables(net)) {
    const std::string path = "slots/" + name + "/";
    const auto first = saved.tensors.lower_bound(path);
    if (first != saved.tensors.end() && first->first.starts_with(path))
      with_slots.push_back(variable);
  }
  optimizer.build(with_slots);
  const std::map<std::string, Variable> kept = kept_by(optimizer, net);
  for (const auto& [name, value] : saved.tensors) {
    const auto found = kept.find(name);
    if (found == kept.end())
      throw ValueError("the optimizer must keep {}, as in the checkpoint; it does not", name);
    variables.push_back(found->second);
    values.push_back(value);
  }
}

SavedSteps steps_in(const SavedState& saved) {
  SavedSteps steps{saved.index("iterations"), {}};
  if (steps.iterations < 0)
    throw ValueError("optimizer/iterations: must be >= 0; got {}", steps.iterations);
  if (const auto found = saved.texts.find(rate_name); found != saved.texts.end())
    steps.rate = rate_of(Config::from_json(found->second)[rate_name]);
  return steps;
}

void restore_steps(const SavedSteps& steps, Optimizer& optimizer) {
  if (steps.rate && !(steps.rate->serialize() == optimizer.rate().serialize()))
    optimizer.set_learning_rate(*steps.rate);
  optimizer.set_iterations(steps.iterations);
}

}  // namespace reel::detail
