// Which net a step is of, and since when something was due: what reminders are decided by.
#include <doctest/doctest.h>

#include <reel/core/ops.h>
#include <reel/layers/dense.h>
#include <reel/layers/dropout.h>
#include <reel/layers/functions/regularizers.h>
#include <reel/layers/scope/collections.h>
#include <reel/layers/sequential.h>
#include <reel/optim/sgd.h>

#include "captured_stderr.h"
#include "layer_helpers.h"

using namespace reel;
using namespace reel::test;

namespace {

const Call training{.training = true};
const Tensor x = ones({2, 3});

// Weights with a penalty, and a layer that computes something else in training.
struct Net : Sequential {
  explicit Net(const std::string& name) : Sequential(name) {}
  Dense& dense = add<Dense>({.units = 3, .kernel_regularizer = l2(0.1)});
  Dropout& drop = add<Dropout>({.rate = 0.5});
};

// What was said in two steps on these variables, whose loss `loss` makes.
template <class Loss>
std::string said_in_steps(const std::vector<Variable>& variables, Loss loss) {
  CapturedStderr log;
  SGD sgd({.learning_rate = 0.01});
  for (int step = 0; step < 2; ++step) {
    Tape tape;
    const Tensor value = loss();
    sgd.apply_gradients(tape.gradient(value, variables));
  }
  return log.text();
}

bool tells_of(const std::string& text, const std::string& net, const std::string& layer,
              const char* what) {
  const std::string start = "reel: warning: " + net + ": a step was taken";
  for (std::size_t at = 0; (at = text.find(start, at)) != std::string::npos; ++at) {
    const std::string line = text.substr(at, text.find('\n', at) - at);
    if (line.find(what) != std::string::npos && line.find(": " + layer + ";") != std::string::npos)
      return true;
  }
  return false;
}

bool tells_of_mode(const std::string& text, const std::string& net, const std::string& layer) {
  return tells_of(text, net, layer, "ran as in inference");
}

bool tells_of_losses(const std::string& text, const std::string& net, const std::string& layer) {
  return tells_of(text, net, layer, "which nobody read");
}

}  // namespace

TEST_CASE("a step is one of the net that ran its variables' layers, wherever these are named") {
  struct Own : Layer {
    using Layer::Layer;
    Layer* trunk = nullptr;
    Tensor call(const Tensor& t, const Call&) override { return (*trunk)(t); }
  };
  for (const bool has_head : {true, false}) {
    CAPTURE(has_head);
    const VariableStore store;
    Net trunk("trunk");
    trunk(x);  // as for loading weights
    Own own("own");
    own.trunk = &own.share(trunk);
    if (has_head) own.child<Dense>({.units = 1}).build({2, 3});
    const std::string text =
        said_in_steps(trunk.trainable_variables(), [&] { return sum(own(x)); });
    CHECK(tells_of_mode(text, "own", "trunk/dropout"));
    CHECK(tells_of_losses(text, "own", "trunk/dense"));
  }
}

TEST_CASE("a child that is named elsewhere, or shared, is its net's") {
  struct Elsewhere : Layer {
    using Layer::Layer;
    Dense& dense =
        child<Dense>({.units = 2, .kernel_regularizer = l2(0.1), .scope = Scope{"elsewhere", {}}});
    Dropout& drop = child<Dropout>({.rate = 0.5});
    Tensor call(const Tensor& t, const Call&) override { return drop(dense(t)); }
  };
  struct Shares : Layer {
    explicit Shares(Dense& other) : Layer("net"), dense(share(other)) {}
    Dense& dense;
    Dropout& drop = child<Dropout>({.rate = 0.5});
    Tensor call(const Tensor& t, const Call&) override { return drop(dense(t)); }
  };
  const VariableStore store;
  Elsewhere elsewhere("net");
  elsewhere.build({2, 3});
  CHECK(elsewhere.dense.kernel().name() == "elsewhere/kernel");
  std::string text =
      said_in_steps(elsewhere.trainable_variables(), [&] { return sum(elsewhere(x)); });
  CHECK(tells_of_mode(text, "net", "net/dropout"));
  CHECK(tells_of_losses(text, "net", "elsewhere"));

  Dense dense({.units = 2, .kernel_regularizer = l2(0.1)});
  dense(x);
  Shares shares(dense);
  text = said_in_steps(dense.trainable_variables(), [&] { return sum(shares(x)); });
  CHECK(tells_of_mode(text, "net_1", "net_1/dropout"));
  CHECK(tells_of_losses(text, "net_1", "dense"));
}

TEST_CASE("of two nets that are stepped one after the other each is told of what it lacks") {
  const auto text_of = [](bool first_reads, bool second_reads, bool first_trains,
                          bool second_trains) {
    const VariableStore store;
    CapturedStderr log;
    Net g("g"), d("d");
    SGD sg({.learning_rate = 0.01}), sd({.learning_rate = 0.01});
    for (int step = 0; step < 2; ++step) {
      Tape tg, td;
      const Tensor fake = g(x, first_trains ? training : Call());
      const Tensor judged = d(fake, second_trains ? training : Call());
      Tensor lg = sum(judged), ld = sum(judged * judged);
      if (first_reads) lg = lg + g.total_loss();
      if (second_reads) ld = ld + d.total_loss();
      const auto vg = tg.gradient(lg, g.trainable_variables());
      const auto vd = td.gradient(ld, d.trainable_variables());
      sg.apply_gradients(vg);
      sd.apply_gradients(vd);
    }
    return log.text();
  };
  CHECK(text_of(true, true, true, true) == "");
  for (int lacks = 0; lacks < 16; ++lacks) {
    CAPTURE(lacks);
    const bool g_losses = lacks & 1, d_losses = lacks & 2, g_mode = lacks & 4, d_mode = lacks & 8;
    const std::string text = text_of(!g_losses, !d_losses, !g_mode, !d_mode);
    CHECK(tells_of_losses(text, "g", "g/dense") == g_losses);
    CHECK(tells_of_losses(text, "d", "d/dense") == d_losses);
    CHECK(tells_of_mode(text, "g", "g/dropout") == g_mode);
    CHECK(tells_of_mode(text, "d", "d/dropout") == d_mode);
  }
}

TEST_CASE("losses that are read for all once are read for each of two nets") {
  const VariableStore store;
  CapturedStderr log;
  Net g("g"), d("d");
  SGD sg({.learning_rate = 0.01}), sd({.learning_rate = 0.01});
  for (int step = 0; step < 2; ++step) {
    Tape tape;
    const Tensor y = sum(d(g(x, training), training));
    const Tensor loss = y + add_n(collections::regularization_losses());
    const auto vg = tape.gradient(loss, g.trainable_variables());
    const auto vd = tape.gradient(loss, d.trainable_variables());
    sg.apply_gradients(vg);
    sd.apply_gradients(vd);
  }
  CHECK(log.text() == "");
  Net late("late");  // for which nobody reads
  late.build({2, 3});
  const std::string text =
      said_in_steps(late.trainable_variables(), [&] { return sum(late(x, training)); });
  CHECK(tells_of_losses(text, "late", "late/dense"));
}

TEST_CASE("several steps under one outermost tape need what is due since the last one each") {
  const auto text_of = [](auto step) {
    const VariableStore store;
    CapturedStderr log;
    Net net("net");
    SGD sgd({.learning_rate = 0.01});
    Tape outer;
    for (int i = 0; i < 3; ++i) {
      Tape tape;
      step(net, i, [&](const Tensor& loss) {
        sgd.apply_gradients(tape.gradient(loss, net.trainable_variables()));
      });
    }
    return log.text();
  };
  CHECK(text_of([](Net& net, int, auto step) {
          const Tensor y = net(x, training);
          step(sum(y) + net.total_loss());
        }) == "");
  CHECK(text_of([](Net& net, int, auto step) {
          const Tensor y = net(x, training);
          step(sum(y) + net.total_loss());
          net(x);  // an evaluation behind the step
        }) == "");
  const std::string late = text_of([](Net& net, int i, auto step) {
    const Tensor y = net(x, i == 1 ? Call() : training);
    step(i == 2 ? sum(y) : sum(y) + net.total_loss());
  });
  CHECK(tells_of_mode(late, "net", "net/dropout"));
  CHECK(tells_of_losses(late, "net", "net/dense"));
}

TEST_CASE("a step on one net leaves what is due of another, whose layers train in their own") {
  const VariableStore store;
  CapturedStderr log;
  Net student("student"), teacher("teacher");
  SGD sgd({.learning_rate = 0.01});
  const auto step_on = [&](Net& net, Tape& tape, const Tensor& y) {
    sgd.apply_gradients(tape.gradient(y + net.total_loss(), net.trainable_variables()));
  };
  for (int i = 0; i < 3; ++i) {
    Tape tape;
    const Tensor taught = sum(teacher(x));
    step_on(student, tape, sum(student(x, training)) * taught);
  }
  Tape tape;
  step_on(teacher, tape, sum(teacher(x, training)));
  CHECK(log.text() == "");
}

TEST_CASE("a penalty that a scope hands down is in no layer's losses, and told of until read") {
  const auto text_of = [](auto read) {
    const VariableStore store;
    const VariableScope scope("s", {.regularizer = l2(0.1)});
    Sequential net("net");
    net.add<Dense>({.units = 2, .use_bias = false});
    net.build({2, 3});
    return said_in_steps(net.trainable_variables(), [&] {
      const Tensor y = sum(net(x));
      return y + read(net);
    });
  };
  const std::string warning =
      "reel: warning: s/net: a step was taken without these losses, which nobody read: "
      "s/net/dense/kernel; write loss = loss + add_n(collections::regularization_losses()) after "
      "the call and before the gradient\n";
  CHECK(text_of([](Layer& net) {
          CHECK(net.losses().empty());
          return net.total_loss();
        }) == warning);
  CHECK(text_of([](Layer&) { return add_n(collections::regularization_losses()); }) == "");
}
