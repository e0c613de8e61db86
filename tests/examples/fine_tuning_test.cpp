// Fine-tuning as README shows it: what is frozen stays, and takes no memory.
#include <doctest/doctest.h>

#include <vector>

#include <reel/core/inspect/tape_nodes.h>
#include <reel/reel.h>

using namespace reel;

namespace {

void fine_tune(Sequential& net, const Dataset& train) {
  for (Layer* layer : net.children()) layer->set_trainable(layer == net.children().back());
  const std::vector<Variable> head = net.trainable_variables();
  SGD sgd({.learning_rate = 0.01, .momentum = 0.9});
  for (const Batch& batch : train.batches({.size = 64, .shuffle = true, .seed = 1})) {
    Tape tape({.watch = head});
    const Tensor logits = net(batch.images, {.training = false});  // frozen statistics, too
    sgd.apply_gradients(tape.gradient(softmax_cross_entropy(logits, batch.labels), head));
  }
}

// How many of the weights of a net have other values than before.
std::size_t moved(const std::vector<Tensor>& before, const std::vector<Variable>& now) {
  std::size_t count = 0;
  for (std::size_t i = 0; i < now.size(); ++i)
    count += before[i].to_vector() != now[i].value().to_vector();
  return count;
}

}  // namespace

TEST_CASE("fine-tuning moves the head alone, and keeps nothing for the frozen part") {
  const Dataset train = drawn_shapes({.train = 128, .test = 10}).train;
  Sequential net("net");
  net.add<Conv2D>({.filters = 8, .kernel_size = 3, .activation = "relu"});
  net.add<BatchNormalization>();
  net.add<Flatten>();
  net.add<Dense>({.units = 10});
  const Tensor images = train.gather({0, 1}).images;
  net(images);
  const std::vector<Variable> weights = net.variables();
  std::vector<Tensor> before;
  for (const Variable& w : weights) before.push_back(w.value());

  fine_tune(net, train);
  CHECK(moved(before, weights) == 2);
  CHECK(moved({before[4], before[5]}, net.trainable_variables()) == 2);

  const auto kept = [&](const TapeOptions& options) {
    Tape tape(options);
    tape.watch(net.trainable_variables());
    net(images, {.training = false});
    return tape.bytes().tensors;
  };
  const Index features = 2 * 26 * 26 * 8 * 4;
  CHECK(kept({.watch_accessed_variables = false}) < 2 * features);
  CHECK(kept({}) > 3 * features);
}
