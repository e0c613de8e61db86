// The main job: a separable convolutional network learns to tell ten kinds of clothing apart.
//
// Read it from the end: `main` finds data and trains; `train` is the loop that every program with
// reel has: a tape, the network, a loss, a step, the updates. Three parts of the network show what
// such a loop must not forget: the regularizers (`net.total_loss()` is part of the loss), batch
// normalization (`net.apply_updates()` moves its statistics) and the max-norm constraints (the
// optimizer projects each kernel right after its step). With its defaults the program reaches
// 0.91 on the test set. Before: README.md. Beside: fashion_mnist_options.h, class_table.h, pgm.h.
#include <fmt/format.h>

#include <cmath>
#include <cstdio>
#include <filesystem>
#include <numbers>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

#include <reel/reel.h>

#include "class_table.h"
#include "fashion_mnist_options.h"
#include "pgm.h"

using namespace reel;

namespace {

// 28 x 28 x 1 -> 14 x 14 x 32 -> 7 x 7 x 64 -> 128 -> 10
class Network : public Sequential {
 public:
  Network() : Sequential("clothing") {
    add_block(32, 5, 8);
    add<MaxPooling2D>({.pool_size = 2});
    add_block(64, 3, 1);
    add<MaxPooling2D>({.pool_size = 2});
    add_block(128, 3, 1);
    add<GlobalAveragePooling2D>();
    add<Dense>({.units = 10});
  }

 private:
  // No bias: batch normalization has its own.
  void add_block(Index filters, int kernel_size, Index depth_multiplier) {
    add<SeparableConv2D>({.filters = filters,
                          .kernel_size = kernel_size,
                          .padding = "same",
                          .depth_multiplier = depth_multiplier,
                          .use_bias = false,
                          .pointwise_regularizer = l2(1e-4),
                          .depthwise_constraint = max_norm(2.0, per_filter()),
                          .pointwise_constraint = max_norm(2.0, per_filter())});
    add<BatchNormalization>({.momentum = 0.9});
    add<layers::Activation>("relu");
  }
};

ClassTable evaluate(Layer& net, const Dataset& data) {
  ClassTable table(data.class_names());
  for (const Batch& batch : data.batches({.size = 250}))
    table.count(batch.labels, argmax(net(batch.images)).values);
  return table;
}

// Falls from `peak` to 0 like half a wave of a cosine.
LearningRate cosine(double peak, Index steps) {
  return [=](Index step) {
    const double way = static_cast<double>(step) / static_cast<double>(steps);
    return peak * 0.5 * (1.0 + std::cos(std::numbers::pi * way));
  };
}

// Where a training was stopped before its end.
struct Stop {
  Index epoch, step, steps;
  int signal;
};

void check_finite(double loss, int epoch, Index step) {
  if (!std::isfinite(loss))
    throw ValueError(
        "--learning-rate: the loss must stay finite; got {} in epoch {}, step {}; try a lower rate",
        loss, epoch, step);
}

// Trains `net` on `data.train`; shows and records how it goes.
std::optional<Stop> train(Layer& net, const DataSplit& data, const FashionMnistChoices& choices,
                          JsonLines* metrics) {
  const Index steps = (data.train.size() + choices.batch - 1) / choices.batch;
  SGD sgd({.learning_rate = cosine(choices.learning_rate, steps * choices.epochs),
           .momentum = choices.momentum,
           .nesterov = true});
  const Interruptible ctrl_c;
  Progress progress(choices.epochs, steps);
  for (int epoch = 1; epoch <= choices.epochs; ++epoch) {
    const double start = steady_seconds();
    ClassTable table(data.train.class_names());
    double loss_sum = 0.0;
    Index step = 0, images = 0;
    for (const Batch& batch : data.train.batches({.size = choices.batch,
                              .shuffle = true,
                              .seed = choices.seed,
                              .epoch = static_cast<std::uint64_t>(epoch)})) {
      Tape tape;
      const Tensor logits = net(batch.images, {.training = true});
      const Tensor loss = softmax_cross_entropy(logits, batch.labels) + net.total_loss();
      sgd.apply_gradients(std::move(tape).gradient(loss, net.trainable_variables()));
      net.apply_updates();

      ++step;
      images += batch.size();
      loss_sum += loss.item() * static_cast<double>(batch.size());
      table.count(batch.labels, argmax(logits).values);
      check_finite(loss.item(), epoch, step);
      const double mean_loss = loss_sum / static_cast<double>(images);
      progress.step(batch.size(), {{{"loss", mean_loss}, {"accuracy", table.accuracy()}}});
      if (ctrl_c.interrupted()) return Stop{epoch, step, steps, ctrl_c.signal()};
    }
    const double seconds = steady_seconds() - start;
    const double mean_loss = loss_sum / static_cast<double>(images);
    const double test_accuracy = evaluate(net, data.test).accuracy();
    progress.end_epoch(
        {{{"loss", mean_loss}, {"accuracy", table.accuracy()}, {"test accuracy", test_accuracy}}});
    if (metrics)
      metrics->write({{{"epoch", Index{epoch}},
                       {"steps", step},
                       {"loss", mean_loss},
                       {"accuracy", table.accuracy()},
                       {"test_accuracy", test_accuracy},
                       {"seconds", seconds}}});
  }
  return std::nullopt;
}

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
    if (choices.data.empty() && !fashion_mnist_available()) return drawn_shapes();
    return fashion_mnist({.directory = choices.data.string()});
  });
  if (choices.limit == 0) return data;
  return {data.train.take(choices.limit), data.test.take(choices.limit)};
}

// The names of the classes stand beside the weights, a line each.
std::string joined(const std::vector<std::string>& names) {
  return fmt::format("{}", fmt::join(names, "\n"));
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

int run(const FashionMnistChoices& choices) {
  if (choices.threads > 0) set_num_threads(choices.threads);
  set_seed(choices.seed);
  Network net;
  const Summary table_of_layers = summary(net, {Shape::unknown, 28, 28, 1});  // builds it, too

  Tensor picture;
  if (!choices.predict.empty())
    picture = for_option("--predict", [&] { return read_pgm(choices.predict, 28, 28); });
  if (picture.defined() && std::filesystem::exists(choices.save)) {
    const auto texts = for_option("--save", [&] { return load_weights(net, choices.save); });
    fmt::print("{}: {}\n", choices.predict.string(), guesses(net, picture, class_names(texts)));
    return 0;
  }

  // What cannot be read or written is found out now, not after minutes.
  const DataSplit data = find_data(choices);
  std::optional<JsonLines> metrics;
  if (!choices.save.empty()) for_option("--save", [&] { AtomicFile probe(choices.save); });
  if (!choices.metrics.empty()) for_option("--metrics", [&] { metrics.emplace(choices.metrics); });

  fmt::print("{}: {} images of {} classes to train on, {} to test\n", data.train.name(),
             data.train.size(), data.train.num_classes(), data.test.size());
  fmt::print("{}", table_of_layers.str());
  const std::optional<Stop> stop = train(net, data, choices, metrics ? &*metrics : nullptr);
  if (!choices.save.empty())
    for_option("--save", [&] {
      save_weights(net, choices.save, {{"classes", joined(data.train.class_names())}});
    });
  if (stop) {
    if (metrics)
      metrics->write({{{"event", "interrupted"}, {"epoch", stop->epoch}, {"step", stop->step}}});
    fmt::print("stopped by {} after step {} of {} in epoch {} of {}\n",
               stop->signal == SIGINT ? "Ctrl-C" : "a signal", stop->step, stop->steps, stop->epoch,
               choices.epochs);
    return 128 + stop->signal;
  }

  const ClassTable table = evaluate(net, data.test);
  fmt::print("\n{}", table.str());
  if (picture.defined())
    fmt::print("{}: {}\n", choices.predict.string(),
               guesses(net, picture, data.train.class_names()));
  fmt::print("test accuracy: {:.4f}\n", table.accuracy());
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  const FashionMnistChoices choices = parse_choices(argc, argv);
  try {
    return run(choices);
  } catch (const std::exception& error) {
    fmt::print(stderr, "fashion_mnist: {}\n", error.what());
    return 1;
  }
}
