// Two half moons that no straight line can tell apart, and the border that a net draws between.
//
// The net is asked about each point of a grid, and its answers are a picture, moons.ppm: blue where
// it says 0, red where it says 1, pale where it is not sure, the samples as dots. The same picture
// is printed in letters.
// Read before: 8_regression.cpp, core/io/generated_sets.h. Read next: 10_autoencoder.cpp.
#include <fmt/format.h>

#include <cstdlib>
#include <fstream>

#include <reel/reel.h>

#include "small_example.h"

using namespace reel;

namespace {

constexpr const char* help =
    "moons: learns to tell two half moons apart, prints the border that it found, and writes it "
    "as\n"
    "a picture, moons.ppm, in the folder where it runs.\n";

// What the net says about each point of a grid over [-1.5, 2.5] x [-1, 1.5], rows from the top.
Tensor answers(Layer& net, Index width, Index height) {
  const Tensor x = reshape(linspace(-1.5, 2.5, width), {1, width, 1});
  const Tensor y = reshape(linspace(1.5, -1.0, height), {height, 1, 1});
  const Tensor grid =
      concat({broadcast_to(x, {height, width, 1}), broadcast_to(y, {height, width, 1})}, 2);
  return reshape(sigmoid(net(reshape(grid, {width * height, 2}))), {height, width});
}

void print_letters(Layer& net) {
  const Tensor probability = answers(net, 64, 22);
  for (Index row = 0; row < 22; ++row) {
    for (Index column = 0; column < 64; ++column) {
      const double p = probability.at(row, column);
      fmt::print("{}", p < 0.1 ? '.' : p < 0.5 ? ':' : p < 0.9 ? '+' : '#');
    }
    fmt::print("\n");
  }
}

void write_picture(Layer& net, const Dataset& moons, const char* file) {
  const Index width = 400, height = 250;
  std::vector<unsigned char> pixels;
  for (const double p : answers(net, width, height).to_vector()) {
    const double sure = std::abs(2 * p - 1), pale = 255 - 130 * sure;
    pixels.push_back(static_cast<unsigned char>(p > 0.5 ? 255 : pale));
    pixels.push_back(static_cast<unsigned char>(pale));
    pixels.push_back(static_cast<unsigned char>(p > 0.5 ? pale : 255));
  }
  for (const Batch& batch : moons.batches({.size = moons.size()}))
    for (Index i = 0; i < batch.size(); ++i)
      for (Index dot = 0; dot < 4; ++dot) {
        const auto column =
            static_cast<Index>((batch.images.at(i, 0) + 1.5) / 4.0 * width) + dot % 2;
        const auto row = static_cast<Index>((1.5 - batch.images.at(i, 1)) / 2.5 * height) + dot / 2;
        if (column < 0 || column >= width || row < 0 || row >= height) continue;
        unsigned char* pixel = pixels.data() + 3 * (row * width + column);
        const bool is_red = batch.labels[static_cast<std::size_t>(i)] == 1;
        pixel[0] = is_red ? 150 : 0;
        pixel[1] = 0;
        pixel[2] = is_red ? 0 : 150;
      }
  std::ofstream ppm(file, std::ios::binary);
  ppm << "P6\n" << width << ' ' << height << "\n255\n";
  ppm.write(reinterpret_cast<const char*>(pixels.data()),
            static_cast<std::streamsize>(pixels.size()));
  fmt::print("{}\n", ppm.flush() ? fmt::format("The picture is in {}.", file)
                                 : fmt::format("{} could not be written.", file));
}

}  // namespace

int main(int argc, char** argv) {
  const SmallExample example(argc, argv, help);
  if (example.status) return *example.status;
  set_seed(1);
  const auto [train, test] = moons({.count = 800, .noise = 0.15}).split(200, {.seed = 1});
  Sequential net("net");
  net.add<Dense>({.units = 24, .activation = "tanh"});
  net.add<Dense>({.units = 24, .activation = "tanh"});
  net.add<Dense>({.units = 1});

  Loader loader(train, {.size = 32, .shuffle = true, .seed = 1});
  Adam adam({.learning_rate = 0.01});
  Accuracy accuracy("accuracy", 0.0);  // logits, so 0 is the threshold
  EarlyStopping patience({.patience = 10});
  const History history =
      fit(net, loader, adam,
          {.loss =
               [](const Tensor& y, const Batch& batch) {
                 const std::vector<float> labels(batch.labels.begin(), batch.labels.end());
                 return sigmoid_cross_entropy(y, Tensor(labels, {batch.size(), 1}));
               },
           .epochs = 100,
           .validation = test,
           .metrics = {&accuracy},
           .callbacks = {&patience}});
  print_letters(net);
  const auto seen = evaluate(net, test, {.metrics = {&accuracy}});
  fmt::print("{} epochs; of 200 other points {:.1f} % are right.\n", history.epochs.size(),
             100 * figure(seen, "accuracy"));
  write_picture(net, train, "moons.ppm");
  return figure(seen, "accuracy") > 0.97 ? EXIT_SUCCESS : EXIT_FAILURE;
}
