// What the drawn images demand: a linear model cannot learn them.
//
// The bound holds at every epoch until the loss stands still, so it does not hang on where training
// stops. REEL_SKIP_TRAINING=1 leaves training out, for builds with sanitizers.
#include <doctest/doctest.h>

#include <algorithm>
#include <cstdlib>
#include <functional>
#include <vector>

#include <reel/core/io/drawn_shapes.h>
#include <reel/core/ops.h>
#include <reel/core/random.h>

using namespace reel;

namespace {

bool skipped() {
  const char* const skip = std::getenv("REEL_SKIP_TRAINING");
  return skip && *skip == '1';
}

using Model = std::function<Tensor(const Tensor& images)>;

// One pass of stochastic gradient descent with momentum; the mean loss on the way.
double train_epoch(const Model& model, const std::vector<Variable>& weights,
                   std::vector<Tensor>& velocities, const Dataset& data, std::uint64_t epoch,
                   double learning_rate) {
  double total = 0;
  for (const Batch& batch :
       data.batches({.size = 64, .shuffle = true, .seed = 1, .epoch = epoch})) {
    Tape tape;
    const Tensor loss = softmax_cross_entropy(model(batch.images), batch.labels);
    const auto gradients = std::move(tape).gradient(loss, weights);
    const PauseRecording pause;
    velocities.resize(weights.size());
    for (std::size_t i = 0; i < weights.size(); ++i) {
      const Tensor& g = gradients[i].gradient;
      velocities[i] = velocities[i].defined() ? 0.9 * velocities[i] + g : g;
      weights[i].assign(weights[i].value() - learning_rate * velocities[i]);
    }
    total += loss.item() * static_cast<double>(batch.size());
  }
  return total / static_cast<double>(data.size());
}

double accuracy(const Model& model, const Dataset& data) {
  Index right = 0;
  for (const Batch& batch : data.batches({.size = 500})) {
    const Indices guesses = argmax(model(batch.images));
    for (std::size_t i = 0; i < batch.labels.size(); ++i)
      right += guesses.values[i] == batch.labels[i];
  }
  return static_cast<double>(right) / static_cast<double>(data.size());
}

}  // namespace

TEST_CASE("a linear model trained until it stands still stays below 90 % on drawn shapes" *
          doctest::skip(skipped())) {
  const auto [train, test] = drawn_shapes();
  const Variable kernel(zeros({784, 10})), bias(zeros({10}));
  const Model linear = [&](const Tensor& images) { return matmul(flatten(images), kernel) + bias; };
  std::vector<Tensor> velocities;
  double loss = 0, before = 0, best = 0;
  constexpr std::uint64_t epochs = 40;
  for (std::uint64_t epoch = 0; epoch < epochs; ++epoch) {
    const double progress = static_cast<double>(epoch) / epochs;
    if (epoch % 10 == 0) before = loss;
    loss = train_epoch(linear, {kernel, bias}, velocities, train, epoch, 0.03 * (1 - progress));
    best = std::max(best, accuracy(linear, test));
  }
  CHECK(before - loss < 0.02 * loss);
  CHECK(best > 0.5);  // it learns what it can
  CHECK(best < 0.9);
  CHECK(accuracy(linear, train) < 0.9);
}
