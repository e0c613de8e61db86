#include <doctest/doctest.h>

#include <algorithm>
#include <functional>
#include <utility>
#include <vector>

#include <reel/core/derivatives/recompute.h>
#include <reel/core/inspect/tape_nodes.h>
#include <reel/core/ops.h>
#include <reel/core/record.h>
#include <reel/core/runtime/memory.h>
#include <reel/layers/activation_layer.h>
#include <reel/layers/batch_normalization.h>
#include <reel/layers/dense.h>
#include <reel/layers/dropout.h>
#include <reel/layers/functions/regularizers.h>
#include <reel/layers/sequential.h>

using namespace reel;

namespace {

using Function = std::function<Tensor(const std::vector<Tensor>&)>;

// f kept, or recomputed: how a test runs it both ways.
Tensor run(bool recompute, const Function& f, const std::vector<Tensor>& xs) {
  return recompute ? checkpoint(f, xs) : f(xs);
}

std::vector<double> gradient_through(bool recompute, const Function& f, const Tensor& x) {
  Tape tape;
  tape.watch(x);
  const Tensor h = exp(x * 0.3);
  const Tensor y = run(recompute, f, {h, x});
  return tape.gradient(sum(y * y) + sum(h * 0.7), x).to_vector();
}

Tensor twisted(const std::vector<Tensor>& xs) {
  return tanh(xs[0] * xs[1]) + xs[0] / (1.1 + xs[1] * xs[1]) - sin(xs[0]) * xs[0];
}

}  // namespace

TEST_CASE("a checkpoint gives the gradients to the bit") {
  const Tensor x = linspace(-1.0, 2.0, 17);
  CHECK(gradient_through(true, twisted, x) == gradient_through(false, twisted, x));
}

TEST_CASE("a checkpoint within a checkpoint gives the gradients to the bit") {
  const Tensor x = linspace(-1.0, 2.0, 17);
  const auto nested = [](bool recompute) -> Function {
    return [recompute](const std::vector<Tensor>& xs) {
      const Tensor h = run(recompute, twisted, xs);
      return run(recompute, twisted, {h * xs[0], xs[1]}) * h;
    };
  };
  CHECK(gradient_through(true, nested(true), x) == gradient_through(false, nested(false), x));
}

TEST_CASE("a checkpoint keeps its inputs and nothing else") {
  const Tensor x = full({100'000}, 0.5);
  const auto held_by = [&](bool recompute) {
    Tape tape;
    tape.watch(x);
    const Index live_before = memory::stats().live;
    const Tensor y = run(recompute,
                         [](const std::vector<Tensor>& xs) {
                           Tensor y = xs[0];
                           for (int i = 0; i < 10; ++i) y = tanh(y);
                           return y;
                         },
                         {x});
    const Index live = memory::stats().live - live_before;
    const Index counted = tape.bytes().tensors;
    const Tensor dx = tape.gradient(y, x);
    CHECK(tape.bytes().tensors == counted);  // a sweep leaves nothing behind
    return std::pair(live, counted);
  };
  const auto [live_kept, counted_kept] = held_by(false);
  const auto [live, counted] = held_by(true);
  const Index tensor = 4 * 100'000;
  CHECK(counted_kept > 10 * tensor);
  CHECK(live_kept > 10 * tensor);
  CHECK(counted < tensor + 1000);               // x
  CHECK(live < tensor + tensor / 4 + 300'000);  // y, in its size class, and the record
}

TEST_CASE("a checkpoint recomputes with the values that its variables had") {
  const Variable w(Tensor{2, 3, 5});
  const auto gradients = [&](bool recompute) {
    w.assign(Tensor{2, 3, 5});
    Tape tape;
    const Tensor y = run(recompute, [&](const std::vector<Tensor>& xs) { return w * w * xs[0]; },
                         {Tensor{1, 2, 3}});
    const Tensor before = tape.gradient(y, w);
    w.assign(Tensor{100, 100, 100});
    CHECK(tape.gradient(y, w).to_vector() == before.to_vector());
    return before.to_vector();
  };
  CHECK(gradients(true) == std::vector<double>{4, 12, 30});
  CHECK(gradients(true) == gradients(false));
}

TEST_CASE("a checkpoint draws the same random numbers again, and those after it do not change") {
  const Tensor x = linspace(0.5, 1.5, 64);
  const auto step = [&](bool recompute) {
    set_seed(7);
    Tape tape;
    tape.watch(x);
    const Tensor y = run(
        recompute, [](const std::vector<Tensor>& xs) { return dropout(xs[0] * xs[0], 0.5); }, {x});
    std::vector<double> values = tape.gradient(y, x).to_vector();
    values.push_back(uniform({1}).item());
    return values;
  };
  CHECK(step(true) == step(false));
  const std::vector<double> values = step(true);
  const auto dropped = std::count(values.begin(), values.end(), 0.0);
  CHECK(dropped > 10);
  CHECK(dropped < 54);
}

// Proves: 2.7 nested tapes, gradient penalties, recomputation
TEST_CASE("layers in a checkpoint: losses and updates once, all gradients to the bit") {
  struct Result {
    std::vector<std::vector<double>> gradients;
    std::size_t losses, updates;
    double moving_mean, loss;
  };
  const auto train = [](bool recompute) {
    const VariableStore names;
    set_seed(3);
    Sequential net("net");
    net.add<Dense>({.units = 6,
                    .activation = "tanh",
                    .kernel_regularizer = l2(0.01),
                    .activity_regularizer = l2(0.1)});
    net.add<BatchNormalization>();
    net.add<Dropout>({.rate = 0.3});
    net.add<Dense>({.units = 2});
    const Tensor x = reshape(linspace(-1, 1, 40), {8, 5});
    Tape tape;
    const auto call = [&](const std::vector<Tensor>& xs) { return net(xs[0], {.training = true}); };
    const Tensor y = run(recompute, call, {x});
    const Tensor loss = sum(y * y) + net.total_loss();
    Result result{{}, net.losses().size(), net.updates().size(), 0, loss.item()};
    for (const auto& [variable, gradient] : tape.gradient(loss, net.trainable_variables()))
      result.gradients.push_back(gradient.to_vector());
    CHECK(net.losses().size() == result.losses);
    CHECK(net.updates().size() == result.updates);
    net.apply_updates();
    result.moving_mean = net.non_trainable_variables()[0].stored().to_vector()[0];
    return result;
  };
  const Result kept = train(false), again = train(true);
  CHECK(again.gradients == kept.gradients);
  CHECK(again.losses == kept.losses);
  CHECK(again.losses == 2);
  CHECK(again.updates == kept.updates);
  CHECK(again.updates == 2);
  CHECK(again.moving_mean == kept.moving_mean);
  CHECK(again.loss == kept.loss);
}

TEST_CASE("a layer is checkpointed by reference") {
  Dense dense({.units = 3});
  const Tensor x = ones({2, 4});
  Tape tape;
  const Tensor y = checkpoint(std::ref(dense), x);
  CHECK(tape.gradient(y, dense.trainable_variables()[0]).shape() == Shape{4, 3});
}

TEST_CASE("what is computed inside of a checkpoint may be a source or a target") {
  const Tensor x(2.0, float64);
  Tensor inside;
  const Function cube = [&](const std::vector<Tensor>& xs) {
    const Tensor square = xs[0] * xs[0];
    if (!inside.defined()) inside = square;
    return square * xs[0];
  };
  Tape tape;
  tape.watch(x);
  const Tensor y = checkpoint(cube, {x});
  CHECK(tape.gradient(y, inside).item() == 2.0);
  CHECK(tape.gradient(inside, x).item() == 4.0);
  CHECK(tape.gradient({y, inside}, x).item() == 16.0);
}

TEST_CASE("a checkpoint has second derivatives") {
  const Tensor x(2.0, float64);
  for (const bool recompute : {false, true}) {
    Tape outer;
    outer.watch(x);
    Tensor dy;
    {
      Tape inner;
      inner.watch(x);
      dy = inner.gradient(
          run(recompute, [](const std::vector<Tensor>& xs) { return xs[0] * xs[0] * xs[0]; }, {x}),
          x);
    }
    CHECK(dy.item() == 12.0);
    CHECK(outer.gradient(dy, x).item() == 12.0);
    CHECK(outer.gradient(dy, x).item() == 12.0);
  }
}

TEST_CASE("a tape within a checkpoint works, the second time too") {
  const Tensor x(3.0, float64);
  const Function slope = [](const std::vector<Tensor>& xs) {
    Tape inner;
    inner.watch(xs[0]);
    return inner.gradient(xs[0] * xs[0] * xs[0], xs[0]);
  };
  Tape tape;
  tape.watch(x);
  const Tensor dy = checkpoint(slope, {x});
  CHECK(dy.item() == 27.0);
  CHECK(tape.gradient(dy, x).item() == 18.0);
}

TEST_CASE("what runs in a checkpoint while the tape pauses stays a constant") {
  const Tensor x(3.0);
  Tape tape;
  tape.watch(x);
  const Function f = [&](const std::vector<Tensor>& xs) {
    Tensor c;
    {
      const auto pause = tape.pause();
      c = xs[0] * xs[0];
    }
    return c * xs[0];
  };
  CHECK(tape.gradient(checkpoint(f, {x}), x).item() == 9.0);
}

TEST_CASE("a tape that is given away forgets what its checkpoints need") {
  const Variable w(zeros({100'000}));
  Tape tape;
  const Tensor y = checkpoint([&](const Tensor& x) { return x * exp(w); }, ones({100'000}));
  CHECK(tape.bytes().tensors > 400'000);
  const Tensor dw = std::move(tape).gradient(y, w);
  CHECK(dw.to_vector()[0] == 1.0);
  CHECK(tape.bytes().tensors == 0);
}

TEST_CASE("a function that does not do the same again is named") {
  const Tensor x(2.0);
  int calls = 0;
  Tape tape;
  tape.watch(x);
  const Tensor y = checkpoint(
      [&](const Tensor& x) {
        ++calls;
        return calls == 1 ? x * x : calls == 2 ? x + x : x * x * x;
      },
      x);
  CHECK_THROWS_WITH_AS(tape.gradient(y, x),
                       "checkpoint: the function must do the same each time; op 0 was mul, is add",
                       RuntimeError);
  CHECK_THROWS_WITH_AS(tape.gradient(y, x),
                       "checkpoint: the function must do the same each time; it ran 1 ops, then 2",
                       RuntimeError);
}

TEST_CASE("a gradient that fails within a checkpoint leaves the tape as it was") {
  const Tensor x(2.0);
  enum class Fails { nowhere, function, rule, ops } fails = Fails::nowhere;
  const auto f = [&](const Tensor& x) {
    const auto my_rule = [&](const Tensor& dy) {
      if (fails == Fails::rule) throw RuntimeError("the rule fails");
      return 2.0 * dy;
    };
    const Tensor y = record("my_op", Tensor(2.0 * x.item()), wrt(x, my_rule));
    if (fails == Fails::function) throw RuntimeError("the function fails");
    return fails == Fails::ops ? exp(y) : checkpoint([](const Tensor& y) { return y * y; }, y);
  };
  Tape tape;
  tape.watch(x);
  const Tensor y = checkpoint(f, x);
  CHECK(tape.gradient(y, x).item() == 16);
  const Index nodes = tape.size(), bytes = tape.bytes().total();
  const auto check_failure = [&](Fails where, const char* message) {
    fails = where;
    CHECK_THROWS_WITH_AS(tape.gradient(y, x), message, RuntimeError);
    CHECK(tape.size() == nodes);
    CHECK(tape.bytes().total() == bytes);
  };
  check_failure(Fails::function, "the function fails");
  check_failure(Fails::rule, "the rule fails");
  check_failure(Fails::ops,
                "checkpoint: the function must do the same each time; op 1 was mul, is exp");
  fails = Fails::nowhere;
  CHECK(tape.gradient(y, x).item() == 16);
}

TEST_CASE("without a tape a checkpoint is a call") {
  CHECK(checkpoint([](const Tensor& x) { return x * x; }, Tensor(3.0)).item() == 9.0);
}
