#include <doctest/doctest.h>

#include <optional>

#include <reel/core/derivatives/recompute.h>
#include <reel/core/ops.h>
#include <reel/layers/batch_normalization.h>
#include <reel/layers/dropout.h>
#include <reel/layers/scope/functional_form.h>
#include <reel/layers/scope/get_variable.h>
#include <reel/layers/sequential.h>

#include "layer_helpers.h"

using namespace reel;
using namespace reel::test;

namespace {

// Keeps what its last call was told.
struct Probe : Layer {
  using Layer::Layer;
  std::optional<Training> told;
  Tensor call(const Tensor& x, const Call& call) override {
    told = call.training;
    return x * 2.0;
  }
};

// Calls its child in one of many ways, most of which lose the flag by hand.
struct Caller : Layer {
  using Way = Tensor (*)(Probe& probe, const Tensor& x, const Call& call);
  explicit Caller(Way way) : way_(way) {}
  Probe& probe = child<Probe>();
  Tensor call(const Tensor& x, const Call& call) override { return way_(probe, x, call); }

 private:
  Way way_;
};

struct Case {
  const char* name;
  Caller::Way way;
  Training explicitly = {};  // what the way itself says
};

const Case cases[] = {
    {"without it", [](Probe& probe, const Tensor& x, const Call&) { return probe(x); }},
    {"handed on", [](Probe& probe, const Tensor& x, const Call& call) { return probe(x, call); }},
    {"its flag handed on", [](Probe& probe, const Tensor& x,
                              const Call& call) { return probe(x, {.training = call.training}); }},
    {"by apply", [](Probe& probe, const Tensor& x, const Call&) { return probe.apply(x); }},
    {"as one of a list", [](Probe& probe, const Tensor& x, const Call&) { return probe({x}); }},
    {"in an open scope",
     [](Probe& probe, const Tensor& x, const Call&) {
       const VariableScope scope("inside");
       return probe(x);
     }},
    {"in a chain",
     [](Probe& probe, const Tensor& x, const Call&) {
       Sequential chain;
       chain.share(probe);
       return chain(x);
     }},
    {"recomputed",
     [](Probe& probe, const Tensor& x, const Call&) {
       return recompute([&probe](const Tensor& t) { return probe(t); }, x);
     }},
    {"to train",
     [](Probe& probe, const Tensor& x, const Call&) { return probe(x, {.training = true}); }, true},
    {"not to train",
     [](Probe& probe, const Tensor& x, const Call&) { return probe(x, {.training = false}); },
     false},
};

}  // namespace

// Proves: 0 training flag
TEST_CASE(
    "the training flag travels from the outermost call to all inside; one that is given wins") {
  const VariableStore store;
  for (const Case& c : cases)
    for (const Training outer : {Training(), Training(false), Training(true)}) {
      CAPTURE(c.name);
      CAPTURE(bool(outer));
      Caller layer(c.way);
      const Tensor x = ones({2});
      Tape tape;
      tape.watch(x);
      const Tensor y = layer(x, {.training = outer});
      const Training want = c.explicitly.or_else(outer);
      CHECK(*layer.probe.told == want);
      CHECK(layer.probe.told->given() == want.given());
      layer.probe.told.reset();
      tape.gradient(y, x);  // a recomputation is told the same again
      if (layer.probe.told) CHECK(layer.probe.told->given() == want.given());
      if (layer.probe.told) CHECK(*layer.probe.told == want);
      layer.probe(x);  // outside of all calls nobody said anything any more
      CHECK_FALSE(layer.probe.told->given());
    }
}

TEST_CASE("the training flag reads, prints and compares as a bool") {
  const Call nothing, yes{true}, no{.training = false};
  CHECK_FALSE(nothing.training);
  CHECK((yes.training && !no.training));
  CHECK(yes.training == true);
  const bool copied = yes.training;
  CHECK(copied);
  CHECK_FALSE(std::is_convertible_v<const char*, Training>);
  CHECK_FALSE(std::is_convertible_v<double, Training>);
  CHECK(fmt::format("{} {}", yes.training, nothing.training) == "true false");
}

TEST_CASE("a net whose call hands no flag on computes as one that does") {
  struct Lazy : Layer {
    BatchNormalization& norm = child<BatchNormalization>();
    Dropout& drop = child<Dropout>({.rate = 0.5, .seed = 3});
    Tensor call(const Tensor& x, const Call&) override { return drop(norm(x)); }
  };
  struct Careful : Layer {
    BatchNormalization& norm = child<BatchNormalization>();
    Dropout& drop = child<Dropout>({.rate = 0.5, .seed = 3});
    Tensor call(const Tensor& x, const Call& call) override { return drop(norm(x, call), call); }
  };
  const VariableStore store;
  const Tensor x = randn({4, 3}, float64, RandomKey{1, 2, 3});
  for (const bool training : {true, false}) {
    Lazy lazy;
    Careful careful;
    const auto drawn_first = [&](Layer& layer) {
      const RandomScope scope;
      return layer(x, {.training = training}).to_vector();
    };
    const std::vector<double> want = drawn_first(careful);
    CHECK(drawn_first(lazy) == want);
    CHECK(lazy.updates().size() == (training ? 2 : 0));
  }
}

TEST_CASE("a loss function that a call gives is computed in that call's mode and scope") {
  struct Noisy : Layer {
    using Layer::Layer;
    Probe& probe = child<Probe>();
    Variable made;
    Tensor call(const Tensor& x, const Call&) override {
      add_loss([this, x] {
        made = get_variable("made", {}, {.initializer = ones});
        return sum(probe(x)) * made;
      });
      return x * 1.0;
    }
  };
  const VariableStore store;
  for (const Training given : {Training(), Training(false), Training(true)}) {
    Noisy net("net");
    const Tape tape;
    const Tensor y = net(ones({2}), {.training = given});
    for (int read = 0; read < 2; ++read) {
      net.probe.told.reset();
      CHECK(net.total_loss().item() == 4);
      CHECK(net.probe.told->given() == given.given());
      CHECK(*net.probe.told == given);
      CHECK(net.made.name() == net.scope_name() + "/made");
    }
  }
}

TEST_CASE("a functional form inside a call has its flag") {
  struct Functional : Layer {
    Tensor call(const Tensor& x, const Call&) override {
      return layers::batch_normalization(x, {.name = "norm", .reuse = Reuse::automatic});
    }
  };
  const VariableStore store;
  Functional layer;
  const Tensor x({{1.0}, {3.0}});
  CHECK(layer(x, {.training = true}).at(0, 0) == doctest::Approx(-1).epsilon(1e-3));
  CHECK(layer(x).at(0, 0) == doctest::Approx(1).epsilon(1e-3));
}
