// What a tape watches after a checkpoint, or a tape that begins after it, is no concern of its:
// gradients are those of the function without the checkpoint.
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

// A function of a function of `used`, each in a checkpoint or not.
Tensor run(bool recompute, const Tensor& x) {
  const auto kept = [recompute](const std::function<Tensor(const Tensor&)>& f, const Tensor& at) {
    return recompute ? checkpoint(f, at) : f(at);
  };
  return kept([kept](const Tensor& at) { return kept(used, at * 0.5) * at + kept(used, at); }, x) /
         x;
}

enum class Late { variable, captured, input };

void watch(Tape& tape, Late what, const Tensor& x) {
  if (what == Late::variable) tape.watch(trainable());
  if (what == Late::captured) tape.watch(constant());
  if (what == Late::input) tape.watch(x);
}

using Numbers = std::vector<std::vector<double>>;

Numbers gradients(const Tape& tape, const Tensor& y, const Tensor& x) {
  const GradientOptions zeros{.unconnected = Unconnected::zeros};
  return {tape.gradient(y, x, zeros).to_vector(), tape.gradient(y, constant(), zeros).to_vector(),
          tape.gradient(y, trainable(), zeros).to_vector()};
}

// Gradients of a first computation and a second one, between which `what` is watched.
Numbers first_order(bool recompute, Late what, bool among_others) {
  const Tensor x({0.7, 1.3}, float64);
  Tape outer;
  outer.watch(x);
  outer.watch(constant());
  if (!among_others) outer.reset();
  Tape tape({.watch_accessed_variables = false});
  if (what != Late::input) tape.watch(x);
  const Tensor before = run(recompute, x);
  watch(tape, what, x);
  const Tensor y = sum(before) + sum(run(recompute, x) * 2);
  return gradients(tape, y, x);
}

// Gradients of the gradient, by a tape that begins between the computation and its gradient.
Numbers by_a_later_tape(bool recompute, Late what, bool among_others) {
  const Tensor x({0.7, 1.3}, float64);
  Tape tape({.watch_accessed_variables = among_others});
  tape.watch(x);
  const Tensor y = sum(run(recompute, x));
  Tape later({.watch_accessed_variables = false});
  watch(later, what, x);
  return gradients(later, tape.gradient(y, x) * x, x);
}

// The same by one that is given the bit of a tape which recorded the computation.
Numbers by_a_later_namesake(bool recompute, Late what, bool among_others) {
  const Tensor x({0.7, 1.3}, float64);
  Tape tape({.watch_accessed_variables = among_others});
  tape.watch(x);
  Tensor y;
  {
    Tape gone;
    gone.watch(x);
    y = sum(run(recompute, x));
  }
  Tape later({.watch_accessed_variables = false});
  watch(later, what, x);
  return gradients(later, tape.gradient(y, x) * x, x);
}

}  // namespace

TEST_CASE("to a tape that began to watch after it a checkpoint is what its function is") {
  for (const auto numbers_of : {first_order, by_a_later_tape, by_a_later_namesake})
    for (const Late what : {Late::variable, Late::captured, Late::input})
      for (const bool among_others : {false, true}) {
        INFO("what ", static_cast<int>(what));
        const Numbers plain = numbers_of(false, what, among_others);
        const Numbers again = numbers_of(true, what, among_others);
        CHECK(again == plain);
      }
}

TEST_CASE("an empty function is no checkpoint") {
  const char* message = "recompute: a function is needed; got an empty one";
  using OfMany = std::function<Tensor(const std::vector<Tensor>&)>;
  CHECK_THROWS_WITH_AS(recompute(OfMany(), {constant()}), message, ValueError);
  using OfOne = std::function<Tensor(const Tensor&)>;
  CHECK_THROWS_WITH_AS(checkpoint(OfOne(), constant()), message, ValueError);
}
