// A residual net: blocks that add to their input, as a layer of one's own.
//
// y = relu(x + f(x)). Where f gives 0 the block hands x on, so a deep net is never worse than a
// shallow one inside it, and gradients have a short way back. Here the same depth is trained with
// and without the additions; the layer norm of the last gradients of the first kernel shows why.
// Source: He et al., "Deep residual learning for image recognition" (2016).
// Read before: layers/base/layer.h. Read next: 12_cifar10.cpp.
#include <fmt/core.h>

#include <cstdlib>

#include <reel/reel.h>

#include "small_example.h"

using namespace reel;

namespace {

constexpr const char* help =
    "residual: trains a net of nine convolutions with and without the shortcuts of a residual\n"
    "net, and shows what they do for the gradients.\n";

struct Block : Layer {
  explicit Block(bool is_residual) : is_residual(is_residual) {}
  const bool is_residual;
  Conv2D& first =
      child<Conv2D>({.filters = 8, .kernel_size = 3, .padding = "same", .activation = "relu"});
  Conv2D& second = child<Conv2D>({.filters = 8, .kernel_size = 3, .padding = "same"});

  Tensor call(const Tensor& x, const Call& call) override {
    const Tensor f = second(first(x, call), call);
    return relu(is_residual ? x + f : f);
  }
};

struct Net : Layer {
  explicit Net(bool is_residual) {
    for (int i = 0; i < 4; ++i) blocks.push_back(&child<Block>(is_residual));
  }
  Conv2D& stem =
      child<Conv2D>({.filters = 8, .kernel_size = 3, .strides = 2, .activation = "relu"});
  std::vector<Block*> blocks;
  Dense& head = child<Dense>({.units = 10});

  Tensor call(const Tensor& x, const Call& call) override {
    Tensor y = stem(x, call);
    for (Block* block : blocks) y = (*block)(y, call);
    return head(mean(y, {1, 2}), call);
  }
};

Tensor loss(const Tensor& y, const Batch& batch) { return softmax_cross_entropy(y, batch.labels); }

double trained(bool is_residual) {
  set_seed(1);
  const auto [train, test] = drawn_shapes({.train = 1600, .test = 500});
  Net net(is_residual);
  const Batch batch = train.gather({0, 1, 2, 3, 4, 5, 6, 7, 8, 9});
  Tape tape;
  const Tensor first_loss = loss(net(batch.images, {.training = true}), batch);
  const double gradient =
      l2_norm(std::move(tape).gradient(first_loss, net.trainable_variables())[0].gradient).item();

  Loader loader(train, {.size = 32, .shuffle = true, .seed = 1});
  Adam adam({.learning_rate = 0.003});
  Accuracy accuracy;
  fit(net, loader, adam, {.loss = loss, .epochs = 6, .metrics = {&accuracy}});
  const double right = figure(evaluate(net, test, {.metrics = {&accuracy}}), "accuracy");
  fmt::print("{:9} shortcuts: first gradient of the first kernel {:.1e}, test accuracy {:.3f}\n",
             is_residual ? "with" : "without", gradient, right);
  return right;
}

}  // namespace

int main(int argc, char** argv) {
  const SmallExample example(argc, argv, help);
  if (example.status) return *example.status;
  const double without = trained(false), with = trained(true);
  return with > without + 0.05 ? EXIT_SUCCESS : EXIT_FAILURE;
}
