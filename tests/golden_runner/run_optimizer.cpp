// Ten steps of an optimizer on the loss sum over v of a d^2 / 2 + q d^4 / 4, d = v - c.

#include <reel/core/ops.h>
#include <reel/optim/optimizers.h>
#include <reel/optim/tf1/tf1_optimizers.h>

#include <memory>
#include <optional>
#include <set>

#include "operation.h"

namespace golden {
namespace {

using reel::Tensor;
using reel::Variable;

// The reference's own config of the optimizer: what the case says and is no part of it is left out.
reel::Config config_of(const Json& config) {
  reel::Config result;
  for (const auto& [key, value] : config.items()) {
    if (std::set<std::string>{"optimizer", "steps", "slots"}.contains(key)) continue;
    if (value.is_boolean())
      result.set(key, value.get<bool>());
    else
      result.set(key, value.get<double>());
  }
  return result;
}

std::unique_ptr<reel::Optimizer> v1_optimizer_from(const std::string& name, const Json& config) {
  const auto number = [&](const char* key, double otherwise = 0) {
    return config.value(key, otherwise);
  };
  const double rate = number("learning_rate");
  using namespace reel::tf1;
  if (name == "v1_gradient_descent")
    return std::make_unique<GradientDescentOptimizer>(
        GradientDescentOptions{.learning_rate = rate});
  if (name == "v1_momentum")
    return std::make_unique<MomentumOptimizer>(
        MomentumOptions{.learning_rate = rate,
                        .momentum = number("momentum"),
                        .use_nesterov = config.at("nesterov").get<bool>()});
  if (name == "v1_adam")
    return std::make_unique<AdamOptimizer>(AdamOptimizerOptions{.learning_rate = rate,
                                                                .beta1 = number("beta_1"),
                                                                .beta2 = number("beta_2"),
                                                                .epsilon = number("epsilon")});
  if (name == "v1_rmsprop")
    return std::make_unique<RMSPropOptimizer>(
        RMSPropOptimizerOptions{.learning_rate = rate,
                                .decay = number("rho"),
                                .momentum = number("momentum"),
                                .epsilon = number("epsilon"),
                                .centered = config.at("centered").get<bool>()});
  if (name == "v1_adagrad")
    return std::make_unique<AdagradOptimizer>(AdagradOptimizerOptions{
        .learning_rate = rate, .initial_accumulator_value = number("initial_accumulator_value")});
  throw reel::ValueError("'{}' is not an optimizer that is known", name);
}

std::unique_ptr<reel::Optimizer> optimizer_from(const Json& config) {
  const std::string name = config.at("optimizer");
  if (name.starts_with("v1_")) return v1_optimizer_from(name, config);
  return reel::optimizers::deserialize({{"class_name", name}, {"config", config_of(config)}});
}

// What a slot holds before the first step makes it.
double first_value(const Json& config, const std::string& slot) {
  if (slot == "rms" && config.at("optimizer") == "v1_rmsprop") return 1;
  return slot == "accumulator" ? config.at("initial_accumulator_value").get<double>() : 0;
}

// The values of one quantity over the steps; together they are an output.
using History = std::map<std::string, std::vector<Tensor>>;

Tensor loss_of(const Problem& p, const std::vector<Variable>& variables) {
  Tensor loss(0.0, p.dtype());
  for (const Variable& v : variables) {
    const Tensor d = v - p[v.name() + "_c"], squares = square(d);
    loss = loss +
           sum(0.5 * p[v.name() + "_a"] * squares + 0.25 * p[v.name() + "_q"] * square(squares));
  }
  return loss;
}

// The weights and slots as they are now.
void remember(const Problem& p, const reel::Optimizer& optimizer,
              const std::vector<Variable>& variables, History& history) {
  const auto slots = p.config().at("slots").get<std::vector<std::string>>();
  for (const Variable& v : variables) {
    history[v.name() + "_w"].push_back(v.value());
    for (const std::string& slot : slots)
      history[v.name() + "_" + slot].push_back(
          optimizer.iterations() == 0 ? full(v.shape(), first_value(p.config(), slot), v.dtype())
                                      : optimizer.get_slot(v, slot).value());
  }
}

Results run(const Problem& p) {
  const auto optimizer = optimizer_from(p.config());
  const std::vector<Variable> variables = {Variable(p["v0"], {.name = "v0"}),
                                           Variable(p["v1"], {.name = "v1"})};
  History history;
  remember(p, *optimizer, variables, history);
  for (int step = 0; step < p.config().at("steps"); ++step) {
    const reel::Tape tape;
    const Tensor loss = loss_of(p, variables);
    const auto gradients = tape.gradient(loss, variables);
    history["loss"].push_back(loss);
    for (const auto& [variable, gradient] : gradients)
      history[variable.name() + "_grad"].push_back(gradient);
    optimizer->apply_gradients(gradients);
    remember(p, *optimizer, variables, history);
  }
  history["loss"].push_back(loss_of(p, variables));
  Results results;
  for (const auto& [name, values] : history) results.outputs[name] = reel::stack(values);
  return results;
}

}  // namespace

void add_optimizers(Operations& operations) {
  operations.emplace("optimizer", Operation{"optimizer", run});
}

}  // namespace golden
