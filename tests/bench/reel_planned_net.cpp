// How a step of a plan becomes layers, as a user writes them. Read before: reel_planned_net.h.
#include "reel_planned_net.h"

using namespace reel;

namespace {

void add_norm(Sequential& chain, const std::string& activation) {
  chain.add<BatchNormalization>();
  if (activation != "none") chain.add<layers::Activation>({.activation = activation.c_str()});
}

void add_step(Sequential& chain, const NetworkStep& step) {
  const auto number = [&](std::size_t i) { return static_cast<int>(step.numbers.at(i)); };
  const std::string& name = step.name;
  const Activation activation =
      step.activation == "none" ? Activation() : Activation(step.activation.c_str());
  if (name == "conv") {
    chain.add<Conv2D>({.filters = number(0),
                       .kernel_size = number(1),
                       .strides = number(2),
                       .padding = "same",
                       .activation = activation});
  } else if (name == "convnorm") {
    chain.add<Conv2D>({.filters = number(0),
                       .kernel_size = number(1),
                       .strides = number(2),
                       .padding = "same",
                       .use_bias = false});
    add_norm(chain, step.activation);
  } else if (name == "sepnorm") {
    chain.add<SeparableConv2D>({.filters = number(0),
                                .kernel_size = number(1),
                                .strides = number(2),
                                .padding = "same",
                                .use_bias = false});
    add_norm(chain, step.activation);
  } else if (name == "dwnorm") {
    chain.add<DepthwiseConv2D>(
        {.kernel_size = number(0), .strides = number(1), .padding = "same", .use_bias = false});
    add_norm(chain, step.activation);
  } else if (name == "dense") {
    chain.add<Dense>({.units = number(0), .activation = activation});
  } else if (name == "pool") {
    chain.add<MaxPooling2D>({.pool_size = number(0), .strides = number(1), .padding = "same"});
  } else if (name == "mean") {
    chain.add<GlobalAveragePooling2D>();
  } else if (name == "up") {
    chain.add<UpSampling2D>();
  } else if (name == "flatten") {
    chain.add<Flatten>();
  } else if (name == "act") {
    chain.add<layers::Activation>({.activation = activation});
  } else {
    throw std::invalid_argument("no step of a network: " + name);
  }
}

}  // namespace

PlannedNet::PlannedNet(const std::string& text) {
  for (const NetworkStep& step : parse_steps(text)) {
    if (step.name == "save" || step.name == "add" || step.name == "concat") {
      stages_.push_back({step.name});
    } else if (step.name == "shortcut") {
      stages_.push_back({step.name, &child<Sequential>("shortcut")});
      add_step(*stages_.back().chain,
               {"convnorm", "none", {step.numbers.at(0), 1, step.numbers.at(1)}});
    } else {
      if (stages_.empty() || stages_.back().name != "run")
        stages_.push_back({"run", &child<Sequential>("run")});
      add_step(*stages_.back().chain, step);
    }
  }
}

Tensor PlannedNet::call(const Tensor& input, const Call& call) {
  Tensor x = input;
  std::vector<Tensor> kept;
  for (const Stage& stage : stages_) {
    if (stage.name == "run") {
      x = (*stage.chain)(x, call);
    } else if (stage.name == "save") {
      kept.push_back(x);
    } else if (stage.name == "shortcut") {
      kept.back() = (*stage.chain)(kept.back(), call);
    } else {
      x = stage.name == "add" ? kept.back() + x : concat({kept.back(), x}, -1);
      kept.pop_back();
    }
  }
  return x;
}

void PlannedNet::fold() {
  for (Stage& stage : stages_) {
    if (!stage.chain) continue;
    folded_.push_back(fold_batch_normalization(*stage.chain));
    stage.chain = &share(*folded_.back());
  }
}
