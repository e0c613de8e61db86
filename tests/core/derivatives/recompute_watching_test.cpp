// What a tape begins to watch after a checkpoint is to that a constant, as to any op before.
#include <doctest/doctest.h>

#include <functional>
#include <vector>

#include <reel/core/derivatives/recompute.h>
#include <reel/core/ops.h>
#include <reel/core/tape.h>

using namespace reel;

namespace {

const Variable& trainable() {
  static const auto& w = *new Variable(Tensor({1.5, -2.0}, float64), {.name = "w"});
  return w;
}

const Tensor& constant() {
  static const auto& c = *new Tensor({0.5, 3.0}, float64);
  return c;
}

// Reads a variable, and uses what it captured.
Tensor used(const Tensor& x) { return sin(x * trainable()) * exp(constant()); }

// How `used` runs: 0 plainly, then in a checkpoint, then in one within another.
Tensor run(int depth, const Tensor& x) {
  if (depth == 0) return used(x);
  return checkpoint([depth](const Tensor& at) { return run(depth - 1, at) * at; }, x) / x;
}

enum class Late { variable, captured, input };

void watch(Tape& tape, Late what, const Tensor& x) {
  if (what == Late::variable) tape.watch(trainable());
  if (what == Late::captured) tape.watch(constant());
  if (what == Late::input) tape.watch(x);
}

using Numbers = std::vector<std::vector<double>>;

// The gradients of x, w and c, of a computation before `what` is watched and one after it.
Numbers gradients(int depth, Late what, bool among_others) {
  const Tensor x({0.7, 1.3}, float64);
  Tape outer;
  outer.watch(x);
  outer.watch(constant());
  if (!among_others) outer.reset();
  Tape tape({.watch_accessed_variables = false});
  if (what != Late::input) tape.watch(x);
  const Tensor before = run(depth, x);
  watch(tape, what, x);
  const Tensor y = sum(before) + sum(run(depth, x) * 2);
  const GradientOptions zeros{.unconnected = Unconnected::zeros};
  Numbers numbers;
  for (const Tensor& of_tensor : {x, constant()})
    numbers.push_back(tape.gradient(y, of_tensor, zeros).to_vector());
  numbers.push_back(tape.gradient(y, trainable(), zeros).to_vector());
  return numbers;
}

}  // namespace

TEST_CASE("what is watched after a checkpoint is a constant to it") {
  for (const Late what : {Late::variable, Late::captured, Late::input})
    for (const bool among_others : {false, true})
      for (const int depth : {1, 2}) {
        INFO("what ", static_cast<int>(what), ", depth ", depth);
        const Numbers plain = gradients(0, what, among_others);
        const Numbers again = gradients(depth, what, among_others);
        REQUIRE(plain.size() == again.size());
        for (std::size_t i = 0; i < plain.size(); ++i)
          for (std::size_t k = 0; k < plain[i].size(); ++k)
            CHECK(again[i][k] == doctest::Approx(plain[i][k]));
      }
}
