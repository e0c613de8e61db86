// Penalties that no layer, or not the one that was stepped on, has among its losses.
#include <doctest/doctest.h>

#include <reel/core/ops.h>
#include <reel/layers/dense.h>
#include <reel/layers/functions/regularizers.h>
#include <reel/layers/scope/collections.h>
#include <reel/layers/scope/functional_form.h>
#include <reel/layers/scope/get_variable.h>
#include <reel/optim/sgd.h>

#include "captured_stderr.h"
#include "reminder_helpers.h"

using namespace reel;
using namespace reel::test;

namespace {

const Tensor x = ones({2, 3});

}  // namespace

TEST_CASE("penalties of variables that no layer counts are told of once") {
  const WeightOptions penalised{.regularizer = l2(0.1)};
  const auto product = [] { return x * sum(get_variable("v", {3})); };
  const auto in_scope = [](const ScopeOptions& options, auto make) {
    return [options, make] {
      const VariableScope scope("s", options);
      return sum(make());
    };
  };
  const ScopeOptions shared{.reuse = Reuse::automatic},
      handed_down{.regularizer = l2(0.1), .reuse = Reuse::automatic};
  const auto given = [&] {
    const Variable v = get_variable("v", {3}, penalised);
    return x * sum(v * get_variable("w", {3}, penalised));
  };
  const auto dense = [] {
    return layers::dense(x, {.units = 2, .kernel_regularizer = l2(0.1), .name = "d"});
  };
  const auto activity = [] {
    return layers::dense(x, {.units = 2, .activity_regularizer = "l2", .name = "d"});
  };
  const auto plain_dense = [] { return layers::dense(x, {.units = 2, .name = "d"}); };
  const auto read = [](auto make) {
    return [make] {
      const Tensor y = make();
      return sum(y) + add_n(collections::regularization_losses());
    };
  };
  CHECK(said_in_steps(in_scope(shared, product)) == "");
  CHECK(said_in_steps(in_scope(handed_down, product)) == collection_warning("variables", "s/v"));
  CHECK(said_in_steps(in_scope(shared, given)) == collection_warning("variables", "s/v, s/w"));
  CHECK(said_in_steps(in_scope(shared, dense)) == collection_warning("s/d", "s/d"));
  CHECK(said_in_steps(in_scope(shared, activity)) == collection_warning("s/d", "s/d"));
  CHECK(said_in_steps(in_scope(handed_down, plain_dense)) ==
        collection_warning("s/d", "s/d/kernel, s/d/bias"));
  CHECK(said_in_steps(in_scope(handed_down, read(product))) == "");
  CHECK(said_in_steps(in_scope(shared, read(given))) == "");
  CHECK(said_in_steps(in_scope(shared, read(dense))) == "");
  CHECK(said_in_steps(in_scope(shared, read(activity))) == "");
  CHECK(said_in_steps(in_scope(handed_down, read(plain_dense))) == "");
}

TEST_CASE("a penalty on what no step changes, or that no tape sees, need not be read") {
  const VariableStore store;
  CapturedStderr log;
  const auto get = [](const char* name, const WeightOptions& options = {}) {
    const VariableScope scope("s", {.reuse = Reuse::automatic});
    return get_variable(name, {3}, options);
  };
  const Variable w = get("w"), held = get("held", {.regularizer = l2(0.1)});
  get("other", {.regularizer = l2(0.1)});
  get("fixed", {.regularizer = l2(0.1), .trainable = false});
  SGD sgd;
  for (int step = 0; step < 2; ++step)
    sgd.minimize([&] { return sum(w * get("fixed") * get("other")); }, {w});
  sgd.minimize([&] { return sum(w * held); }, {w, held});
  CHECK(log.text() == "");
}

TEST_CASE("the penalty of a shared weight is its first layer's, which is told of while it lives") {
  const VariableStore store;
  const auto text_of = [&](const char* name, bool keeps, auto read) {
    CapturedStderr log;
    const DenseOptions options{
        .units = 2, .kernel_regularizer = l2(0.1), .name = name, .reuse = Reuse::automatic};
    auto first = std::make_unique<Dense>(options);
    Dense second(options);
    (*first)(x);
    second(x);
    if (!keeps) first.reset();
    for (int step = 0; step < 2; ++step)
      take_step(second, [&] {
        const Tensor y = second(x);
        if (first) (*first)(x);
        read(first.get());
        return sum(y);
      });
    return log.text();
  };
  CHECK(text_of("a", true, [](Layer*) {}) == loss_warning("a", "a"));
  CHECK(text_of("b", false, [](Layer*) {}) == collection_warning("b", "b"));
  CHECK(text_of("c", true, [](Layer* first) { first->total_loss(); }) == "");
  CHECK(text_of("d", false, [](Layer*) { collections::regularization_losses(); }) == "");
}
