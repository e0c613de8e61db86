#include "fashion_mnist_training.h"

#include <fmt/format.h>

#include <memory>
#include <optional>

#include "fashion_mnist_schedules.h"

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

namespace {

std::unique_ptr<Optimizer> make_optimizer(const FashionMnistChoices& choices,
                                          const LearningRate& rate) {
  if (choices.optimizer == "sgd")
    return std::make_unique<SGD>(
        SGDOptions{.learning_rate = rate, .momentum = choices.momentum, .nesterov = true});
  std::unique_ptr<Optimizer> optimizer = optimizers::get(choices.optimizer);
  optimizer->set_learning_rate(rate);
  return optimizer;
}

// A shirt in a mirror is a shirt. The default turns images over and does no more.
Augmentation augmentation(const FashionMnistChoices& choices) {
  if (!choices.augment) return {.flip = true};
  return {.flip = true, .shift = 2, .erase = 8};
}

// The names of the classes and the choices stand beside the weights.
WeightsMetadata texts(const Dataset& images, const FashionMnistChoices& choices) {
  return {{"classes", fmt::format("{}", fmt::join(images.class_names(), "\n"))},
          {"options", choices.kept().json()}};
}

}  // namespace

History train(Layer& net, const Dataset& images, const FashionMnistChoices& choices) {
  FitOptions options{
      .loss = [](const Tensor& logits,
                 const Batch& batch) { return softmax_cross_entropy(logits, batch.labels); },
      .epochs = choices.epochs,
      .micro_batches = choices.micro_batches,
      .resume = choices.resume};
  Dataset train = images;
  if (choices.validation > 0) {
    const DataSplit parts = images.split(choices.validation, {.seed = choices.seed});
    train = parts.train;
    options.validation = parts.test;
  }
  Loader loader(train, {.size = choices.batch,
                        .shuffle = true,
                        .seed = choices.seed,
                        .epoch = 1,
                        .augment = augmentation(choices),
                        .prefetch = 2});
  const auto steps = static_cast<double>(loader.count() * choices.schedule_epochs);
  const auto optimizer = make_optimizer(
      choices, fashion_mnist_schedules().at(choices.schedule)(choices.learning_rate, steps));

  Accuracy accuracy;
  ProgressBar progress;
  std::optional<JsonLog> log;
  std::optional<ModelCheckpoint> checkpoint;
  options.metrics = {&accuracy};
  options.callbacks = {&progress};
  if (!choices.metrics.empty())
    options.callbacks.push_back(
        &log.emplace(choices.metrics, JsonLogOptions{.options = choices.kept()}));
  if (!choices.save.empty())
    options.callbacks.push_back(
        &checkpoint.emplace(choices.save, ModelCheckpointOptions{.every = choices.checkpoint_every,
                                                                 .texts = texts(images, choices)}));
  return fit(net, loader, *optimizer, options);
}
