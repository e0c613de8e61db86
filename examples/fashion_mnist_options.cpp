#include "fashion_mnist_options.h"

#include <CLI/CLI.hpp>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <limits>
#include <map>
#include <optional>
#include <vector>

#include <fmt/ranges.h>

#include <reel/core/error.h>
#include <reel/core/runtime/version.h>

#include "fashion_mnist_schedules.h"

namespace {

template <class Number>
std::optional<Number> as_number(const std::string& text) {
  Number number{};
  const char* end = text.data() + text.size();
  const auto [rest, status] = std::from_chars(text.data(), end, number);
  if (status != std::errc() || rest != end) return std::nullopt;
  return number;
}

// A check gives back what is wrong, or nothing; CLI11 puts the option's name before it.
auto whole_number(std::uint64_t least, std::uint64_t most) {
  return [=](const std::string& text) -> std::string {
    const auto number = as_number<std::uint64_t>(text);
    if (number && *number >= least && *number <= most) return {};
    return fmt::format("must be a whole number from {} to {}; got {}", least, most, text);
  };
}

std::string positive_number(const std::string& text) {
  const auto number = as_number<double>(text);
  if (number && std::isfinite(*number) && *number > 0.0) return {};
  return "must be a number above 0; got " + text;
}

std::string number_below_one(const std::string& text) {
  const auto number = as_number<double>(text);
  if (number && *number >= 0.0 && *number < 1.0) return {};
  return "must be a number from 0 up to but not including 1; got " + text;
}

// What a step of each may be at first: what is usual for it. Only that of sgd was tuned here.
const std::map<std::string, double> learning_rates{
    {"sgd", 0.1},      {"adam", 0.003},   {"adamw", 0.003}, {"rmsprop", 0.002}, {"adagrad", 0.03},
    {"adadelta", 1.0}, {"adamax", 0.005}, {"nadam", 0.003}, {"ftrl", 0.1}};

std::string names_in(const auto& table) {
  std::vector<std::string> names;
  for (const auto& [name, value] : table) names.push_back(name);
  return fmt::format("{}", fmt::join(names, ", "));
}

auto name_in(const auto& table) {
  return [&](const std::string& text) -> std::string {
    if (table.contains(text)) return {};
    return fmt::format("must be one of {}; got {}", names_in(table), text);
  };
}

std::string not_empty(const std::string& text) { return text.empty() ? "must not be empty" : ""; }

[[noreturn]] void end_with_mistake(const std::string& message) {
  fmt::print(stderr, "fashion_mnist: {}\n`fashion_mnist --help` lists the options\n", message);
  std::exit(2);
}

// Where a path leads, as far as the system can tell; what is wrong with it is found out later.
std::filesystem::path destination(const std::filesystem::path& path) {
  std::error_code error;
  const std::filesystem::path whole = std::filesystem::absolute(path, error);
  if (error) return path;
  const std::filesystem::path found = std::filesystem::weakly_canonical(whole, error);
  return error ? whole : found;
}

void check_that_files_differ(const FashionMnistChoices& choices) {
  const auto same = [](const std::filesystem::path& a, const std::filesystem::path& b) {
    return !a.empty() && !b.empty() && destination(a) == destination(b);
  };
  if (same(choices.save, choices.metrics)) end_with_mistake("--save and --metrics: must differ");
  if (same(choices.predict, choices.save)) end_with_mistake("--predict and --save: must differ");
  if (same(choices.predict, choices.metrics))
    end_with_mistake("--predict and --metrics: must differ");
  if (same(choices.resume, choices.metrics))
    end_with_mistake("--resume and --metrics: must differ");
}

constexpr const char* description =
    "Trains a small separable convolutional network to tell ten kinds of clothing apart, on the\n"
    "60,000 photographs of Fashion-MNIST, and tests it on 10,000 others. Without the photographs\n"
    "(Debian's package dataset-fashion-mnist) it learns ten kinds of drawn shapes instead.";

constexpr const char* afterword =
    "Ctrl-C ends the training after the step that runs, and still saves what --save names.\n"
    "Exit status: 0 done; 1 a file cannot be read or written, the loss is not finite any more,\n"
    "or memory is short; 2 a wrong option; 130 Ctrl-C, 143 SIGTERM.\n"
    "\n"
    "Train, stop, come back, classify a picture:\n"
    "  fashion_mnist --save clothing.safetensors --checkpoint-every 200\n"
    "  fashion_mnist --resume clothing.safetensors --save clothing.safetensors\n"
    "  fashion_mnist --save clothing.safetensors --predict shirt.pgm\n"
    "What is not named then comes from the checkpoint, and what is named must be the same there,\n"
    "but for --epochs, which counts from the beginning. The results are those of a run that never\n"
    "stopped, bit for bit.\n"
    "A picture is 28 x 28 grey pixels, the garment light on black, for instance from\n"
    "  convert photo.jpg -resize '28x28!' -colorspace gray -negate -depth 8 shirt.pgm";

}  // namespace

FashionMnistChoices parse_choices(int argc, char** argv) {
  FashionMnistChoices choices;
  CLI::App app(description, "fashion_mnist");
  app.footer(afterword);
  app.get_formatter()->column_width(28);
  app.set_version_flag("--version", fmt::format("fashion_mnist of reel {}", reel::version()));

  constexpr std::uint64_t many = std::numeric_limits<std::int32_t>::max();
  const auto number = [&](const char* name, auto& value, const char* help, auto check) {
    app.add_option(name, value, help)->check(check)->capture_default_str();
  };
  const auto path = [&](const char* name, std::filesystem::path& value, const char* kind,
                        const char* help) {
    app.add_option(name, value, help)->type_name(kind)->check(not_empty);
  };
  path("--data", choices.data, "DIR", "folder of the four IDX files, plain or .gz");
  number("--epochs", choices.epochs, "passes over the training images", whole_number(1, 100000));
  number("--batch,--batch-size", choices.batch, "images a step", whole_number(1, 1 << 20));
  const auto name = [&](const char* option, std::string& value, const char* help,
                        const auto& table) {
    app.add_option(option, value, help + names_in(table))
        ->type_name("NAME")
        ->check(name_in(table))
        ->capture_default_str();
  };
  name("--optimizer", choices.optimizer, "one of ", learning_rates);
  app.add_option("--learning-rate,--lr", choices.learning_rate,
                 "the highest of the schedule; 0.1 for sgd, 0.003 for adam, and so on")
      ->check(positive_number);
  number("--momentum", choices.momentum, "of sgd", number_below_one);
  name("--schedule", choices.schedule, "of the rate: ", fashion_mnist_schedules());
  app.add_option("--schedule-epochs", choices.schedule_epochs,
                 "length of the schedule (--epochs of the first run)")
      ->check(whole_number(1, 100000));
  app.add_flag("--augment", choices.augment, "move, turn over and partly hide each image");
  app.add_option("--validation", choices.validation,
                 "training images to look at after each epoch instead (a tenth); 0: none")
      ->check(whole_number(0, many));
  number("--micro-batches", choices.micro_batches, "pieces that a batch is computed in",
         whole_number(1, 1 << 20));
  number("--seed", choices.seed, "of weights, order and dropout: the same seed, the same run",
         whole_number(0, std::numeric_limits<std::uint64_t>::max()));
  app.add_option("--threads", choices.threads, "threads to use (all processors); same results")
      ->check(whole_number(1, 1024));
  app.add_option("--limit", choices.limit, "use only the first images of each set (all)")
      ->check(whole_number(1, many));
  path("--metrics", choices.metrics, "FILE.jsonl", "write a line of JSON an epoch");
  path("--save", choices.save, "FILE.safetensors",
       "write the weights, and all that --resume needs, after each epoch");
  app.add_option("--checkpoint-every", choices.checkpoint_every,
                 "steps between two further such writings (none)")
      ->check(whole_number(1, many));
  path("--resume", choices.resume, "FILE.safetensors", "go on from what --save wrote");
  path("--theatre", choices.theatre.file, "FILE",
       "write a training step as a page to step through, tape.html, or by its ending as .json, "
       ".dot (a graph) or .txt");
  number("--theatre-step", choices.theatre.step, "which one", whole_number(1, many));
  path("--predict", choices.predict, "PICTURE",
       "classify a picture, with the weights of --save if that file is there");

  try {
    app.parse(argc, argv);
  } catch (const CLI::CallForHelp&) {
    fmt::print("{}", app.help());
    std::exit(0);
  } catch (const CLI::CallForVersion& version) {
    fmt::print("{}\n", version.what());
    std::exit(0);
  } catch (const CLI::ParseError& mistake) {
    end_with_mistake(mistake.what());
  }
  for (const CLI::Option* option : app.get_options())
    if (option->count() > 0) choices.given.insert(option->get_single_name());
  if (choices.checkpoint_every > 0 && choices.save.empty())
    end_with_mistake("--checkpoint-every: needs --save, the file to write");
  if (choices.given.contains("momentum") && choices.optimizer != "sgd")
    end_with_mistake("--momentum: is for sgd; got --optimizer " + choices.optimizer);
  // Its formula has the rate in a product over all steps (optim/nadam.h).
  if (choices.optimizer == "nadam") {
    if (choices.given.contains("schedule") && choices.schedule != "constant")
      end_with_mistake("--schedule: nadam needs a constant rate; got " + choices.schedule);
    choices.schedule = "constant";
  }
  check_that_files_differ(choices);
  return choices;
}

// --- what a checkpoint keeps of them -----------------------------------------------------------

namespace {

// The names are those of the options. Unsigned numbers of 64 bits are texts.
void visit_kept(auto& choices, const auto& field) {
  field("optimizer", choices.optimizer);
  field("learning-rate", choices.learning_rate);
  field("momentum", choices.momentum);
  field("schedule", choices.schedule);
  field("schedule-epochs", choices.schedule_epochs);
  field("batch", choices.batch);
  field("micro-batches", choices.micro_batches);
  field("augment", choices.augment);
  field("validation", choices.validation);
  field("limit", choices.limit);
  field("seed", choices.seed);
}

reel::ConfigValue as_value(const auto& value) { return value; }
reel::ConfigValue as_value(std::uint64_t seed) { return fmt::format("{}", seed); }

template <class T>
T from_value(const reel::ConfigValue& value) {
  if constexpr (std::is_same_v<T, std::uint64_t>) {
    if (value.get<std::string>())
      if (const auto seed = as_number<std::uint64_t>(*value.get<std::string>())) return *seed;
  } else {
    if (value.get<T>()) return *value.get<T>();
    if constexpr (std::is_same_v<T, double>)
      if (value.get<reel::Index>()) return static_cast<double>(*value.get<reel::Index>());
  }
  throw reel::ValueError("an option of another kind");
}

}  // namespace

reel::Config FashionMnistChoices::kept() const {
  reel::Config config;
  visit_kept(*this,
             [&](const char* name, const auto& value) { config.set(name, as_value(value)); });
  config.set("epochs", epochs);
  return config;
}

void FashionMnistChoices::take(const reel::Config& from_checkpoint) {
  visit_kept(*this, [&](const char* name, auto& value) {
    const auto there = from_value<std::decay_t<decltype(value)>>(from_checkpoint[name]);
    if (given.contains(name) && value != there)
      throw reel::ValueError("--{} must be {}, as in the checkpoint; got {}", name, there, value);
    value = there;
  });
  // Of the others the library says what is wrong.
  for (const std::string& mistake :
       {name_in(learning_rates)(optimizer), name_in(fashion_mnist_schedules())(schedule)})
    if (!mistake.empty()) throw reel::ValueError("an option of the checkpoint {}", mistake);
  if (!given.contains("epochs")) epochs = from_value<reel::Index>(from_checkpoint["epochs"]);
}

void FashionMnistChoices::settle(reel::Index images) {
  if (learning_rate == 0) learning_rate = learning_rates.at(optimizer);
  if (schedule_epochs == 0) schedule_epochs = epochs;
  if (validation < 0) validation = images / 10;
}
