// A call that fails leaves nothing behind, so that a second try counts once.
#include <doctest/doctest.h>

#include <new>
#include <optional>
#include <stdexcept>

#include <reel/core/tape.h>

#include "ledger_helpers.h"

using namespace reel;
using namespace reel::test;

namespace {

// Leaves all that a call can leave behind, then fails as often as it is told.
struct Failing : Layer {
  using Layer::Layer;
  Talkative& inner = child<Talkative>(
      LayerOptions{.activity_regularizer = [](const Tensor& y) { return 0.25 * sum(y); }});
  std::function<void()> fail = [] {};
  Variable count;
  void create_weights(const Shape&) override {
    count = add_weight("count", {}, {.dtype = float32, .initializer = zeros, .trainable = false});
  }
  Tensor call(const Tensor& x, const Call& call) override {
    add_loss(sum(x));
    add_loss(2.0);
    add_loss([] { return Tensor(3.0); });
    add_update(count, [](const Tensor& old) { return old + 1.0; });
    const Tensor y = inner(x, call);
    fail();
    return y;
  }
};

const std::vector<std::function<void()>> failures = {
    [] { throw ValueError("no"); }, [] { throw std::runtime_error("no"); },
    [] { throw std::bad_alloc(); }, [] { throw 1; }};

bool throws(const std::function<void()>& f) {
  try {
    f();
  } catch (...) {
    return true;
  }
  return false;
}

}  // namespace

TEST_CASE("losses and updates of a call that failed are gone, on a tape and without one") {
  for (const auto& fail : failures)
    for (bool recorded : {false, true})
      for (bool first_call : {false, true}) {
        const VariableStore store;
        Failing layer;
        const Tensor x = ones({1, 1});
        if (!first_call) layer(x);
        std::optional<Tape> tape;
        if (recorded) tape.emplace();
        layer.fail = fail;
        for (int tries = 0; tries < 3; ++tries) CHECK(throws([&] { layer(x); }));
        CHECK(layer.losses().empty());
        CHECK(layer.updates().empty());
        layer.fail = [] {};
        layer(x);
        CHECK(items_of(layer.losses()) == Items{1, 2, 3, 0.5});
        CHECK(layer.updates().size() == 1);
        layer.apply_updates();
        CHECK(layer.count.value().item() == 1);
      }
}

TEST_CASE("a call that survives the failure of one inside keeps its own losses") {
  const VariableStore store;
  struct Brave : Layer {
    using Layer::Layer;
    Failing& inner = child<Failing>();
    Tensor call(const Tensor& x, const Call& call) override {
      add_loss(10.0);
      try {
        return inner(x, call);
      } catch (...) {
        add_loss(20.0);
        return x;
      }
    }
  };
  for (const auto& fail : failures) {
    Brave brave;
    brave.inner.fail = fail;
    const Tape tape;
    brave(ones({1, 1}));
    brave(ones({1, 1}));
    CHECK(items_of(brave.losses()) == Items{10, 20, 10, 20});
    CHECK(brave.updates().empty());
  }
}

TEST_CASE("what a build that failed gave to the layer is gone, too") {
  for (const auto& fail : failures) {
    const VariableStore store;
    Talkative layer;
    layer.in_build = [&](Talkative& self) {
      self.add_loss([] { return Tensor(5.0); });
      self.add_update(self.add_weight("w", {}), [](const Tensor& old) { return old; });
      fail();
    };
    CHECK(throws([&] { layer(ones({1})); }));
    CHECK(throws([&] { layer.build({1}); }));
    CHECK(layer.losses().empty());
    CHECK(layer.updates().empty());
    layer.in_build = [](Talkative& self) { self.add_loss([] { return Tensor(5.0); }); };
    layer(ones({1}));
    CHECK(items_of(layer.losses()) == Items{5});
  }
}

TEST_CASE("updates are made all or none") {
  for (const auto& fail : failures) {
    const VariableStore store;
    bool fails = true;
    const Variable a(Tensor(1.0)), b(Tensor(1.0)), c(Tensor(1.0));
    Talkative layer;
    layer.in_call = [&](Talkative& self, const Tensor&) {
      self.add_update(a, [](const Tensor& old) { return old * 2.0; });
      self.add_update(a, [](const Tensor& old) { return old + 1.0; });
      self.add_update(b, [](const Tensor& old) { return old * 5.0; });
      self.add_update(c, [&](const Tensor& old) {
        if (fails) fail();
        return old * 7.0;
      });
    };
    layer(ones({1}));
    for (int tries = 0; tries < 2; ++tries) {
      CHECK(throws([&] { layer.apply_updates(); }));
      CHECK(Items{a.value().item(), b.value().item(), c.value().item()} == Items{1, 1, 1});
    }
    fails = false;
    layer.apply_updates();
    layer.apply_updates();
    CHECK(Items{a.value().item(), b.value().item(), c.value().item()} == Items{3, 5, 7});
  }
}
