// Contract 6: the tape.
#include <doctest/doctest.h>

#include <reel/core/ops.h>
#include <reel/core/record.h>
#include <reel/core/tape.h>

#include "ledger_helpers.h"

using namespace reel;
using namespace reel::test;

TEST_CASE("6 gradient may be called again and gives the same") {
  const Tensor x(3.0);
  Tape tape;
  tape.watch(x);
  const Tensor y = x * x;
  CHECK(tape.gradient(y, x).item() == 6.0);
  CHECK(tape.gradient(y, x).item() == 6.0);
}

TEST_CASE("6 what is computed before it is watched has no gradient") {
  const Tensor x(2.0);
  Tape tape;
  const Tensor y = x * x;
  tape.watch(x);
  CHECK_THROWS_WITH_AS(
      tape.gradient(y, x),
      "gradient: the target must depend on every source; it does not depend on source 0 of shape "
      "(); watch it before it is used, or pass {.unconnected = Unconnected::zeros}",
      ValueError);
}

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
  CHECK_THROWS_WITH_AS(tape.gradient(y, x, {.output_gradients = {x, x}}),
                       "gradient: there must be at most 1 output gradients; got 2", ValueError);
}

TEST_CASE("6 a target that is a source itself has the gradient one, watched or not") {
  const Tensor x{1, 2};
  Tape tape;
  CHECK(tape.gradient(x, x).to_vector() == std::vector<double>{1, 1});
}

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

TEST_CASE("6 stop_gradient keeps the value and cuts the path") {
  const Tensor x(3.0);
  Tape tape;
  tape.watch(x);
  const Tensor y = x * stop_gradient(x);
  CHECK(y.item() == 9.0);
  CHECK(tape.gradient(y, x).item() == 3.0);
}

TEST_CASE("6 what runs while the tape pauses is a constant to it") {
  const Tensor x(3.0);
  Tape tape;
  tape.watch(x);
  Tensor c;
  {
    const auto pause = tape.pause();
    c = x * x;
  }
  CHECK(tape.gradient(c * x, x).item() == 9.0);
  CHECK(tape.gradient(c, x, {.unconnected = Unconnected::zeros}).item() == 0.0);
}

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

TEST_CASE("6 variables are watched when read, in the order of their first read") {
  const Variable a(Tensor(1.0)), b(Tensor(2.0)), frozen(Tensor(3.0), {.trainable = false});
  Tape tape;
  const Tensor y = b * a * b * frozen;
  CHECK(tape.watched_variables() == std::vector{b, a});
  CHECK(tape.gradient(y, frozen, {.unconnected = Unconnected::none}).defined() == false);
}

TEST_CASE("6 without watch_accessed_variables only what is watched counts") {
  const Variable a(Tensor(1.0)), b(Tensor(2.0), {.trainable = false});
  Tape tape({.watch_accessed_variables = false});
  tape.watch(b);
  const Tensor y = a * b;
  CHECK(tape.watched_variables() == std::vector{b});
  CHECK(tape.gradient(y, b).item() == 1.0);
  CHECK_FALSE(tape.gradient(y, a, {.unconnected = Unconnected::none}).defined());
}

TEST_CASE("6 assigning between the forward pass and the gradient changes nothing") {
  const Variable w(Tensor(3.0));
  Tape tape;
  const Tensor y = w * w;
  w.assign(Tensor(100.0));
  const Tensor z = w * 2.0;
  CHECK(tape.gradient(y, w).item() == 6.0);
  CHECK(tape.gradient({y, z}, w).item() == 8.0);
}

TEST_CASE("6 several variables are watched at once, and nothing cannot be watched") {
  const Variable a(Tensor(1.0), {.trainable = false}), b(Tensor(2.0), {.trainable = false});
  Tape tape;
  tape.watch(std::vector{a, b});
  CHECK(tape.watched_variables() == std::vector{a, b});
  CHECK(tape.gradient(a * b, a).item() == 2);
  CHECK_THROWS_WITH_AS(tape.watch(Tensor()), "Tape: watch needs a tensor; got an undefined one",
                       ValueError);
  CHECK_THROWS_WITH_AS(tape.watch(Variable()), "Tape: watch needs a variable; got none",
                       ValueError);
}

TEST_CASE("6 watched variables can be asked for after the gradient") {
  const Variable w(Tensor(3.0));
  Tape tape;
  const Tensor y = w * w;
  tape.gradient(y, w);
  CHECK(tape.watched_variables() == std::vector{w});
}

TEST_CASE("6 a target may be a variable, and must be something") {
  const Variable w(Tensor(3.0));
  Tape tape;
  CHECK(tape.gradient(w, w).item() == 1);
  CHECK_THROWS_WITH_AS(tape.gradient(Tensor(), w),
                       "gradient: a target must be a tensor; got an undefined one", TypeError);
}

TEST_CASE("6 zeros for what is unconnected have the shape of the source") {
  const Tensor x = ones({2, 3}, float64);
  Tape tape;
  tape.watch(x);
  const Tensor dx = tape.gradient(Tensor(1.0), x, {.unconnected = Unconnected::zeros});
  CHECK(dx.shape() == Shape{2, 3});
  CHECK(dx.dtype() == float64);
}

TEST_CASE("6 a variable that is used several times gets the sum") {
  const Variable w(Tensor(3.0));
  Tape tape;
  const Tensor y = w * 2.0 + w * w + stop_gradient(w);
  CHECK(tape.gradient(y, w).item() == 8);
}

TEST_CASE("6 pausing needs a tape that is recording and not given away") {
  const Variable w(Tensor(3.0));
  Tape tape;
  {
    const auto pause = tape.pause();
    CHECK_THROWS_WITH_AS(
        tape.pause(), "Tape: pause needs a tape that records; this one is paused", ValueError);
    CHECK_THROWS_WITH_AS(
        tape.reset(), "Tape: reset needs a tape that records; this one is paused", ValueError);
  }
  CHECK_NOTHROW(tape.pause());
  const Tensor y = w * w;
  std::move(tape).gradient(y, w);
  CHECK_THROWS_AS(tape.pause(), RuntimeError);
}

TEST_CASE("6 reset forgets everything and starts afresh") {
  const Variable w(Tensor(3.0)), fixed(Tensor(1.0), {.trainable = false});
  Tape tape;
  tape.watch(fixed);
  const Tensor y = w * w * fixed;
  const std::uint64_t serial = graph_serial();
  tape.reset();
  CHECK(tape.size() == 0);
  CHECK(graph_serial() != serial);
  CHECK(tape.watched_variables().empty());
  CHECK_FALSE(tape.gradient(y, w, {.unconnected = Unconnected::none}).defined());
  const Tensor z = w * 5.0 * fixed;
  CHECK(tape.gradient(z, w).item() == 5);
  CHECK_FALSE(tape.gradient(z, fixed, {.unconnected = Unconnected::none}).defined());
}

TEST_CASE("6 a tape that was given away is usable again after a reset") {
  const Variable w(Tensor(3.0));
  Tape tape;
  const Tensor y = w * w;
  std::move(tape).gradient(y, w);
  tape.reset();
  const Tensor z = w * w;
  CHECK(tape.gradient(z, w).item() == 6);
}

TEST_CASE("6 the reset of an inner tape takes nothing from the outer one") {
  const Tensor x(3.0);
  Tape outer;
  outer.watch(x);
  const Tensor y = x * x;
  {
    Tape inner;
    const Tensor z = y * 5.0;
    inner.reset();
    CHECK(inner.size() == 0);
    CHECK_FALSE(inner.gradient(z, y, {.unconnected = Unconnected::none}).defined());
    CHECK(outer.gradient(z, x).item() == 30);
  }
}

TEST_CASE("6 losses and updates go with what a reset forgets") {
  const VariableStore store;
  Counter counter;
  Talkative talk(LayerOptions{.activity_regularizer = "l1"});
  Tape tape;
  counter(ones({1}), training);
  counter.apply_updates();
  talk(ones({1, 1}));
  tape.reset();
  CHECK(counter.updates().empty());
  CHECK(talk.losses().empty());
  talk(ones({1, 1}));
  CHECK(talk.losses().size() == 1);
}

TEST_CASE("6 weights that the first call makes under the tape are watched when it reads them") {
  const VariableStore store;
  Affine layer;
  Tape tape;
  const Tensor y = layer(ones({1, 2}));
  CHECK(tape.watched_variables().size() == 2);
  CHECK(tape.gradient(y, layer.w).to_vector() == Items{1, 1});
}

TEST_CASE("6 watching a layer's variables before its first call watches nothing") {
  const VariableStore store;
  Affine layer;
  Tape tape({.watch_accessed_variables = false});
  tape.watch(layer.variables());
  const Tensor y = layer(ones({1, 2}));
  CHECK(tape.watched_variables().empty());
  CHECK_FALSE(tape.gradient(y, layer.w, {.unconnected = Unconnected::none}).defined());
}

TEST_CASE("6 losses have gradients only where they are read under the tape") {
  const VariableStore store;
  SeparableConv2D layer({.filters = 1, .kernel_size = 1, .pointwise_regularizer = "l2"});
  layer.build({1, 1, 1, 1});
  const Tensor outside = layer.total_loss();
  Tape tape;
  const Tensor inside = layer.total_loss();
  const Variable w = layer.pointwise_kernel();
  CHECK(tape.gradient(inside, w).item() == doctest::Approx(0.02 * w.value().item()));
  CHECK_FALSE(tape.gradient(outside, w, {.unconnected = Unconnected::none}).defined());
}

TEST_CASE("6 a rule of one's own takes the place of an op's") {
  const Tensor x(3.0);
  Tape tape;
  tape.watch(x);
  const Tensor y =
      record("clipped", x * 1.0, wrt(x, [](const Tensor& dy) { return clip(dy, -1, 1); }));
  CHECK(tape.gradient(100.0 * y, x).item() == 1);
}
