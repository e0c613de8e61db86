// Ops of a user's own, written with nothing but the public headers.
#include <doctest/doctest.h>

#include <cmath>

#include <reel/reel.h>

using namespace reel;

namespace {

// x^3, from the outside: one function, loops of its own, one rule.
Tensor cube(const Operand& operand) {
  const Tensor& x = operand.tensor("cube");
  Tensor y = Tensor::empty(x.shape(), x.dtype());
  dispatch(x.dtype(), [&](auto zero) {
    using T = decltype(zero);
    for (Index i = 0; i < x.size(); ++i)
      writable<T>(y)[i] = x.data<T>()[i] * x.data<T>()[i] * x.data<T>()[i];
  });
  return record("cube", y, wrt(x, [x](const Tensor& dy) { return dy * 3.0 * x * x; }));
}

// sqrt(a^2 + b^2), whose rules share their result, with broadcasting.
Tensor hypotenuse(const Operand& a_in, const Operand& b_in) {
  const Tensor &a = a_in.like(b_in, "hypotenuse"), &b = b_in.like(a_in, "hypotenuse");
  const Tensor y = [&] {
    const PauseRecording pause;
    return sqrt(a * a + b * b);
  }();
  return record("hypotenuse", y, wrt(a, [a, y](const Tensor& dy) { return dy * a / y; }),
                wrt(b, [b, y](const Tensor& dy) { return dy * b / y; }));
}

// (a b, both gradients at once), of which `needs` says which are needed.
Tensor product(const Tensor& a, const Tensor& b) {
  const Tensor y = stop_gradient(a) * stop_gradient(b);
  return record("product", y,
                wrt({a, b}, [a, b](const Tensor& dy, const NeedsGradient& needs) -> Gradients {
                  return {needs[0] ? dy * b : Tensor(), needs[1] ? dy * a : Tensor()};
                }));
}

// A sum of any number of tensors.
Tensor total(const std::vector<Tensor>& xs) {
  Tensor y = zeros_like(xs[0]);
  {
    const PauseRecording pause;
    for (const Tensor& x : xs) y = y + x;
  }
  return record("total", y,
                wrt_each(xs, [](std::size_t) { return [](const Tensor& dy) { return dy; }; }));
}

void check(const GradCheckReport& report) {
  INFO(report);
  CHECK(report.passed);
}

}  // namespace

TEST_CASE("an op of one's own is one function with its rule, differentiable twice") {
  const Tensor x({{0.5, -1.2}, {2, 0.1}}, float64);
  check(check_gradients([](const Tensor& x) { return cube(x); }, x));
  CHECK(cube(Tensor{2}).to_vector() == std::vector<double>{8});
  const Variable w(Tensor(2.0));
  Tape tape;
  CHECK(tape.gradient(cube(w), w).item() == 12.0);
}

TEST_CASE("an op of one's own broadcasts without a word about it in its rules") {
  const Tensor a({{1, 2, 3}, {4, 5, 6}}, float64), b({3, 4, 5}, float64);
  check(check_gradients([](const std::vector<Tensor>& xs) { return hypotenuse(xs[0], xs[1]); },
                        {a, b}));
  CHECK(hypotenuse(Tensor(3.0), 4).item() == 5.0);
}

TEST_CASE("an op of one's own may have one rule for several arguments, or one for each of many") {
  const Tensor a({1, 2}, float64), b({3, -4}, float64);
  check(
      check_gradients([](const std::vector<Tensor>& xs) { return product(xs[0], xs[1]); }, {a, b}));
  check(check_gradients(
      [](const std::vector<Tensor>& xs) {
        return total({xs[0] * xs[1], xs[0], xs[1]});
      },
      {a, b}));
}

TEST_CASE("an op of one's own may have one rule for eight arguments, not for nine") {
  const Tensor x(2.0);
  const auto twice = [](const Tensor& dy, const NeedsGradient&) -> Gradients { return {dy * 2.0}; };
  Tape tape;
  tape.watch(x);
  const Tensor y = record("eight", Tensor(1.0), wrt({x, x, x, x, x, x, x, x}, twice));
  CHECK(tape.gradient(y, x).item() == 2.0);
  CHECK_THROWS_WITH_AS(wrt({x, x, x, x, x, x, x, x, x}, twice),
                       "wrt: one rule must have at most 8 arguments; got 9; give each a rule of "
                       "its own, or use wrt_each",
                       ValueError);
}

TEST_CASE("an op of one's own works in a layer, in a checkpoint, and on a tape that is looked at") {
  struct Cube : Layer {
    Tensor call(const Tensor& x, const Call&) override { return checkpoint(cube, x); }
  };
  const VariableStore store;
  Sequential net("net");
  net.add<Dense>({.units = 2});
  net.add<Cube>();
  const Tensor x = linspace(-1, 1, 6);
  Tape tape;
  const Tensor y = net(reshape(x, {2, 3}));
  CHECK(tape.nodes().back().name == "cube");
  const auto gradients = tape.gradient(y, net.trainable_variables());
  CHECK(gradients[0].gradient.shape() == Shape{3, 2});
  CHECK(tape.nodes().back().name == "cube");
}
