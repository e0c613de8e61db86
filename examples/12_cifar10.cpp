// Ten kinds of photographs, CIFAR-10, when their files are given; coloured drawings otherwise.
//
//   cifar10 --data cifar-10-batches-bin --epochs 20
//
// The mean and deviation of each channel are learnt on the training images, which are shifted and
// turned over at random, each epoch in another way. A tenth is looked at after each epoch; the test
// set is read once, at the end.
// Read before: core/io/cifar.h, core/io/augmentation.h. Read next: 13_fine_tuning.cpp.
#include <CLI/CLI.hpp>

#include <cstdlib>

#include <reel/reel.h>

#include "standard_output.h"

using namespace reel;

namespace {

// The library's drawings, 32 x 32, each in a colour of its own on paper of another.
Dataset in_colours(const Dataset& drawings, std::uint64_t seed) {
  const Index n = drawings.size();
  const auto colours = uniform({n, 6}, 0, 1, float64, {.seed = seed}).to_vector();
  DatasetContents contents{.name = "coloured drawings", .image_shape = {32, 32, 3}};
  contents.class_names = drawings.class_names();
  contents.labels.assign(drawings.labels().begin(), drawings.labels().end());
  for (Index i = 0; i < n; ++i)
    for (Index pixel = 0; pixel < 32 * 32; ++pixel) {
      const Index row = std::clamp<Index>(pixel / 32 - 2, 0, 27);
      const Index column = std::clamp<Index>(pixel % 32 - 2, 0, 27);
      const double ink = drawings.image(i)[static_cast<std::size_t>(row * 28 + column)] / 255.0;
      for (Index c = 0; c < 3; ++c) {
        const double dark = colours[static_cast<std::size_t>(6 * i + c)] * 0.4;
        const double light = 0.6 + colours[static_cast<std::size_t>(6 * i + 3 + c)] * 0.4;
        contents.images.push_back(static_cast<std::uint8_t>(255 * (dark + ink * (light - dark))));
      }
    }
  return Dataset(std::move(contents));
}

DataSplit find_data(const std::string& folder) {
  if (!folder.empty()) return cifar10({.directory = folder});
  fmt::print("no --data (the binary version of CIFAR-10): learning coloured drawings\n");
  const auto [train, test] = drawn_shapes({.train = 3000, .test = 500});
  return {in_colours(train, 1), in_colours(test, 2)};
}

struct PhotoNet : Sequential {
  PhotoNet() : Sequential("photos") {
    for (const Index filters : {16, 32, 64}) {
      add<Conv2D>({.filters = filters, .kernel_size = 3, .padding = "same", .use_bias = false});
      add<BatchNormalization>({.momentum = 0.9});
      add<layers::Activation>({.activation = "relu"});
      add<MaxPooling2D>({.pool_size = 2});
    }
    add<SeparableConv2D>(
        {.filters = 128, .kernel_size = 3, .padding = "same", .activation = "relu"});
    add<GlobalAveragePooling2D>();
    add<Dropout>({.rate = 0.2});
    add<Dense>({.units = 10});
  }
};

int run(const std::string& folder, Index epochs) {
  const DataSplit data = find_data(folder);
  const auto [images, validation] = data.train.split(data.train.size() / 10, {.seed = 1});
  const Standardization standardize(images);
  set_seed(1);
  PhotoNet net;
  Loader loader(images.map(standardize), {.size = 64,
                                          .shuffle = true,
                                          .seed = 1,
                                          .augment = {.flip = true, .shift = 2},
                                          .prefetch = 2});
  AdamW adamw({.learning_rate = schedules::OneCycle(
                   {.max_learning_rate = 0.01, .total_steps = double(epochs * loader.count())})});
  Accuracy accuracy;
  ProgressBar progress;
  fit(net, loader, adamw,
      {.loss = [](const Tensor& y, const Batch& b) { return softmax_cross_entropy(y, b.labels); },
       .epochs = epochs,
       .validation = validation.map(standardize),
       .metrics = {&accuracy},
       .callbacks = {&progress}});
  ConfusionMatrix table(data.test.class_names());
  evaluate(net, data.test.map(standardize), {.metrics = {&table}});
  fmt::print("{}test accuracy: {:.4f}\n", table.str(), table.result());
  return EXIT_SUCCESS;
}

}  // namespace

int main(int argc, char** argv) {
  check_output_at_exit();
  std::string folder;
  Index epochs = 3;
  CLI::App app("cifar10: learns ten kinds of photographs, or of coloured drawings.", "cifar10");
  app.set_version_flag("--version", fmt::format("reel {}", version()));
  app.add_option("--data", folder, "folder of data_batch_1.bin to test_batch.bin, plain or .gz");
  app.add_option("--epochs", epochs, "passes over the training images")
      ->check(CLI::Range(1, 10000));
  TracedStepOptions theatre;
  app.add_option("--theatre", theatre.file,
                 "write a training step as a page to step through, tape.html");
  app.add_option("--theatre-step", theatre.step, "which one");
  try {
    app.parse(argc, argv);
    const TracedStep traced(theatre);
    return run(folder, epochs);
  } catch (const CLI::ParseError& mistake) {
    return app.exit(mistake) == 0 ? 0 : 2;
  } catch (const std::exception& error) {
    fmt::print(stderr, "cifar10: {}\n", error.what());
    return 1;
  }
}
