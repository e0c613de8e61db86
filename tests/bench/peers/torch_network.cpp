// libtorch's side of the race of networks: a call, or a training step.
//
// Format "plain": images as (N, C, H, W); "last": in libtorch's channels_last memory format.
// Padding is alike on both sides, as its users have it. Read before: network_plan.h, contestant.h.
#include <ATen/Parallel.h>
#include <torch/torch.h>

#include "../contestant.h"
#include "../network_plan.h"

namespace {

namespace nn = torch::nn;

/// Makes modules of steps; knows the shape that the next one meets.
class Builder {
 public:
  explicit Builder(const std::vector<std::int64_t>& input)
      : channels_(input.back()), side_(input.size() == 3 ? input[0] : 1) {}

  void add(nn::Sequential& chain, const NetworkStep& step) {
    const auto& n = step.numbers;
    const std::string& name = step.name;
    if (name == "conv") {
      convolution(chain, n[0], n[1], n[2], 1, true);
    } else if (name == "convnorm") {
      convolution(chain, n[0], n[1], n[2], 1, false);
    } else if (name == "sepnorm") {
      convolution(chain, channels_, n[1], n[2], channels_, false);
      convolution(chain, n[0], 1, 1, 1, false);
    } else if (name == "dwnorm") {
      convolution(chain, channels_, n[0], n[1], channels_, false);
    } else if (name == "dense") {
      chain->push_back(nn::Linear(channels_, n[0]));
      channels_ = n[0];
    } else if (name == "pool") {
      chain->push_back(
          nn::MaxPool2d(nn::MaxPool2dOptions(n[0]).stride(n[1]).padding((n[0] - 1) / 2)));
      side_ = (side_ + n[1] - 1) / n[1];
    } else if (name == "mean") {
      chain->push_back(nn::AdaptiveAvgPool2d(1));
      chain->push_back(nn::Flatten());
    } else if (name == "up") {
      const std::vector<double> twice{2, 2};
      chain->push_back(nn::Upsample(nn::UpsampleOptions().scale_factor(twice)));
      side_ *= 2;
    } else if (name == "flatten") {
      chain->push_back(nn::Flatten());
      channels_ *= side_ * side_;
    } else if (name != "act") {
      throw std::invalid_argument("no step of a network: " + name);
    }
    if (name.size() > 4 && name.substr(name.size() - 4) == "norm")
      chain->push_back(nn::BatchNorm2d(nn::BatchNorm2dOptions(channels_).eps(1e-3).momentum(0.01)));
    if (step.activation == "relu") chain->push_back(nn::ReLU());
    if (step.activation == "tanh") chain->push_back(nn::Tanh());
    if (step.activation == "sigmoid") chain->push_back(nn::Sigmoid());
  }

  std::pair<std::int64_t, std::int64_t> shape() const { return {channels_, side_}; }
  void set_shape(std::pair<std::int64_t, std::int64_t> shape) {
    std::tie(channels_, side_) = shape;
  }

 private:
  void convolution(nn::Sequential& chain, std::int64_t filters, std::int64_t kernel,
                   std::int64_t stride, std::int64_t groups, bool bias) {
    chain->push_back(nn::Conv2d(nn::Conv2dOptions(channels_, filters, kernel)
                                    .stride(stride)
                                    .padding((kernel - 1) / 2)
                                    .groups(groups)
                                    .bias(bias)));
    channels_ = filters;
    side_ = (side_ + stride - 1) / stride;
  }

  std::int64_t channels_, side_;
};

struct Net : nn::Module {
  explicit Net(const NetworkWorkload& w) {
    Builder builder(w.input);
    std::vector<std::pair<std::int64_t, std::int64_t>> kept;
    const auto new_chain = [&](const std::string& name) {
      const std::string unique = name + std::to_string(stages.size());
      stages.push_back({name, register_module(unique, nn::Sequential())});
    };
    for (const NetworkStep& step : parse_steps(w.steps)) {
      if (step.name == "save") {
        stages.push_back({"save", nullptr});
        kept.push_back(builder.shape());
      } else if (step.name == "add" || step.name == "concat") {
        stages.push_back({step.name, nullptr});
        const auto [channels, side] = builder.shape();
        if (step.name == "concat") builder.set_shape({channels + kept.back().first, side});
        kept.pop_back();
      } else if (step.name == "shortcut") {
        const auto shape = builder.shape();
        builder.set_shape(kept.back());
        new_chain("shortcut");
        builder.add(stages.back().chain,
                    {"convnorm", "none", {step.numbers[0], 1, step.numbers[1]}});
        builder.set_shape(shape);
      } else {
        if (stages.empty() || stages.back().name != "run") new_chain("run");
        builder.add(stages.back().chain, step);
      }
    }
  }
  torch::Tensor forward(torch::Tensor x) {
    std::vector<torch::Tensor> kept;
    for (Stage& stage : stages) {
      if (stage.name == "run") {
        x = stage.chain->forward(x);
      } else if (stage.name == "save") {
        kept.push_back(x);
      } else if (stage.name == "shortcut") {
        kept.back() = stage.chain->forward(kept.back());
      } else {
        x = stage.name == "add" ? kept.back() + x : torch::cat({kept.back(), x}, 1);
        kept.pop_back();
      }
    }
    return x;
  }

  struct Stage {
    std::string name;
    nn::Sequential chain;
  };
  std::vector<Stage> stages;
};

std::function<void()> torch_work(const NetworkWorkload& w) {
  at::set_num_threads(w.threads);
  torch::manual_seed(1);
  const auto net = std::make_shared<Net>(w);
  std::vector<std::int64_t> shape{w.batch, w.input.back()};
  if (w.input.size() == 3) shape.insert(shape.end(), {w.input[0], w.input[1]});
  auto x = torch::rand(shape) * 2 - 1;
  if (w.format == "last") {
    if (w.input.size() != 3) throw std::runtime_error("no images, no channels to be last");
    x = x.contiguous(at::MemoryFormat::ChannelsLast);
    for (auto& parameter : net->parameters())
      if (parameter.dim() == 4)
        parameter.set_data(parameter.data().contiguous(at::MemoryFormat::ChannelsLast));
  }
  if (!w.training) {
    net->eval();
    return [=] {
      const torch::InferenceMode no_record;
      net->forward(x);
    };
  }
  const auto y = net->forward(x);
  const auto labels = torch::arange(w.batch).remainder(y.size(1));
  const auto targets =
      w.loss == "binary" ? (torch::rand_like(y) > 0.5).to(torch::kFloat) : torch::rand_like(y);
  const auto sgd = std::make_shared<torch::optim::SGD>(net->parameters(), 1e-4);
  return [=] {
    sgd->zero_grad();
    const auto made = net->forward(x);
    const auto loss = w.loss == "classes" ? nn::functional::cross_entropy(made, labels)
                      : w.loss == "squares"
                          ? nn::functional::mse_loss(made, targets)
                          : torch::binary_cross_entropy_with_logits(made, targets);
    loss.backward();
    sgd->step();
  };
}

}  // namespace

int main(int argc, char** argv) {
  return contestant_main(argv[0], [&] { return torch_work(network_from_arguments(argc, argv)); });
}
