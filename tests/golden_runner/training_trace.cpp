// Whole trainings: a network from its description, SGD, and constraints after each update.

#include <reel/core/ops.h>
#include <reel/layers/base/saved_weights.h>
#include <reel/layers/dense.h>
#include <reel/layers/flatten.h>
#include <reel/layers/functions/regularizers.h>
#include <reel/layers/pooling2d.h>
#include <reel/layers/separable_conv2d.h>
#include <reel/layers/sequential.h>
#include <reel/optim/sgd.h>

#include "case_window.h"
#include "operation.h"
#include "weight_function.h"

namespace golden {
namespace {

using reel::Tensor;
using reel::Variable;

reel::Constraint optional_constraint(const Json& layer, const char* key) {
  return layer.contains(key) ? constraint_from(layer.at(key)) : reel::Constraint();
}

reel::Regularizer optional_regularizer(const Json& layer, const char* key) {
  if (!layer.contains(key)) return {};
  return reel::l1_l2({.l1 = layer.at(key).at("l1"), .l2 = layer.at(key).at("l2")});
}

reel::SeparableConv2DOptions separable_options(const Json& layer) {
  return {.filters = layer.at("filters"),
          .kernel_size = pair_of(layer.at("kernel_size")),
          .strides = pair_of(layer.at("strides")),
          .padding = layer.at("padding").get<std::string>(),
          .data_format = layer.at("data_format").get<std::string>(),
          .depth_multiplier = layer.at("depth_multiplier"),
          .activation = layer.at("activation").get<std::string>(),
          .use_bias = layer.at("use_bias"),
          .depthwise_regularizer = optional_regularizer(layer, "depthwise_regularizer"),
          .pointwise_regularizer = optional_regularizer(layer, "pointwise_regularizer"),
          .bias_regularizer = optional_regularizer(layer, "bias_regularizer"),
          .depthwise_constraint = optional_constraint(layer, "depthwise_constraint"),
          .pointwise_constraint = optional_constraint(layer, "pointwise_constraint"),
          .bias_constraint = optional_constraint(layer, "bias_constraint"),
          .name = layer.at("name")};
}

void add_layer(reel::Sequential& net, const Json& layer) {
  const std::string type = layer.at("type");
  if (type == "separable_conv2d")
    net.add<reel::SeparableConv2D>(separable_options(layer));
  else if (type == "max_pooling2d")
    net.add<reel::MaxPooling2D>({.pool_size = pair_of(layer.at("pool_size")),
                                 .strides = pair_of(layer.at("strides")),
                                 .padding = layer.at("padding").get<std::string>()});
  else if (type == "flatten")
    net.add<reel::Flatten>();
  else if (type == "dense")
    net.add<reel::Dense>({.units = layer.at("units"),
                          .activation = layer.at("activation").get<std::string>(),
                          .use_bias = layer.at("use_bias"),
                          .name = layer.at("name")});
  else
    throw reel::RuntimeError("the layer must be one that is known; got '{}'", type);
}

// The network with its first weights, which the case gives by the names that ours have as well.
std::map<std::string, Variable> start(reel::Sequential& net, const Problem& p) {
  for (const Json& layer : p.config().at("layers")) add_layer(net, layer);
  net(p["x"]);
  std::map<std::string, Variable> variables;
  for (const auto& [name, variable] : named_variables(net)) {
    variable.assign(p[name]);
    variables[name] = variable;
  }
  return variables;
}

reel::SGD optimizer_of(const Problem& p) {
  const Json& config = p.config().at("optimizer");
  if (config.at("name") != "sgd")
    throw Skipped{fmt::format("{} does not exist yet", config.at("name").get<std::string>())};
  return reel::SGD({.learning_rate = config.at("learning_rate").get<double>(),
                    .momentum = config.at("momentum"),
                    .nesterov = config.at("nesterov")});
}

class Training {
 public:
  explicit Training(const Problem& p)
      : problem_(p), net_("net"), variables_(start(net_, p)), sgd_(optimizer_of(p)) {}

  Results run() {
    const auto kept = problem_.config().at("weights_after_steps").get<std::vector<int>>();
    const int steps = problem_.config().at("steps");
    for (int done = 0; done <= steps; ++done) {
      if (std::find(kept.begin(), kept.end(), done) != kept.end())
        for (const auto& [name, variable] : variables_)
          results_.outputs[fmt::format("step{}/{}", done, name)] = variable;
      step(done == 0, done == steps);
    }
    results_.outputs["loss_data"] = reel::stack(data_losses_);
    results_.outputs["loss_total"] = reel::stack(total_losses_);
    return std::move(results_);
  }

 private:
  // Losses at the present weights and, unless this is the last look at them, an update.
  void step(bool first, bool last) {
    const reel::Tape tape;
    const Tensor probabilities = net_(problem_["x"], {.training = true});
    const Tensor data = reel::categorical_crossentropy(probabilities, problem_["labels_one_hot"]);
    const Tensor total = data + net_.total_loss();
    data_losses_.push_back(data);
    total_losses_.push_back(total);
    if (first) {
      results_.outputs["probabilities_initial"] = probabilities;
      for (const auto& [name, variable] : variables_)
        results_.gradients[name] = tape.gradient(total, variable);
    }
    if (last)
      results_.outputs["probabilities_final"] = probabilities;
    else
      sgd_.apply_gradients(tape.gradient(total, net_.trainable_variables()));
  }

  const Problem& problem_;
  reel::Sequential net_;
  std::map<std::string, Variable> variables_;
  reel::SGD sgd_;
  std::vector<Tensor> data_losses_, total_losses_;
  Results results_;
};

}  // namespace

void add_training_traces(Operations& operations) {
  operations.emplace("training_trace", Operation{"layers and SGD", [](const Problem& p) {
                                                   return Training(p).run();
                                                 }});
}

}  // namespace golden
