// Checkpoints of trainings: bytes as they come, and a whole checkpoint one of whose texts the
// fuzzer wrote. Whatever they are, a training goes on or there is an Error and it has not changed.
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include <reel/core/io/loader.h>
#include <reel/core/io/safetensors.h>
#include <reel/core/ops/error_losses.h>
#include <reel/layers/dense.h>
#include <reel/layers/dropout.h>
#include <reel/layers/sequential.h>
#include <reel/optim/adam.h>
#include <reel/optim/run/class_metrics.h>
#include <reel/optim/run/early_stopping.h>
#include <reel/optim/run/saved_training.h>

#include "fuzz_file.h"

namespace {

using namespace reel;

struct SmallTraining {
  SmallTraining() {
    net.add<Dense>({.units = 2});
    net.add<Dropout>({.rate = 0.5});
    net.build(Shape{2, 3});
  }
  Sequential net{"net"};
  Adam adam;
  Loader loader{Dataset({.labels = {0, 1, 0, 1},
                         .class_names = {"a", "b"},
                         .features = Tensor({1, 2, 3, 4, 5, 6, 7, 8, 9, 1, 2, 3}, Shape{4, 3})}),
                {.size = 2}};
  Accuracy accuracy;
  EarlyStopping stopping{{.monitor = "loss"}};
  TrainingRun run{net,
                  loader,
                  adam,
                  {.loss = [](const Tensor& y, const Batch&) { return mean_squared_error(y, y); },
                   .metrics = {&accuracy},
                   .callbacks = {&stopping}}};
};

std::vector<std::vector<double>> weights_of(const SmallTraining& training) {
  std::vector<std::vector<double>> numbers;
  for (const Tensor& value : training.net.get_weights()) numbers.push_back(value.to_vector());
  return numbers;
}

// In memory where the system has such a folder: a save waits for the disk.
std::filesystem::path temporary() {
  const std::filesystem::path in_memory = "/dev/shm";
  return (std::filesystem::exists(in_memory) ? in_memory : std::filesystem::temp_directory_path()) /
         ("fuzz-" + std::to_string(::getpid()));
}

const Safetensors& whole() {
  static const Safetensors& contents = *new Safetensors([] {
    SmallTraining training;
    training.adam.build(training.net.trainable_variables());
    save_training(training.run, temporary());
    return load_safetensors(temporary());
  }());
  return contents;
}

void go_on(const std::filesystem::path& path) {
  SmallTraining training;
  const auto before = weights_of(training);
  try {
    load_training(path, training.run);
  } catch (const Error&) {
    if (weights_of(training) != before || training.adam.iterations() != 0) std::abort();
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  fuzz(bytes, size, go_on);
  if (size < 1) return 0;
  Safetensors damaged = whole();
  auto text = damaged.metadata.begin();
  std::advance(text, bytes[0] % damaged.metadata.size());
  text->second.assign(bytes + 1, bytes + size);
  try {
    save_safetensors(temporary(), damaged);
  } catch (const ValueError&) {  // no UTF-8
    return 0;
  }
  go_on(temporary());
  return 0;
}
