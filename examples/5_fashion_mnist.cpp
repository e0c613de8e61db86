// The main job: a separable convolutional network learns to tell ten kinds of clothing apart.
//
// `run` finds data, checks everything that could fail later, trains, tests, saves. Messages name
// the option that is at fault. With its defaults the program reaches 0.92 on the test set. Read
// next: fashion_mnist_training.h, which has the network and the loop; beside:
// fashion_mnist_options.h.
#include <fmt/format.h>

#include <csignal>
#include <cstdio>
#include <filesystem>
#include <new>
#include <optional>
#include <sstream>
#include <string>
#include <system_error>
#include <vector>

#include <reel/reel.h>

#include "fashion_mnist_options.h"
#include "fashion_mnist_training.h"
#include "standard_output.h"

using namespace reel;

namespace {

// Runs `work` and puts the option's name before the message of what fails.
template <class Work>
auto for_option(const char* option, const Work& work) {
  try {
    return work();
  } catch (const Error& error) {
    throw IoError("{}: {}", option, error.what());
  }
}

DataSplit find_data(const FashionMnistChoices& choices) {
  DataSplit data = for_option("--data", [&] {
    if (choices.data.empty() && !fashion_mnist_available()) {
      fmt::print(
          "no photographs found (package dataset-fashion-mnist, or --data): learning drawn "
          "shapes\n");
      return drawn_shapes();
    }
    return fashion_mnist({.directory = choices.data.string()});
  });
  if (choices.limit == 0) return data;
  return {data.train.take(choices.limit), data.test.take(choices.limit)};
}

std::vector<std::string> class_names(const WeightsMetadata& texts) {
  const auto found = texts.find("classes");
  std::istringstream lines(found == texts.end() ? "" : found->second);
  std::vector<std::string> names;
  for (std::string line; std::getline(lines, line);) names.push_back(line);
  if (names.size() != 10)
    throw IoError("--save: the file must name ten classes, as this program writes it; got {}",
                  names.size());
  return names;
}

// A picture file as the network takes it: one image, as those of a dataset are.
Tensor read_picture(const std::filesystem::path& path) {
  const Picture picture = with_channels(load_picture(path), 1);
  if (picture.shape != Shape{28, 28, 1})
    throw IoError("{}: the picture must have 28 x 28 pixels; got {} x {}", path.string(),
                  picture.shape[1], picture.shape[0]);
  return Dataset({.image_shape = picture.shape, .images = picture.pixels}).gather({0}).images;
}

// The three likeliest classes of one picture.
std::string guesses(Layer& net, const Tensor& picture, const std::vector<std::string>& names) {
  const TopK best = top_k(softmax(net(picture)), 3);
  std::string text;
  for (std::size_t i = 0; i < 3; ++i)
    text += fmt::format("{}{} ({:.3f})", i > 0 ? ", " : "",
                        names[static_cast<std::size_t>(best.indices.values[i])],
                        best.values.at(0, static_cast<Index>(i)));
  return text;
}

// What the user did not name in a training that goes on.
void take_from_checkpoint(FashionMnistChoices& choices) {
  const Safetensors file = load_safetensors(choices.resume);
  const auto found = file.metadata.find("options");
  if (found == file.metadata.end())
    throw IoError("{}: the file must be a checkpoint of this program", choices.resume.string());
  choices.take(Config::from_json(found->second));
}

int run(FashionMnistChoices choices) {
  if (!choices.resume.empty()) for_option("--resume", [&] { take_from_checkpoint(choices); });
  if (choices.threads > 0) set_num_threads(choices.threads);
  set_seed(choices.seed);
  ClothingNetwork net;
  const Summary table_of_layers = summary(net, {Shape::unknown, 28, 28, 1});  // builds it, too

  Tensor picture;
  if (!choices.predict.empty())
    picture = for_option("--predict", [&] { return read_picture(choices.predict); });
  // What stands there and cannot even be looked at is for load_weights to refuse.
  std::error_code trouble;
  const bool saved = std::filesystem::exists(choices.save, trouble) || trouble;
  if (picture.defined() && saved) {
    const auto texts = for_option("--save", [&] { return load_weights(net, choices.save); });
    fmt::print("{}: {}\n", choices.predict.string(), guesses(net, picture, class_names(texts)));
    return 0;
  }

  // What cannot be read or written is found out now, not after minutes.
  const DataSplit data = find_data(choices);
  choices.settle(data.train.size());
  if (choices.validation >= data.train.size())
    throw ValueError("--validation: must leave images to train on; got {} of {}",
                     choices.validation, data.train.size());
  if (!choices.save.empty()) for_option("--save", [&] { AtomicFile probe(choices.save); });
  if (!choices.metrics.empty()) for_option("--metrics", [&] { JsonLog probe(choices.metrics); });

  fmt::print("{}: {} images of {} classes to train on, {} to look at, {} to test\n",
             data.train.name(), data.train.size() - choices.validation, data.train.num_classes(),
             choices.validation, data.test.size());
  if (choices.schedule_epochs < choices.epochs && choices.schedule != "constant")
    fmt::print("the schedule ends with epoch {}: --schedule-epochs of the first run sets that\n",
               choices.schedule_epochs);
  fmt::print("{}", table_of_layers.str());
  const TracedStep traced(choices.theatre);
  const History history = train(net, data.train, choices);
  if (history.signal != 0) {
    fmt::print("stopped by {} after step {} of {} in epoch {} of {}\n",
               history.signal == SIGINT ? "Ctrl-C" : "a signal", history.step, history.steps,
               history.epoch, choices.epochs);
    return 128 + history.signal;
  }

  ConfusionMatrix table(data.test.class_names());
  evaluate(net, data.test, {.metrics = {&table}});
  fmt::print("\n{}", table.str());
  if (picture.defined())
    fmt::print("{}: {}\n", choices.predict.string(),
               guesses(net, picture, data.train.class_names()));
  fmt::print("test accuracy: {:.4f}\n", table.result());
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  check_output_at_exit();
  const FashionMnistChoices choices = parse_choices(argc, argv);
  try {
    return run(choices);
  } catch (const std::bad_alloc&) {
    fmt::print(stderr, "fashion_mnist: --batch: memory is short; got {}; try a smaller one\n",
               choices.batch);
    return 1;
  } catch (const std::exception& error) {
    fmt::print(stderr, "fashion_mnist: {}\n", error.what());
    return 1;
  }
}
