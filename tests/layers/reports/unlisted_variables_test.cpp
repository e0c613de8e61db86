// A loop that trains nothing is told why.
#include <doctest/doctest.h>

#include <memory>

#include <reel/layers/batch_normalization.h>
#include <reel/layers/dense.h>
#include <reel/layers/dropout.h>
#include <reel/layers/scope/functional_form.h>
#include <reel/layers/sequential.h>
#include <reel/optim/sgd.h>

#include "captured_stderr.h"
#include "layer_helpers.h"

using namespace reel;
using namespace reel::test;

namespace {

const std::string start =
    "gradient: there must be variables; got an empty list for a target that depends on ";

std::string error_of(const std::function<void()>& f) {
  try {
    f();
  } catch (const ValueError& error) {
    return error.what();
  }
  return "";
}

// Has its layers as plain members.
struct Careless : Layer {
  using Layer::Layer;
  Affine first{"first"}, second{"second"};
  Tensor call(const Tensor& x, const Call& call) override { return second(first(x, call), call); }
};

}  // namespace

TEST_CASE("a list of variables that was taken before the first call is named as such") {
  const VariableStore store;
  Block net("net");
  const std::vector<Variable> early = net.trainable_variables();
  for (int step = 0; step < 2; ++step) {
    const Tape tape;
    const Tensor loss = sum(net(ones({1, 2})));
    CHECK(error_of([&] { tape.gradient(loss, early); }) ==
          start +
              "net/affine/w, net/affine/b, net/affine_1/w and 1 more; a list that is taken "
              "before a layer's first call is empty: take it after the call");
  }
}

TEST_CASE("weights that were made while their layer was frozen are named as fixed for good") {
  enum Kind { by_options, by_switch };
  for (Kind kind : {by_options, by_switch})
    for (bool thawed : {true, false}) {
      const VariableStore store;
      SGD sgd;
      Dense dense({.units = 2, .trainable = kind != by_options, .name = "d"});
      if (kind == by_switch) dense.set_trainable(false);
      dense(ones({1, 2}));
      if (thawed) dense.set_trainable(true);
      const std::string want =
          start +
          "d/kernel, d/bias; the weights of d were made while it was frozen, for good: make the "
          "layer anew, or call set_trainable(true) before its first call";
      const auto loss = [&] { return sum(dense(ones({1, 2}))); };
      const Tape tape;
      const Tensor value = loss();
      CHECK(error_of([&] { tape.gradient(value, dense.trainable_variables()); }) == want);
      CHECK(error_of([&] { sgd.minimize(loss, dense.trainable_variables()); }) == want);
    }
}

TEST_CASE("a batch normalization without trainable weights has moving values alone, and no error") {
  for (bool frozen : {true, false}) {
    const VariableStore store;
    BatchNormalization bn({.center = false, .scale = false, .trainable = !frozen});
    bn(ones({1, 2}));
    const Tape tape;
    CHECK(tape.gradient(sum(bn(ones({1, 2}))), bn.trainable_variables()).empty());
  }
}

TEST_CASE("a net that is frozen after its first call is named as such") {
  {
    const VariableStore store;
    Block net("net");
    net(ones({1, 2}));
    net.set_trainable(false);
    const Tape tape;
    const Tensor loss = sum(net(ones({1, 2})));
    CHECK(error_of([&] { tape.gradient(loss, net.trainable_variables()); }) ==
          start +
              "net/affine/w, net/affine/b, net/affine_1/w and 1 more; net/affine is frozen: "
              "call set_trainable(true)");
  }
}

TEST_CASE("a net that is frozen above layers that are not is named as such") {
  const VariableStore store;
  Sequential net(LayerOptions{.trainable = false, .name = "net"});
  net.add<Block>("block");
  const Tape tape;
  const Tensor loss = sum(net(ones({1, 2})));
  CHECK(error_of([&] { tape.gradient(loss, net.trainable_variables()); }) ==
        start +
            "net/block/affine/w, net/block/affine/b, net/block/affine_1/w and 1 more; net is "
            "frozen: call set_trainable(true)");
  net.set_trainable(true);
  CHECK(tape.gradient(loss, net.trainable_variables()).size() == 4);
}

TEST_CASE("a loss that depends on nothing that could be trained needs no variables") {
  const VariableStore store;
  struct Fixed : Layer {
    using Layer::Layer;
    Variable table;
    void create_weights(const Shape&) override {
      table = add_weight("table", {}, {.initializer = ones, .trainable = false});
    }
    Tensor call(const Tensor& x, const Call&) override { return x * table; }
  } layer;
  const Variable bare(Tensor(2.0), {.trainable = false});
  const Tape tape;
  CHECK(tape.gradient(layer(ones({1})) * bare, layer.trainable_variables()).empty());
}

TEST_CASE("a layer that is a plain member is named, with the net that runs it") {
  const VariableStore store;
  CapturedStderr log;
  Careless net("net");
  const Tape tape;
  const Tensor loss = sum(net(ones({1, 2})));
  CHECK(net.trainable_variables().empty());
  CHECK(error_of([&] { tape.gradient(loss, net.trainable_variables()); }) ==
        start +
            "net/first/w, net/first/b, net/second/w and 1 more; net/first runs in the call of net "
            "but is not "
            "its child: make it with child<...>(...), or name it with share");
  net(ones({1, 2}));
  const std::string ending =
      ", which is not its child, so it is not trained, listed or saved with it; make it with "
      "child<Affine>(...), or name it with share\n";
  CHECK(log.text() == "reel: warning: net: its call runs net/first" + ending +
                          "reel: warning: net: its call runs net/second" + ending);
}

TEST_CASE("a plain member beside children, or deep inside, is told of, too") {
  struct Half : Layer {
    using Layer::Layer;
    Affine& owned = child<Affine>("owned");
    Block plain{"plain"};
    Tensor call(const Tensor& x, const Call& call) override { return plain(owned(x, call), call); }
  };
  const VariableStore store;
  CapturedStderr log;
  Sequential net("net");
  net.add<Half>("half");
  net(ones({1, 2}));
  net(ones({1, 2}));
  CHECK(log.text() ==
        "reel: warning: net: its call runs net/half/plain, which is not its child, so it is not "
        "trained, "
        "listed or saved with it; make it with child<Block>(...), or name it with share\n");
}

TEST_CASE("a plain member is told of for weights that no step changes, too: files lack them") {
  struct Half : Layer {
    using Layer::Layer;
    Affine& owned = child<Affine>("owned");
    BatchNormalization bn{{.center = false, .scale = false}};
    Dropout drop{{.rate = 0.5}};
    Tensor call(const Tensor& x, const Call&) override { return drop(bn(owned(x))); }
  };
  const VariableStore store;
  CapturedStderr log;
  Half net("net");
  for (int i = 0; i < 2; ++i) net(ones({1, 2}));
  CHECK(log.text() ==
        "reel: warning: net: its call runs net/batch_normalization, which is not its child, so it "
        "is not trained, listed or saved with it; make it with child<BatchNormalization>(...), or "
        "name it with share\n");
}

TEST_CASE("nobody is told of layers that are shared, frozen, without weights or made in the call") {
  struct Fine : Layer {
    using Layer::Layer;
    Affine& owned = child<Affine>("owned");
    Affine& shared;
    Affine frozen{LayerOptions{.trainable = false, .name = "frozen"}};
    explicit Fine(Affine& other) : Layer("fine"), shared(share(other)) {}
    Tensor call(const Tensor& x, const Call& call) override {
      Affine passing("passing");
      return frozen(shared(owned(passing(x, call), call), call), call);
    }
  };
  const VariableStore store;
  CapturedStderr log;
  Affine other("other");
  Fine net(other);
  net(ones({1, 2}));
  net(ones({1, 2}));
  other(ones({1, 2}));
  CHECK(log.text() == "");
}

TEST_CASE("a layer that a call makes and keeps is told of in the next, whoever keeps it") {
  struct Lazy : Layer {
    using Layer::Layer;
    Affine& owned = child<Affine>("owned");
    std::unique_ptr<Affine> affine;
    std::unique_ptr<Block> block;
    std::unique_ptr<Affine> shared;
    Affine* late = nullptr;
    Tensor call(const Tensor& x, const Call&) override {
      Affine passing("passing");
      if (!affine) affine = std::make_unique<Affine>("affine");
      if (!block) block = std::make_unique<Block>("block");
      if (!shared) share(*(shared = std::make_unique<Affine>("shared")));
      if (!late) late = &child<Affine>("late");
      return owned((*late)((*shared)((*affine)((*block)(passing(passing(x)))))));
    }
  };
  const std::string ending =
      ", which is not its child, so it is not trained, listed or saved with it; make it with ";
  for (bool inside : {false, true}) {
    const VariableStore store;
    CapturedStderr log;
    Sequential outer("net");
    Lazy alone("net");
    if (inside) outer.add<Lazy>("lazy");
    Layer& net = inside ? static_cast<Layer&>(outer) : alone;
    for (int i = 0; i < 3; ++i) net(ones({1, 2}));
    const std::string path = inside ? "net/lazy/" : "net/";
    CHECK(log.text() == "reel: warning: net: its call runs " + path + "block" + ending +
                            "child<Block>(...), or name it with share\n" +
                            "reel: warning: net: its call runs " + path + "affine" + ending +
                            "child<Affine>(...), or name it with share\n");
  }
}

TEST_CASE("a layer with weights that each recorded call makes anew is told of once") {
  struct Maker : Layer {
    using Layer::Layer;
    Affine& owned = child<Affine>("owned");
    bool keeps = false;
    Tensor call(const Tensor& x, const Call& call) override {
      if (keeps) return owned(layers::dense(x, {.units = 2, .reuse = Reuse::automatic}));
      Sequential both("both");
      both.add<Affine>();
      Affine frozen(LayerOptions{.trainable = false});
      return owned(both(frozen(x), call));
    }
  };
  const auto text_of = [](bool keeps, auto step) {
    const VariableStore store;
    CapturedStderr log;
    Maker net("net");
    net.keeps = keeps;
    for (int i = 0; i < 4; ++i) step(net);
    return log.text();
  };
  const auto train = [](Layer& net) {
    SGD sgd;
    Tape tape;
    const Tensor loss = sum(net(ones({1, 2})) * net(ones({1, 2})));
    sgd.apply_gradients(tape.gradient(loss, net.trainable_variables()));
  };
  CHECK(text_of(false, train) ==
        "reel: warning: net/both/affine: each call makes this layer and its weights anew, so they "
        "are never trained; make it once, with child<Affine>(...)\n");
  CHECK(text_of(false, [](Layer& net) { net(ones({1, 2})); }) == "");
  CHECK(text_of(true, train).find("anew") == std::string::npos);
}

TEST_CASE("minimize says so, too, and no variables stay no step where the loss reads none") {
  const VariableStore store;
  Block net("net");
  const std::vector<Variable> early = net.trainable_variables();
  SGD sgd;
  const auto loss = [&] { return sum(net(ones({1, 2}))); };
  CHECK(error_of([&] { sgd.minimize(loss, early); }).starts_with(start));
  CHECK(error_of([&] {
          sgd.minimize(loss, [] { return std::vector<Variable>(); });
        }).starts_with(start));
  CHECK(sgd.minimize([] { return Tensor(1.0); }, std::vector<Variable>()) == 0);
  CHECK(sgd.apply_gradients({}) == 0);
}
