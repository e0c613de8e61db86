// An autoencoder: 784 pixels through 24 numbers and back.
//
// The net learns to give its input again, so its targets are its images. What cannot pass the
// narrow place is lost, and that is noise first of all. Beside it stand two things that it must
// beat: the mean image, and as many pixels as the code has numbers, each the mean of a block.
// Read before: 9_moons.cpp. Read next: 11_residual.cpp.
#include <fmt/core.h>

#include <cstdlib>

#include <reel/reel.h>

#include "small_example.h"

using namespace reel;

namespace {

constexpr const char* help =
    "autoencoder: learns to say drawn figures in 24 numbers, and shows some before and\n"
    "after.\n";

Tensor loss(const Tensor& y, const Batch& batch) {
  return mean_squared_error(y, reshape(batch.images, {batch.size(), 784}));
}

// Two images side by side, every other row, in letters.
void print_pair(const Tensor& image, const Tensor& back) {
  const auto letter = [](double grey) {
    return " .:-=+*#%@"[std::clamp(static_cast<int>(grey * 10), 0, 9)];
  };
  for (Index row = 0; row < 28; row += 2) {
    for (const Tensor& x : {image, back}) {
      for (Index column = 0; column < 28; ++column)
        fmt::print("{}", letter(x.at(0, row * 28 + column)));
      fmt::print("   ");
    }
    fmt::print("\n");
  }
}

}  // namespace

int main(int argc, char** argv) {
  const SmallExample example(argc, argv, help);
  if (example.status) return *example.status;
  set_seed(1);
  const auto [train, test] = drawn_shapes({.train = 4000, .test = 500});
  Sequential net("autoencoder");
  net.add<Flatten>();
  net.add<Dense>({.units = 256, .activation = "relu"});
  net.add<Dense>({.units = 24, .name = "code"});
  net.add<Dense>({.units = 256, .activation = "relu"});
  net.add<Dense>({.units = 784, .activation = "sigmoid"});

  Loader loader(train, {.size = 64, .shuffle = true, .seed = 1});
  Adam adam({.learning_rate = 0.002});
  fit(net, loader, adam, {.loss = loss, .epochs = 12});

  const double error = figure(evaluate(net, test, {.loss = loss}), "loss");
  const Batch all = test.gather([] {
    std::vector<std::int32_t> positions(500);
    for (std::int32_t i = 0; i < 500; ++i) positions[static_cast<std::size_t>(i)] = i;
    return positions;
  }());
  const Tensor pixels = reshape(all.images, {500, 784});
  const double of_mean = mean(square(pixels - mean(pixels, {0}, true))).item();
  const Tensor blocks = avg_pool2d(all.images, {.pool_size = 7, .strides = 7});  // 4 x 4 numbers
  const double of_blocks = mean(square(all.images - upsample2d(blocks, 7))).item();

  const Tensor back = net(all.images);
  for (Index i : {3, 7}) print_pair(slice(pixels, {i, 0}, {1, 784}), slice(back, {i, 0}, {1, 784}));
  fmt::print(
      "mean squared error of a pixel: the mean image {:.4f}, 16 blocks {:.4f}, the net {:.4f}\n",
      of_mean, of_blocks, error);
  return error < 0.8 * of_blocks ? EXIT_SUCCESS : EXIT_FAILURE;
}
