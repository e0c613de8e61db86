// Contract 6: gradients that a tape gives.
#include <doctest/doctest.h>

#include <reel/core/ops.h>
#include <reel/core/record.h>
#include <reel/core/tape.h>

using namespace reel;

// Proves: 6 repeated
TEST_CASE("6 gradient may be called again and gives the same") {
  const Tensor x(3.0);
  Tape tape;
  tape.watch(x);
  const Tensor y = x * x;
  CHECK(tape.gradient(y, x).item() == 6.0);
  CHECK(tape.gradient(y, x).item() == 6.0);
}

// Proves: 6 unconnected
TEST_CASE("6 an unconnected variable is an error that names it, or zeros, or none") {
  const Variable w(Tensor{1, 2}, {.name = "cnn/dense/bias"});
  const Tensor x(2.0);
  Tape tape;
  tape.watch(x);
  const Tensor y = x * x;
  CHECK_THROWS_WITH_AS(
      tape.gradient(y, w),
      "gradient: the target must depend on every source; it does not depend on variable "
      "cnn/dense/bias; pass {.unconnected = Unconnected::zeros}, or none",
      ValueError);
  CHECK(tape.gradient(y, w, {.unconnected = Unconnected::zeros}).to_vector() ==
        std::vector<double>{0, 0});
  CHECK_FALSE(tape.gradient(y, w, {.unconnected = Unconnected::none}).defined());
}

// Proves: 6 gradient: targets
TEST_CASE("6 several targets are summed and weighed by their output gradients") {
  const Tensor x{1, 2};
  Tape tape;
  tape.watch(x);
  const Tensor a = x * 2.0, b = x * x;
  CHECK(tape.gradient({a, b}, x).to_vector() == std::vector<double>{4, 6});
  const Tensor da{10, 100};
  CHECK(tape.gradient({a, b}, x, {.output_gradients = {da, Tensor()}}).to_vector() ==
        std::vector<double>{22, 204});
}

// Proves: 6 gradient: targets
TEST_CASE("6 output gradients must fit their targets") {
  const Tensor x{1, 2};
  Tape tape;
  tape.watch(x);
  const Tensor y = x * 2.0;
  CHECK_THROWS_WITH_AS(tape.gradient(y, x, {.output_gradients = {Tensor(1.0)}}),
                       "gradient: output gradient 0 must have the target's shape (2,); got ()",
                       ValueError);
  CHECK_THROWS_WITH_AS(tape.gradient(y, x, {.output_gradients = {zeros({2}, float64)}}),
                       "gradient: output gradient 0 must be float32 as the target; got float64",
                       TypeError);
  CHECK_THROWS_WITH_AS(
      tape.gradient(y, x, {.output_gradients = {x, x}}),
      "gradient: there must be an output gradient for each target, or none; got 2 for 1",
      ValueError);
}

// Proves: 6 target and source the same
TEST_CASE("6 a target that is a source itself has the gradient one, watched or not") {
  const Tensor x{1, 2};
  Tape tape;
  CHECK(tape.gradient(x, x).to_vector() == std::vector<double>{1, 1});
}

// Proves: 6 recording; 6 gradient: sources
TEST_CASE("6 a source may be anything computed on the way") {
  const Tensor x(3.0);
  Tape tape;
  tape.watch(x);
  const Tensor h = x * x;
  const Tensor y = h * h;
  CHECK(tape.gradient(y, h).item() == 18.0);
  const auto both = tape.gradient(y, std::vector{x, h});
  CHECK(both[0].item() == 108.0);
  CHECK(both[1].item() == 18.0);
}

// Proves: 6 stop_gradient, own rules
TEST_CASE("6 stop_gradient keeps the value and cuts the path") {
  const Tensor x(3.0);
  Tape tape;
  tape.watch(x);
  const Tensor y = x * stop_gradient(x);
  CHECK(y.item() == 9.0);
  CHECK(tape.gradient(y, x).item() == 3.0);
}

// Proves: 6 nested tapes
TEST_CASE("6 nested tapes give second and third derivatives") {
  const Tensor x(2.0, float64);
  Tape first;
  first.watch(x);
  Tensor d1, d2;
  {
    Tape second;
    second.watch(x);
    {
      Tape third;
      third.watch(x);
      d1 = third.gradient(x * x * x * x, x);
    }
    d2 = second.gradient(d1, x);
  }
  CHECK(d1.item() == 32.0);
  CHECK(d2.item() == 48.0);
  CHECK(first.gradient(d2, x).item() == 48.0);
}

// Proves: 6 several uses, assignments
TEST_CASE("6 assigning between the forward pass and the gradient changes nothing") {
  const Variable w(Tensor(3.0));
  Tape tape;
  const Tensor y = w * w;
  w.assign(Tensor(100.0));
  const Tensor z = w * 2.0;
  CHECK(tape.gradient(y, w).item() == 6.0);
  CHECK(tape.gradient({y, z}, w).item() == 8.0);
}

// Proves: 6 gradient: targets
TEST_CASE("6 a target may be a variable, and must be something") {
  const Variable w(Tensor(3.0));
  Tape tape;
  CHECK(tape.gradient(w, w).item() == 1);
  CHECK_THROWS_WITH_AS(tape.gradient(Tensor(), w),
                       "gradient: a target must be a tensor; got an undefined one", TypeError);
}

// Proves: 6 unconnected
TEST_CASE("6 zeros for what is unconnected have the shape of the source") {
  const Tensor x = ones({2, 3}, float64);
  Tape tape;
  tape.watch(x);
  const Tensor dx = tape.gradient(Tensor(1.0), x, {.unconnected = Unconnected::zeros});
  CHECK(dx.shape() == Shape{2, 3});
  CHECK(dx.dtype() == float64);
}

// Proves: 6 several uses, assignments
TEST_CASE("6 a variable that is used several times gets the sum") {
  const Variable w(Tensor(3.0));
  Tape tape;
  const Tensor y = w * 2.0 + w * w + stop_gradient(w);
  CHECK(tape.gradient(y, w).item() == 8);
}

// Proves: 6 stop_gradient, own rules
TEST_CASE("6 a rule of one's own takes the place of an op's") {
  const Tensor x(3.0);
  Tape tape;
  tape.watch(x);
  const Tensor y =
      record("clipped", x * 1.0, wrt(x, [](const Tensor& dy) { return clip(dy, -1, 1); }));
  CHECK(tape.gradient(100.0 * y, x).item() == 1);
}
