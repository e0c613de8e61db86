// What the drawn images demand: a linear model cannot learn them, a small separable CNN can.
//
// The bound on the linear model holds at every epoch until its loss stands still, so it does not
// hang on where training stops. Both trainings together take some ten seconds on two cores;
// REEL_SKIP_TRAINING=1 leaves them out, for builds with sanitizers.
#include <doctest/doctest.h>

#include <algorithm>
#include <cstdlib>

#include <reel/reel.h>

using namespace reel;

namespace {

bool skipped() {
  const char* const skip = std::getenv("REEL_SKIP_TRAINING");
  return skip && *skip == '1';
}

// One pass over the data; the mean loss on the way.
double train_epoch(Sequential& net, SGD& sgd, const Dataset& data, std::uint64_t epoch) {
  double total = 0;
  for (const Batch& batch :
       data.batches({.size = 64, .shuffle = true, .seed = 1, .epoch = epoch})) {
    Tape tape;
    const Tensor logits = net(batch.images, {.training = true});
    const Tensor loss = softmax_cross_entropy(logits, batch.labels);
    sgd.apply_gradients(std::move(tape).gradient(loss, net.trainable_variables()));
    net.apply_updates();
    total += loss.item() * static_cast<double>(batch.size());
  }
  return total / static_cast<double>(data.size());
}

double accuracy(Sequential& net, const Dataset& data) {
  Index right = 0;
  for (const Batch& batch : data.batches({.size = 500})) {
    const Indices guesses = argmax(net(batch.images));
    for (std::size_t i = 0; i < batch.labels.size(); ++i)
      right += guesses.values[i] == batch.labels[i];
  }
  return static_cast<double>(right) / static_cast<double>(data.size());
}

}  // namespace

TEST_CASE("a linear model trained until it stands still stays below 90 % on drawn shapes" *
          doctest::skip(skipped())) {
  const auto [train, test] = drawn_shapes();
  Sequential net("linear");
  net.add<Flatten>();
  net.add<Dense>({.units = 10, .kernel_initializer = "zeros"});
  SGD sgd({.learning_rate = 0.03, .momentum = 0.9});
  double loss = 0, before = 0, best = 0;
  constexpr std::uint64_t epochs = 40;
  for (std::uint64_t epoch = 0; epoch < epochs; ++epoch) {
    if (epoch % 10 == 0) before = loss;
    sgd.set_learning_rate(0.03 * (1 - static_cast<double>(epoch) / epochs));
    loss = train_epoch(net, sgd, train, epoch);
    best = std::max(best, accuracy(net, test));
  }
  CHECK(before - loss < 0.02 * loss);
  CHECK(best > 0.5);  // it learns what it can
  CHECK(best < 0.9);
  CHECK(accuracy(net, train) < 0.9);
}

TEST_CASE("a small separable CNN passes 97 % on drawn shapes" * doctest::skip(skipped())) {
  const auto [train, test] = drawn_shapes();
  const RandomScope seeded(RandomState{.seed = 1});
  Sequential net("cnn");
  const auto block = [&](Index filters, Index multiplier) {
    net.add<SeparableConv2D>({.filters = filters,
                              .kernel_size = 3,
                              .padding = "same",
                              .depth_multiplier = multiplier,
                              .activation = "relu"});
    net.add<BatchNormalization>({.momentum = 0.9});
  };
  block(16, 8);
  net.add<MaxPooling2D>();
  block(32, 1);
  net.add<MaxPooling2D>();
  block(64, 1);
  net.add<GlobalAveragePooling2D>();
  net.add<Dense>({.units = 10});
  SGD sgd({.learning_rate = 0.05, .momentum = 0.9});
  for (std::uint64_t epoch = 0; epoch < 4; ++epoch) {
    if (epoch == 3) sgd.set_learning_rate(0.01);
    train_epoch(net, sgd, train, epoch);
  }
  CHECK(accuracy(net, test) > 0.97);
}
