#include <doctest/doctest.h>

#include <reel/core/derivatives/grad_check.h>
#include <reel/core/ops.h>
#include <reel/layers/batch_normalization.h>
#include <reel/layers/dense.h>
#include <reel/layers/dropout.h>
#include <reel/layers/functions/regularizers.h>
#include <reel/layers/scope/collections.h>
#include <reel/layers/scope/functional_form.h>
#include <reel/layers/scope/get_variable.h>
#include <reel/layers/sequential.h>
#include <reel/optim/sgd.h>

#include "captured_stderr.h"
#include "layer_helpers.h"
#include "reminder_helpers.h"

using namespace reel;
using namespace reel::test;

namespace {

const Call training{.training = true}, inference{.training = false};

struct Net : Sequential {
  explicit Net(const std::string& name) : Sequential(name) {}
  Dense& dense = add<Dense>({.units = 2});
  BatchNormalization& norm = add<BatchNormalization>();
  Dropout& drop = add<Dropout>({.rate = 0.5});
};

const Tensor x = ones({2, 3});

std::string mode_warning(const std::string& net, const std::string& layers) {
  return "reel: warning: " + net +
         ": a step was taken, but these layers ran as in inference, since no call said whether it "
         "trains: " +
         layers +
         "; write net(x, {.training = true}), or {.training = false} where that is meant\n";
}

std::string early_warning(const std::string& net) {
  return "reel: warning: " + net +
         ": losses were read under a tape in which the layer was not called yet, which is too "
         "early; write y = net(x) in a line of its own, and net.total_loss() in a later one\n";
}

}  // namespace

// Proves: 0 training flag
TEST_CASE("a step on a net that nobody told whether it trains warns once a layer") {
  const VariableStore store;
  CapturedStderr log;
  Net net("net"), second("second");
  for (int step = 0; step < 3; ++step) take_step(net, [&] { return sum(net(x)); });
  take_step(second, [&] { return sum(second(x)); });
  CHECK(log.text() == mode_warning("net", "net/batch_normalization, net/dropout") +
                          mode_warning("second", "second/batch_normalization, second/dropout"));
}

TEST_CASE("all ways to take a step warn of a flag that nobody gave") {
  SGD sgd({.learning_rate = 0.1});
  const auto text_of = [&](auto step) {
    const VariableStore store;
    CapturedStderr log;
    Net net("net");
    net.build({2, 3});
    step(net);
    return log.text();
  };
  const auto check = [&](const std::string& text) {
    CHECK(text.starts_with("reel: warning: net: a step was taken, but these layers ran as in"));
  };
  check(text_of(
      [&](Net& net) { sgd.minimize([&] { return sum(net(x)); }, net.trainable_variables()); }));
  check(text_of([&](Net& net) {  // the tape is gone at the step
    const auto gradients = [&] {
      Tape tape;
      return tape.gradient(sum(net(x)), net.trainable_variables());
    }();
    sgd.apply_gradients(gradients);
  }));
  check(text_of([&](Net& net) {  // a part of the net
    Tape tape;
    sgd.apply_gradients(tape.gradient(sum(net(x)), net.norm.trainable_variables()));
  }));
  CHECK(text_of([&](Net& net) {  // layer by layer: each that has weights is a net
          Tape tape;
          sgd.apply_gradients(
              tape.gradient(sum(net.drop(net.norm(net.dense(x)))), net.trainable_variables()));
        }) == mode_warning("net/batch_normalization", "net/batch_normalization") +
                  mode_warning("net", "net/dropout"));
  check(text_of([&](Net& net) {  // a given-away tape
    Tape tape;
    const Tensor loss = sum(net(x));
    sgd.apply_gradients(std::move(tape).gradient(loss, net.trainable_variables()));
  }));
}

TEST_CASE("layers that no net owns warn of a flag that nobody gave, too") {
  const VariableStore store;
  CapturedStderr log;
  Dense dense({.units = 2});
  Dropout drop({.rate = 0.5});
  BatchNormalization norm;
  for (int step = 0; step < 2; ++step) take_step(dense, [&] { return sum(dense(drop(x))); });
  for (int step = 0; step < 2; ++step) take_step(norm, [&] { return sum(norm(x)); });
  CHECK(log.text() == mode_warning("dropout", "dropout") +
                          mode_warning("batch_normalization", "batch_normalization"));
}

TEST_CASE("a layer of one's own that asks whether it trains is told of like the library's") {
  struct Noisy : Layer {
    using Layer::Layer;
    Tensor call(const Tensor& t, const Call& call) override {
      return in_training(call) ? t + 1.0 : t * 1.0;
    }
  };
  const VariableStore store;
  CapturedStderr log;
  Sequential net("net");
  net.add<Dense>({.units = 2});
  net.add<Noisy>("noisy");
  for (const Call& call : {Call(), Call(), inference, training}) {
    CHECK(net[1](x, call).at(0, 0) == (call.training ? 2 : 1));
    take_step(net, [&] { return sum(net(x, call)); });
  }
  CHECK(log.text() == mode_warning("net", "net/noisy"));
}

TEST_CASE("no warning of the flag where it was given, nothing depends on it, or no step is taken") {
  const VariableStore store;
  CapturedStderr log;
  Net net("net"), fine("fine"), other("other");
  other.build({2, 3});
  take_step(net, [&] { return sum(net(x, training)); });
  take_step(fine, [&] { return sum(fine(x, inference)); });  // as in fine-tuning
  take_step(net, [&] {                                       // an evaluation beside the training
    net(x);
    return sum(net(x, training));
  });
  take_step(net, [&] { return sum(net(x, training)) + sum(other(x)); });  // a teacher
  Sequential plain("plain");
  plain.add<Dense>({.units = 2});
  plain.add<Dropout>({.rate = 0.0});
  take_step(plain, [&] { return sum(plain(x)); });
  other(x);
  {
    const Tape tape;
    other(x);
  }
  Net checked("checked");
  check_gradients([&](const Tensor& t) { return checked(t); }, cast(x, float64));
  CHECK(log.text() == "");
}

TEST_CASE("a step without the losses of its net warns once, whoever has them") {
  struct Adds : Layer {
    using Layer::Layer;
    Tensor call(const Tensor& t, const Call&) override {
      add_loss(sum(t));
      return t;
    }
  };
  const VariableStore store;
  CapturedStderr log;
  Sequential net("net");
  net.add<Dense>({.units = 2, .kernel_regularizer = l2(0.1), .name = "kernel"});
  net.add<Dense>({.units = 2, .bias_regularizer = l1(0.1), .name = "bias"});
  net.add<Dense>({.units = 2, .activity_regularizer = "l2", .name = "activity"});
  net.add<Adds>("call");
  net.add<Affine>("kept").add_loss(0.5);
  net.add<Dense>({.units = 2, .name = "none"});
  for (int step = 0; step < 3; ++step) take_step(net, [&] { return sum(net(x)); });
  CHECK(log.text() ==
        loss_warning("net", "net/kernel, net/bias, net/activity, net/call, net/kept"));
}

TEST_CASE("no warning of losses where somebody reads them under the tape") {
  const auto text_of = [&](auto read) {
    const VariableStore store;
    CapturedStderr log;
    Sequential net("net");
    net.add<Dense>({.units = 2, .kernel_regularizer = l2(0.1), .activity_regularizer = "l2"});
    net.build({2, 3});
    for (int step = 0; step < 2; ++step)
      take_step(net, [&] {
        const Tensor y = net(x);
        read(net);
        return sum(y);
      });
    return log.text();
  };
  CHECK(text_of([](Layer& net) { net.total_loss(); }) == "");
  CHECK(text_of([](Layer& net) { net.losses(); }) == "");
  CHECK(text_of([](Layer& net) { net.get_losses_for(nullptr); }) == "");
  CHECK(text_of([](Layer& net) { net.children()[0]->total_loss(); }) == "");
  CHECK(text_of([](Layer&) { collections::regularization_losses(); }) == "");
  CHECK(text_of([](Layer& net) { net.set_trainable(true); }) == loss_warning("net", "net/dense"));
  CHECK(text_of([](Layer& net) {  // what is read for a person has no gradient
          const PauseRecording pause;
          net.total_loss();
        }) == loss_warning("net", "net/dense"));
}

TEST_CASE("the losses of a net that is not stepped on, or of frozen weights, need not be read") {
  const VariableStore store;
  CapturedStderr log;
  Sequential net("net"), teacher("teacher");
  Dense& trunk = net.add<Dense>({.units = 2, .kernel_regularizer = l2(0.1)});
  net.add<Dense>({.units = 2});
  teacher.add<Dense>({.units = 2, .kernel_regularizer = l2(0.1)});
  net.build({2, 3});
  trunk.set_trainable(false);
  take_step(net, [&] { return sum(net(x)) + sum(teacher(x)); });
  CHECK(log.text() == "");
}

TEST_CASE("of two nets in a container, a step on one needs nothing of the other") {
  const VariableStore store;
  struct Pair : Layer {
    using Layer::Layer;
    Net& one = child<Net>("one");
    Net& other = child<Net>("other");
  } both("both");
  const auto text_of_step_on = [&](Layer& net) {
    CapturedStderr log;
    SGD sgd({.learning_rate = 0.1});
    Tape tape;
    const Tensor loss = sum(both.one(x, training)) + sum(both.other(x));
    sgd.apply_gradients(tape.gradient(loss, net.trainable_variables()));
    both.apply_updates();
    return log.text();
  };
  for (int i = 0; i < 2; ++i) CHECK(text_of_step_on(both.one) == "");
  CHECK(text_of_step_on(both.other) ==
        mode_warning("both/other", "both/other/batch_normalization, both/other/dropout"));
}

TEST_CASE("a step on gradients of several computations needs what is due in one of them") {
  const VariableStore store;
  Net net("net");
  net.add<Dense>({.units = 2, .kernel_regularizer = l2(0.1)});
  SGD sgd({.learning_rate = 0.1});
  const auto text_of_step = [&](bool reads) {
    CapturedStderr log;
    std::vector<VariableGradient> sums;
    for (int part = 0; part < 2; ++part) {
      Tape tape;
      Tensor loss = sum(net(x, part == 0 ? training : Call()));
      if (reads && part == 0) loss = loss + net.total_loss();
      sums = tape.gradient(loss, net.trainable_variables());
      net.apply_updates();
    }
    sgd.apply_gradients(sums);
    return log.text();
  };
  for (int i = 0; i < 3; ++i) CHECK(text_of_step(true) == "");
  CHECK(text_of_step(false) == loss_warning("net", "net/dense_1"));
}

TEST_CASE("losses that are read before the call warn once that this is too early") {
  const VariableStore store;
  const auto text_of = [&](Dense& d, auto use) {
    CapturedStderr log;
    for (int step = 0; step < 2; ++step) {
      const Tape tape;
      use(d);
    }
    return log.text();
  };
  const DenseOptions options{.units = 2, .kernel_regularizer = l2(0.1), .name = "d"};
  Dense total(options), all(options), after(options), unrecorded(options), rehearsed(options);
  CHECK(text_of(total, [](Dense& d) {
          const Tensor early = d.total_loss();  // as the operands of sum(d(x)) + d.total_loss() may
          return sum(d(x)) + early;
        }) == early_warning("d"));
  CHECK(text_of(all, [](Dense& d) { d.losses(); }) == early_warning("d"));
  CHECK(text_of(after, [](Dense& d) {
          d(x);
          d.total_loss();
        }) == "");
  CHECK(text_of(unrecorded, [](Dense& d) {
          const PauseRecording pause;
          d.total_loss();
        }) == "");
  CapturedStderr log;
  rehearsed.total_loss();
  CHECK(log.text() == "");
}

TEST_CASE("a container whose parts are called was called") {
  const VariableStore store;
  CapturedStderr log;
  Net net("net");
  const Tape tape;
  net.dense(x);
  net.total_loss();
  CHECK(log.text() == "");
}

TEST_CASE("a functional form is told of once a place, though it makes a layer at each call") {
  const std::string norm = mode_warning("net/norm", "net/norm");
  const auto norm_of = [](const Call& call, const char* name) {
    return layers::batch_normalization(x, {.name = name, .reuse = Reuse::automatic}, call);
  };
  const auto in_net = [](auto make) {
    return [make] {
      const VariableScope net("net", {.reuse = Reuse::automatic});
      return sum(make());
    };
  };
  CHECK(said_in_steps(in_net([&] { return norm_of({}, "norm"); })) == norm);
  CHECK(said_in_steps(in_net([&] { return norm_of({}, "norm") * norm_of({}, "norm"); })) == norm);
  CHECK(said_in_steps(in_net([&] {
          const Tensor y = norm_of({}, "norm");
          return y * norm_of({}, "other");
        })) == norm + mode_warning("net/other", "net/other"));
  CHECK(said_in_steps(in_net([&] { return norm_of(inference, "norm"); })) == "");
  const std::string updates =
      "reel: warning: net/norm: updates were recorded but never applied: net/norm/moving_mean, "
      "net/norm/moving_variance; call apply_updates() on it, or assign those of "
      "collections::update_ops(), after the optimizer's step, inside the tape's block\n";
  CHECK(said_in_steps(in_net([&] { return norm_of(training, "norm"); })) == updates);
  CHECK(said_in_steps(in_net([&] {
          const Tensor y = norm_of(training, "norm");
          for (const Update& update : collections::update_ops())
            update.variable.assign(update.next(update.variable.value()));
          return y;
        })) == "");
}

TEST_CASE("a layer that a call makes anew is told of once a place") {
  struct Maker : Layer {
    using Layer::Layer;
    Dense& dense = child<Dense>({.units = 2});
    Tensor call(const Tensor& t, const Call&) override {
      return Dropout({.rate = 0.5})(Dropout({.rate = 0.5})(dense(t)));
    }
  };
  const VariableStore store;
  CapturedStderr log;
  Maker net("net");
  for (int step = 0; step < 3; ++step) take_step(net, [&] { return sum(net(x)); });
  CHECK(log.text() == mode_warning("net", "net/dropout, net/dropout_1"));
}
