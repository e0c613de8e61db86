#include <doctest/doctest.h>

#include <reel/core/grad_check.h>
#include <reel/layers/regularizers.h>

#include "ledger_helpers.h"

using namespace reel;
using namespace reel::test;

TEST_CASE("a call while all tapes are paused leaves nothing in the tape's losses") {
  const VariableStore store;
  Talkative layer(LayerOptions{.activity_regularizer = "l1"});
  const Tape tape;
  layer(ones({1, 1}));
  {
    const PauseRecording pause;
    CHECK(layer.losses().size() == 1);  // of the recorded call
    layer(ones({1, 3}));
    CHECK(layer.total_loss().item() == doctest::Approx(0.06));  // of this one
  }
  CHECK(items_of(layer.losses()).size() == 1);
  CHECK(layer.total_loss().item() == doctest::Approx(0.02));
}

TEST_CASE("a check of gradients leaves no losses, and sees those of its own calls") {
  const VariableStore store;
  Talkative layer(LayerOptions{.activity_regularizer = "l2", .dtype = float64});
  const Tensor x({0.3, -0.7, 1.1}, float64);
  const Tape tape;
  layer(x);
  const auto f = [&](const Tensor& at) {
    const Tensor y = layer(at);
    return y + layer.total_loss();
  };
  CHECK(check_gradients(f, x));
  CHECK(layer.losses().size() == 1);
}

