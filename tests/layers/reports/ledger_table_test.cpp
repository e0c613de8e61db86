#include <doctest/doctest.h>

#include <sstream>

#include <reel/layers/batch_normalization.h>
#include <reel/layers/dense.h>
#include <reel/layers/functions/initializers.h>
#include <reel/layers/functions/regularizers.h>
#include <reel/layers/reports/ledger_table.h>
#include <reel/layers/sequential.h>
#include <reel/optim/sgd.h>

#include "captured_stderr.h"
#include "ledger_helpers.h"

using namespace reel;
using namespace reel::test;

namespace {

// A net with a loss of every kind and two updates.
struct Net : Sequential {
  Net() : Sequential("net") {
    add<Dense>({.units = 2,
                .kernel_initializer = ones,
                .kernel_regularizer = l2(0.5),
                .activity_regularizer = l1(0.25)});
    add<BatchNormalization>();
    Talkative& talk = add<Talkative>("talk");
    talk.in_call = [](Talkative& self, const Tensor& x) { self.add_loss(3.0 + 0.0 * sum(x), x); };
    talk.add_loss(1.0);
  }
};

}  // namespace

TEST_CASE("the ledger has each loss once, with its owner, condition, value and share") {
  const VariableStore store;
  Net net;
  const Tape tape;
  net(ones({4, 2}), training);
  const LedgerTable table = ledger(net, tape);
  REQUIRE(table.losses.size() == 4);
  Names names, owners, conditions;
  Items values, shares;
  for (const LedgerLoss& loss : table.losses) {
    names.push_back(loss.name);
    owners.push_back(loss.owner);
    conditions.push_back(loss.conditional_on);
    values.push_back(loss.value);
    shares.push_back(loss.share);
  }
  CHECK(names == Names{"l1 of the output", "l2 of kernel", "add_loss 1", "add_loss 2"});
  CHECK(owners == Names{"net/dense", "net/dense", "net/talk", "net/talk"});
  CHECK(conditions == Names{"call 1: input (4, 2)", "", "call 1: input (4, 2)", ""});
  CHECK(values == Items{1, 2, 3, 1});
  CHECK(shares == Items{1.0 / 7, 2.0 / 7, 3.0 / 7, 1.0 / 7});
  CHECK(table.total == 7);
  CHECK(table.total == net.total_loss().item());
  net.apply_updates();
}

TEST_CASE("the ledger has each update, with its owner and whether it was applied") {
  const VariableStore store;
  Net net;
  const Tape tape;
  net(ones({4, 2}), training);
  LedgerTable table = ledger(net, tape);
  REQUIRE(table.updates.size() == 2);
  CHECK(table.updates[0].variable.name() == "net/batch_normalization/moving_mean");
  CHECK(table.updates[1].variable.name() == "net/batch_normalization/moving_variance");
  for (const LedgerUpdate& update : table.updates) {
    CHECK(update.owner == "net/batch_normalization");
    CHECK_FALSE(update.applied);
  }
  net.apply_updates();
  table = ledger(net, tape);
  CHECK(table.updates[0].applied);
  CHECK(table.updates[1].applied);
}

TEST_CASE("the ledger prints as a table that says what to call") {
  const VariableStore store;
  Net net;
  const Tape tape;
  net(ones({4, 2}), training);
  const std::string before = fmt::format("{}", ledger(net, tape));
  CHECK(before ==
        "net: 4 losses, total 7; 2 updates\n"
        "loss              owner      conditional on        value   share\n"
        "l1 of the output  net/dense  call 1: input (4, 2)      1  14.3 %\n"
        "l2 of kernel      net/dense  -                         2  28.6 %\n"
        "add_loss 1        net/talk   call 1: input (4, 2)      3  42.9 %\n"
        "add_loss 2        net/talk   -                         1  14.3 %\n"
        "update                                   owner                    applied\n"
        "net/batch_normalization/moving_mean      net/batch_normalization  no\n"
        "net/batch_normalization/moving_variance  net/batch_normalization  no\n"
        "2 updates not applied: call apply_updates() on net\n");
  std::ostringstream out;
  out << ledger(net, tape);
  CHECK(out.str() == before);
  net.apply_updates();
  const std::string after = ledger(net, tape).str();
  CHECK(after.find("moving_mean      net/batch_normalization  yes\n") != std::string::npos);
  CHECK(after.find("apply_updates") == std::string::npos);
}

TEST_CASE("a ledger of nothing is one line") {
  const VariableStore store;
  Affine layer("affine");
  const Tape tape;
  CHECK(ledger(layer, tape).str() == "affine: 0 losses, total 0; 0 updates\n");
}

TEST_CASE("the ledger tells calls apart, and which of several inputs a loss depends on") {
  struct Pairs : Layer {
    using Layer::Layer;
    Tensor call(std::span<const Tensor> xs, const Call&) override {
      add_loss(sum(xs[1]), xs[1]);
      add_loss([] { return Tensor(1.0); }, xs[1]);
      return xs[0];
    }
  };
  const VariableStore store;
  Pairs layer("pairs");
  const Tape tape;
  layer({ones({2}), ones({3})});
  layer({ones({4}), ones({5})});
  const LedgerTable table = ledger(layer, tape);
  REQUIRE(table.losses.size() == 4);
  CHECK(table.losses[0].conditional_on == "call 1: input 2 (3,)");
  CHECK(table.losses[1].conditional_on == "call 2: input 2 (5,)");
  CHECK(table.losses[2].conditional_on == "call 1: input 1 (2,), 2 (3,)");  // a function: unknown
}

TEST_CASE("reading the ledger records nothing and leaves losses and updates as they are") {
  const VariableStore store;
  Net net;
  const Tape tape;
  net(ones({4, 2}), training);
  const Index nodes = tape.size();
  ledger(net, tape);
  CHECK(tape.size() == nodes);
  CHECK(net.losses().size() == 4);
  CHECK(net.updates().size() == 2);
  net.apply_updates();
}

TEST_CASE("the ledger is of the tape's computation, not of a later call that no tape records") {
  const VariableStore store;
  Talkative layer(LayerOptions{.activity_regularizer = l1(1)});
  const Tape tape;
  layer(ones({1, 1}));
  const PauseRecording pause;
  layer(ones({1, 5}));
  const LedgerTable table = ledger(layer, tape);
  REQUIRE(table.losses.size() == 1);
  CHECK(table.losses[0].value == 2);
}

TEST_CASE("losses that cancel have no shares") {
  const VariableStore store;
  Affine layer;
  layer.add_loss(2);
  layer.add_loss(-2);
  const Tape tape;
  const LedgerTable table = ledger(layer, tape);
  CHECK(table.total == 0);
  CHECK(table.losses[0].share == 0);
}

// Proves: 2.9 forgotten
TEST_CASE("training that never applies its batch statistics is told so once") {
  const VariableStore store;
  CapturedStderr log;
  Sequential net("cnn");
  net.add<BatchNormalization>();
  net.add<Dense>({.units = 1});
  net.add<BatchNormalization>();
  SGD sgd;
  for (int step = 0; step < 5; ++step) {
    const Tape tape;
    const Tensor loss = sum(square(net(ones({4, 2}), training)));
    sgd.minimize(loss, tape, net.trainable_variables());
  }
  CHECK(log.text() ==
        "reel: warning: cnn: updates were recorded but never applied: "
        "cnn/batch_normalization/moving_mean, cnn/batch_normalization/moving_variance, "
        "cnn/batch_normalization_1/moving_mean, cnn/batch_normalization_1/moving_variance; call "
        "apply_updates() on it after the optimizer's step, inside the tape's block\n");
}

TEST_CASE("a loss may be a function that calls layers, which leave nothing in the ledger") {
  const VariableStore store;
  Talkative inside(LayerOptions{.activity_regularizer = l1(1)}), outside;
  outside.in_call = [&inside](Talkative& self, const Tensor& x) {
    for (int i = 0; i < 3; ++i) self.add_loss([&inside, x] { return sum(inside(x)); });
  };
  const Tape tape;
  outside(ones({1, 1}));
  const LedgerTable table = ledger(outside, tape);
  CHECK(table.total == 6);
  CHECK(inside.losses().empty());
  CHECK(items_of(outside.losses()) == Items{2, 2, 2});
  const PauseRecording pause;
  Talkative last(LayerOptions{.activity_regularizer = l1(1)});
  last(ones({1, 1}));
  ledger(outside, tape);
  CHECK(last.losses().size() == 1);
}
