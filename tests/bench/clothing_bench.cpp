// Epochs of Fashion-MNIST with a small network, beside torch_clothing.cpp with --small.
//
//   clothing_bench [epochs [threads]]
//
// Two separable convolutions (1 to 32 to 64 channels) with relu and pooling, one dense layer, SGD
// with momentum, batches of 64. A line an epoch: seconds, accuracy on the test images, peak memory.
#include <fmt/core.h>
#include <sys/resource.h>

#include <chrono>
#include <cstdlib>

#include <reel/reel.h>

using namespace reel;

namespace {

struct Small : Sequential {
  Small() : Sequential("small") {
    for (int filters : {32, 64}) {
      add<SeparableConv2D>(
          {.filters = filters, .kernel_size = 3, .padding = "same", .activation = "relu"});
      add<MaxPooling2D>({.pool_size = 2});
    }
    add<Flatten>();
    add<Dense>({.units = 10});
  }
};

double accuracy(Layer& net, const Dataset& test) {
  Index right = 0;
  for (const Batch& batch : test.batches({.size = 64})) {
    const std::vector<std::int32_t> guesses = argmax(net(batch.images)).values;
    for (std::size_t i = 0; i < guesses.size(); ++i) right += guesses[i] == batch.labels[i];
  }
  return static_cast<double>(right) / static_cast<double>(test.size());
}

}  // namespace

int main(int argc, char** argv) try {
  const int epochs = argc > 1 ? std::atoi(argv[1]) : 3;
  if (argc > 2) set_num_threads(std::atoi(argv[2]));
  const auto [train, test] = fashion_mnist();
  Small net;
  SGD sgd({.learning_rate = 0.05, .momentum = 0.9});
  for (int epoch = 1; epoch <= epochs; ++epoch) {
    const auto start = std::chrono::steady_clock::now();
    for (const Batch& batch : train.batches({.size = 64,
                              .shuffle = true,
                              .seed = 1,
                              .epoch = static_cast<std::uint64_t>(epoch)})) {
      Tape tape;
      const Tensor logits = net(batch.images, {.training = true});
      const Tensor loss = softmax_cross_entropy(logits, batch.labels);
      sgd.apply_gradients(std::move(tape).gradient(loss, net.trainable_variables()));
    }
    const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
    const double right = accuracy(net, test);
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    fmt::print("epoch {}/{}  {:.2f} s  test accuracy {:.4f}  peak memory {} MiB\n", epoch, epochs,
               seconds.count(), right, usage.ru_maxrss / 1024);
    std::fflush(stdout);
  }
} catch (const Error& e) {
  fmt::print(stderr, "clothing_bench: {}\n", e.what());
  return 1;
}
