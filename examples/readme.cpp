// The code of README.md, word for word from the next line on: tests/repository/readme_test.sh
// compares them.
#include <reel/reel.h>

using namespace reel;

int main() {
  auto [train, test] = fashion_mnist();
  Sequential net("cnn");
  net.add<SeparableConv2D>({.filters = 32,
                            .kernel_size = 3,
                            .padding = "same",
                            .depth_multiplier = 8,
                            .activation = "relu",
                            .pointwise_constraint = max_norm(2.0, per_filter())});
  net.add<MaxPooling2D>({.pool_size = 2});
  net.add<Flatten>();
  net.add<Dense>({.units = 10});

  SGD sgd({.learning_rate = 0.05, .momentum = 0.9});
  Loader loader(train, {.size = 64, .shuffle = true, .seed = 1});
  for (const Batch& batch : loader) {
    Tape tape;
    Tensor logits = net(batch.images, {.training = true});
    Tensor loss = softmax_cross_entropy(logits, batch.labels) + net.total_loss();
    sgd.apply_gradients(tape.gradient(loss, net.trainable_variables()));
    net.apply_updates();
  }

  Index right = 0;
  for (const Batch& batch : test.batches({.size = 500})) {
    const Indices guesses = argmax(net(batch.images));
    for (std::size_t i = 0; i < batch.labels.size(); ++i)
      right += guesses.values[i] == batch.labels[i];
  }
  fmt::print("{} of {} test images recognised\n", right, test.size());
}
