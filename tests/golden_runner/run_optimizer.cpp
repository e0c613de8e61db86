// Ten steps of an optimizer on the loss sum over v of a d^2 / 2 + q d^4 / 4, d = v - c.

#include <reel/core/ops.h>
#include <reel/optim/sgd.h>

#include <memory>
#include <optional>

#include "operation.h"

namespace golden {
namespace {

using reel::Tensor;
using reel::Variable;

std::optional<double> optional_number(const Json& config, const char* key) {
  return config.contains(key) ? std::optional(config.at(key).get<double>()) : std::nullopt;
}

std::unique_ptr<reel::Optimizer> optimizer_from(const Json& config) {
  const std::string name = config.at("optimizer");
  if (name != "sgd") throw Skipped{fmt::format("{} does not exist yet", name)};
  return std::make_unique<reel::SGD>(
      reel::SGDOptions{.learning_rate = config.at("learning_rate").get<double>(),
                       .momentum = config.value("momentum", 0.0),
                       .nesterov = config.value("nesterov", false),
                       .clipnorm = optional_number(config, "clipnorm"),
                       .clipvalue = optional_number(config, "clipvalue"),
                       .global_clipnorm = optional_number(config, "global_clipnorm"),
                       .decay = config.value("decay", 0.0)});
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

// The weights and slots as they are now; a slot that no step has made yet is zero.
void remember(const Problem& p, const reel::Optimizer& optimizer,
              const std::vector<Variable>& variables, History& history) {
  const auto slots = p.config().at("slots").get<std::vector<std::string>>();
  for (const Variable& v : variables) {
    history[v.name() + "_w"].push_back(v.value());
    for (const std::string& slot : slots)
      history[v.name() + "_" + slot].push_back(optimizer.iterations() == 0
                                                   ? zeros(v.shape(), v.dtype())
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
