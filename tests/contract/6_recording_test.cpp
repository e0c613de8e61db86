// Contract 6: what a tape records, watches and forgets.
#include <doctest/doctest.h>

#include <reel/core/inspect/graph.h>
#include <reel/core/ops.h>
#include <reel/core/tape.h>

#include "ledger_helpers.h"

using namespace reel;
using namespace reel::test;

// Proves: 6 recording
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

// Proves: 6 stop_recording
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

// Proves: 6 auto-watch
TEST_CASE("6 variables are watched when read, in the order of their first read") {
  const Variable a(Tensor(1.0)), b(Tensor(2.0)), frozen(Tensor(3.0), {.trainable = false});
  Tape tape;
  const Tensor y = b * a * b * frozen;
  CHECK(tape.watched_variables() == std::vector{b, a});
  CHECK(tape.gradient(y, frozen, {.unconnected = Unconnected::none}).defined() == false);
}

// Proves: 6 auto-watch
TEST_CASE("6 without watch_accessed_variables only what is watched counts") {
  const Variable a(Tensor(1.0)), b(Tensor(2.0), {.trainable = false});
  Tape tape({.watch_accessed_variables = false});
  tape.watch(b);
  const Tensor y = a * b;
  CHECK(tape.watched_variables() == std::vector{b});
  CHECK(tape.gradient(y, b).item() == 1.0);
  CHECK_FALSE(tape.gradient(y, a, {.unconnected = Unconnected::none}).defined());
}

// Proves: 6 watch
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

// Proves: 6 watched_variables
TEST_CASE("6 watched variables can be asked for after the gradient") {
  const Variable w(Tensor(3.0));
  Tape tape;
  const Tensor y = w * w;
  tape.gradient(y, w);
  CHECK(tape.watched_variables() == std::vector{w});
}

// Proves: 6 stop_recording
TEST_CASE("6 pausing needs a tape that is recording and not given away") {
  const Variable w(Tensor(3.0));
  Tape tape;
  {
    const auto pause = tape.pause();
    CHECK_THROWS_WITH_AS(tape.pause(), "Tape: pause needs a tape that records; this one is paused",
                         ValueError);
    CHECK_THROWS_WITH_AS(tape.reset(), "Tape: reset needs a tape that records; this one is paused",
                         ValueError);
  }
  CHECK_NOTHROW(tape.pause());
  const Tensor y = w * w;
  std::move(tape).gradient(y, w);
  CHECK_THROWS_AS(tape.pause(), RuntimeError);
}

// Proves: 6 reset
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

// Proves: 6 reset
TEST_CASE("6 a tape that was given away is usable again after a reset") {
  const Variable w(Tensor(3.0));
  Tape tape;
  const Tensor y = w * w;
  std::move(tape).gradient(y, w);
  tape.reset();
  const Tensor z = w * w;
  CHECK(tape.gradient(z, w).item() == 6);
}

// Proves: 6 reset
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

// Proves: 6 reset
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

// Proves: 6 layers
TEST_CASE("6 weights that the first call makes under the tape are watched when it reads them") {
  const VariableStore store;
  Affine layer;
  Tape tape;
  const Tensor y = layer(ones({1, 2}));
  CHECK(tape.watched_variables().size() == 2);
  CHECK(tape.gradient(y, layer.w).to_vector() == Items{1, 1});
}

// Proves: 6 layers
TEST_CASE("6 watching a layer's variables before its first call watches nothing") {
  const VariableStore store;
  Affine layer;
  Tape tape({.watch_accessed_variables = false});
  tape.watch(layer.variables());
  const Tensor y = layer(ones({1, 2}));
  CHECK(tape.watched_variables().empty());
  CHECK_FALSE(tape.gradient(y, layer.w, {.unconnected = Unconnected::none}).defined());
}

// Proves: 6 layers
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
