#include "fashion_mnist_options.h"

#include <CLI/CLI.hpp>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <limits>
#include <optional>

#include <reel/core/error.h>
#include <reel/core/runtime/version.h>

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
    "Train, keep the weights, classify a picture with them:\n"
    "  fashion_mnist --save clothing.safetensors\n"
    "  fashion_mnist --save clothing.safetensors --predict shirt.pgm\n"
    "A picture is 28 x 28 grey pixels, the garment light on black, for instance from\n"
    "  convert photo.jpg -resize '28x28!' -colorspace gray -negate -depth 8 shirt.pgm";

}  // namespace

FashionMnistChoices parse_choices(int argc, char** argv) {
  FashionMnistChoices choices;
  CLI::App app(description, "fashion_mnist");
  app.footer(afterword);
  app.get_formatter()->column_width(28);
  app.set_version_flag("--version", fmt::format("fashion_mnist of reel {}", reel::version()));

  const auto number = [&](const char* name, auto& value, const char* help, auto check) {
    app.add_option(name, value, help)->check(check)->capture_default_str();
  };
  const auto path = [&](const char* name, std::filesystem::path& value, const char* kind,
                        const char* help) {
    app.add_option(name, value, help)->type_name(kind)->check(not_empty);
  };
  constexpr std::uint64_t many = std::numeric_limits<std::int32_t>::max();
  path("--data", choices.data, "DIR", "folder of the four IDX files, plain or .gz");
  number("--epochs", choices.epochs, "passes over the training images", whole_number(1, 100000));
  number("--batch,--batch-size", choices.batch, "images a step", whole_number(1, 1 << 20));
  number("--learning-rate,--lr", choices.learning_rate,
         "of the first steps; falls to 0 along a cosine", positive_number);
  number("--momentum", choices.momentum, "of the optimizer", number_below_one);
  number("--seed", choices.seed, "of weights, order and dropout: the same seed, the same run",
         whole_number(0, std::numeric_limits<std::uint64_t>::max()));
  app.add_option("--threads", choices.threads, "threads to use (all processors); same results")
      ->check(whole_number(1, 1024));
  app.add_option("--limit", choices.limit, "use only the first images of each set (all)")
      ->check(whole_number(1, many));
  path("--metrics", choices.metrics, "FILE.jsonl", "write a line of JSON an epoch");
  path("--save", choices.save, "FILE.safetensors", "write the weights");
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
  check_that_files_differ(choices);
  return choices;
}
