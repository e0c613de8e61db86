#include "fashion_mnist_training.h"

#include <cmath>
#include <numbers>

using namespace reel;

// Pooling comes before normalization, which has a quarter of the work then.
ClothingNetwork::ClothingNetwork() : Sequential("clothing") {
  add_convolution({.filters = 32, .kernel_size = 5, .depth_multiplier = 8});
  add<MaxPooling2D>({.pool_size = 2});
  add_activation();
  add_convolution({.filters = 64, .kernel_size = 3});
  add_activation();
  add_convolution({.filters = 64, .kernel_size = 3});
  add<MaxPooling2D>({.pool_size = 2});
  add_activation();
  add_convolution({.filters = 128, .kernel_size = 3});
  add_activation();
  add_convolution({.filters = 128, .kernel_size = 3});
  add_activation();
  add<GlobalAveragePooling2D>();
  add<Dense>({.units = 10});
}

void ClothingNetwork::add_convolution(SeparableConv2DOptions options) {
  options.padding = "same";
  options.use_bias = false;  // batch normalization has its own
  options.pointwise_regularizer = l2(1e-4);
  options.depthwise_constraint = max_norm(2.0, per_filter());
  options.pointwise_constraint = max_norm(2.0, per_filter());
  add<SeparableConv2D>(options);
}

void ClothingNetwork::add_activation() {
  add<BatchNormalization>({.momentum = 0.9});
  add<layers::Activation>({.activation = "relu"});
}

ConfusionMatrix evaluate(Layer& net, const Dataset& data) {
  ConfusionMatrix table(data.class_names());
  for (const Batch& batch : data.batches({.size = 250}))
    table.count(batch.labels, argmax(net(batch.images)).values);
  return table;
}

namespace {

// Falls from `peak` to 0 like half a wave of a cosine.
LearningRate cosine(double peak, Index steps) {
  return [=](Index step) {
    const double way = static_cast<double>(step) / static_cast<double>(steps);
    return peak * 0.5 * (1.0 + std::cos(std::numbers::pi * way));
  };
}

// What an epoch has shown so far.
struct Seen {
  ConfusionMatrix table;
  double loss_sum = 0.0;
  Index images = 0, steps = 0;

  void count(const Batch& batch, const Tensor& logits, double loss) {
    table.count(batch.labels, argmax(logits).values);
    loss_sum += loss * static_cast<double>(batch.size());
    images += batch.size();
    ++steps;
  }
  double loss() const { return loss_sum / static_cast<double>(images); }
};

void check_finite(double loss, int epoch, Index step) {
  if (!std::isfinite(loss))
    throw ValueError(
        "--learning-rate: the loss must stay finite; got {} in epoch {}, step {}; try a lower rate",
        loss, epoch, step);
}

}  // namespace

std::optional<Stop> train(Layer& net, const DataSplit& data, const FashionMnistChoices& choices,
                          JsonLines* metrics) {
  Loader loader(data.train,
                {.size = choices.batch, .shuffle = true, .seed = choices.seed, .epoch = 1});
  const Index steps = loader.count();
  SGD sgd({.learning_rate = cosine(choices.learning_rate, steps * choices.epochs),
           .momentum = choices.momentum,
           .nesterov = true});
  const Interruptible ctrl_c;
  Progress progress(choices.epochs, steps);

  for (int epoch = 1; epoch <= choices.epochs; ++epoch) {
    const double start = steady_seconds();
    Seen seen{ConfusionMatrix(data.train.class_names())};
    for (const Batch& batch : loader) {
      // A shirt in a mirror is a shirt: every other batch is turned over.
      const bool mirrored = (epoch + seen.steps) % 2 == 0;
      const Tensor images = mirrored ? reverse(batch.images, {2}) : batch.images;

      Tape tape;
      const Tensor logits = net(images, {.training = true});
      const Tensor loss = softmax_cross_entropy(logits, batch.labels) + net.total_loss();
      sgd.apply_gradients(std::move(tape).gradient(loss, net.trainable_variables()));
      net.apply_updates();

      seen.count(batch, logits, loss.item());
      check_finite(loss.item(), epoch, seen.steps);
      progress.step(batch.size(), {{"loss", seen.loss()}, {"accuracy", seen.table.result()}});
      if (ctrl_c.interrupted()) return Stop{epoch, seen.steps, steps, ctrl_c.signal()};
    }
    const double seconds = steady_seconds() - start;
    const double test_accuracy = evaluate(net, data.test).result();
    progress.end_epoch({{"loss", seen.loss()},
                        {"accuracy", seen.table.result()},
                        {"test accuracy", test_accuracy}});
    if (metrics)
      metrics->write({{"epoch", epoch},
                      {"steps", steps},
                      {"loss", seen.loss()},
                      {"accuracy", seen.table.result()},
                      {"test_accuracy", test_accuracy},
                      {"seconds", seconds}});
    if (ctrl_c.interrupted()) return Stop{epoch, seen.steps, steps, ctrl_c.signal()};
  }
  return std::nullopt;
}
