// Fine-tuning: what a net has learnt about some figures serves to learn others from few examples.
//
// A trunk is trained on the first seven kinds of drawings, then frozen. Three further kinds come
// with twenty examples each. As the frozen trunk gives the same features in every epoch, they are
// computed once, and a small head learns on them in an instant. Beside it, the same net learns the
// three kinds from nothing.
// Read before: 12_cifar10.cpp. README shows the other way, a loop that freezes layers in one net.
#include <fmt/core.h>

#include <cstdlib>

#include <reel/reel.h>

#include "small_example.h"

using namespace reel;

namespace {

constexpr const char* help =
    "fine_tuning: trains a net on seven kinds of drawings, freezes it, and learns three others "
    "from\n"
    "twenty examples each.\n";

struct Trunk : Sequential {
  Trunk() : Sequential("trunk") {
    for (const Index filters : {16, 32, 64}) {
      add<SeparableConv2D>(
          {.filters = filters, .kernel_size = 3, .padding = "same", .use_bias = false});
      add<BatchNormalization>({.momentum = 0.9});
      add<layers::Activation>({.activation = "relu"});
      add<MaxPooling2D>({.pool_size = 2});
    }
    add<Flatten>();
  }
};

struct Whole : Layer {
  Trunk& trunk = child<Trunk>();
  Dense& head = child<Dense>({.units = 10});
  Tensor call(const Tensor& x, const Call& call) override { return head(trunk(x, call), call); }
};

Tensor loss(const Tensor& y, const Batch& batch) { return softmax_cross_entropy(y, batch.labels); }

void train(Layer& net, const Dataset& data, Index epochs) {
  Loader loader(data, {.size = 20, .shuffle = true, .seed = 1});
  Adam adam({.learning_rate = 0.003});
  fit(net, loader, adam, {.loss = loss, .epochs = epochs});
}

double accuracy(Layer& net, const Dataset& data) {
  Accuracy right;
  return figure(evaluate(net, data, {.metrics = {&right}}), "accuracy");
}

Dataset features(Layer& trunk, const Dataset& data) {
  return Dataset({.labels = {data.labels().begin(), data.labels().end()},
                  .class_names = data.class_names(),
                  .features = predict(trunk, data)});
}

}  // namespace

int main(int argc, char** argv) {
  const SmallExample example(argc, argv, help);
  if (example.status) return *example.status;
  const DataSplit data = drawn_shapes({.train = 2000, .test = 1000});
  const auto is_new = [](const Dataset& d) {
    return [&d](Index i) { return d.labels()[static_cast<std::size_t>(i)] >= 7; };
  };
  const auto is_old = [](const Dataset& d) {
    return [&d](Index i) { return d.labels()[static_cast<std::size_t>(i)] < 7; };
  };
  const Dataset few = data.train.filter(is_new(data.train)).take(60);
  const Dataset others = data.test.filter(is_new(data.test));

  set_seed(1);
  Whole first;
  train(first, data.train.filter(is_old(data.train)), 4);
  fmt::print("seven kinds, 1400 examples: {:.3f} of the test set are right\n",
             accuracy(first, data.test.filter(is_old(data.test))));

  first.trunk.set_trainable(false);
  Sequential head("head");
  head.add<Dense>({.units = 10});
  train(head, features(first.trunk, few), 20);
  const double tuned = accuracy(head, features(first.trunk, others));

  Whole anew;
  train(anew, few, 20);
  const double from_nothing = accuracy(anew, others);
  fmt::print("three others, 60 examples: {:.3f} on the frozen trunk, {:.3f} from nothing\n", tuned,
             from_nothing);
  return tuned > from_nothing ? EXIT_SUCCESS : EXIT_FAILURE;
}
