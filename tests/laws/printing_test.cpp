// What prints to a stream prints the same text through fmt, with a text's widths and fills.
//
// public_types_test.py looks that no type is added that prints in one way only.
// Read before: text_formatter.h.
#include <doctest/doctest.h>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <sstream>

#include <reel/reel.h>

using namespace reel;

namespace {

template <class T>
void check_prints(const T& value, const std::string& text) {
  std::ostringstream out;
  out << value;
  CHECK(out.str() == text);
  CHECK(fmt::format("{}", value) == text);
  CHECK(fmt::format("{:>2000}", value) == fmt::format("{:>2000}", text));
}
template <class T>
void check_prints(const T& value) {
  check_prints(value, value.str());
}

}  // namespace

TEST_CASE("what prints to a stream prints through fmt, by the same text") {
  set_seed(1);
  check_prints(float64, "float64");
  check_prints(Shape{2, Shape::unknown}, "(2, ?)");
  check_prints(Tensor{{1, 2}, {3, 4}}, "[[1, 2],\n [3, 4]]  (2, 2) float32");
  check_prints(argmax(Tensor{{1, 2}, {4, 3}}), "[1, 0]  (2,)");
  check_prints(TapeBytes{.record = 1, .tensors = 2}, "3 bytes: 1 of nodes and rules, 2 of tensors");
  check_prints(Config{{"units", 3}, {"rate", 0.5}}, "{\n  \"units\": 3,\n  \"rate\": 0.5\n}");
  check_prints(check_gradients([](const Tensor& x) { return 2 * x; }, Tensor({1}, float64)));
  const GradCheckReport wrong =
      check_gradients([](const Tensor& x) { return abs(x); }, Tensor({0}, float64));
  check_prints(wrong, wrong.message);

  Sequential net("net");
  net.add<Dense>({.units = 2, .kernel_regularizer = l2(0.1), .kernel_constraint = max_norm(1)});
  check_prints(summary(net, {Shape::unknown, 3}));
  check_prints(check_constraints(net.variables()));
  const Tape tape;
  net(Tensor{{1, 2, 3}});
  check_prints(ledger(net, tape));
}

TEST_CASE("a value of a config prints as JSON") {
  check_prints(ConfigValue(), "null");
  check_prints(ConfigValue(true), "true");
  check_prints(ConfigValue(3), "3");
  check_prints(ConfigValue(0.5), "0.5");
  check_prints(ConfigValue("relu"), "\"relu\"");
  check_prints(ConfigValue(std::vector{1, 2}), "[\n  1,\n  2\n]");
  check_prints(ConfigValue(Config{{"units", 3}}), "{\n  \"units\": 3\n}");
}

TEST_CASE("a value of an enum prints by its name") {
  check_prints(Reduction::none, "none");
  check_prints(Reduction::sum, "sum");
  check_prints(Reduction::sum_over_batch_size, "sum_over_batch_size");
  check_prints(Reduction::weighted_mean, "weighted_mean");
  check_prints(Reduction::by_nonzero_weights, "by_nonzero_weights");
  check_prints(static_cast<Reduction>(5), "unknown");
  check_prints(static_cast<Reduction>(-1), "unknown");
  check_prints(float32, "float32");
  check_prints(Unconnected::none, "none");
  check_prints(GradCheckVerdict::varies, "varies");
  check_prints(GradCheckPattern::throws, name_of(GradCheckPattern::throws));
  check_prints(PadMode::symmetric, "symmetric");
  check_prints(Interpolation::bilinear, "bilinear");
  check_prints(FusedActivation::relu, "relu");
  check_prints(KernelKind::bias, "bias");
  check_prints(Missing::nan, "nan");
  check_prints(Padding::same, "same");
  check_prints(DataFormat::channels_first, "channels_first");
  check_prints(NormAxes::Rule::per_filter, "per_filter");
  check_prints(Reuse::automatic, "automatic");
  check_prints(ProgressOptions::Mode::lines, "lines");
  check_prints(logging::Level::off, "off");
}

TEST_CASE("a variable prints as its value does, with its name behind, and is not read by that") {
  const Variable w(Tensor{{1, -2}, {3, 4}}, {.name = "net/w"});
  const Tape tape;
  check_prints(w, "[[ 1, -2],\n [ 3,  4]]  (2, 2) float32 'net/w'");
  check_prints(Variable(), "Variable(undefined)");
  CHECK(tape.size() == 0);
  CHECK(fmt::format("{}", std::vector{w}) == fmt::format("[{}]", w));
}
