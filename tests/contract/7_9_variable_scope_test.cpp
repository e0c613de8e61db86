// Contract 7.9: the reference's tests of variable scopes.
#include <doctest/doctest.h>

#include <reel/core/collections.h>
#include <reel/layers/get_variable.h>
#include <reel/layers/initializers.h>

#include "layer_helpers.h"

using namespace reel;
using namespace reel::test;

TEST_CASE("7.9 testGetVar: a variable by name, shared only where the scope says so") {
  const VariableStore store;
  const Variable v = get_variable("v", {1});
  CHECK_THROWS_WITH_AS(get_variable("v", {1}),
                       "variable v: the name must be new; it exists; pass reuse = true to share "
                       "the variable",
                       ValueError);
  const VariableScope tower("tower");
  const Variable inside = get_variable("v", {1});
  CHECK(inside.name() == "tower/v");
  const VariableScope again(tower.scope(), true);
  CHECK(get_variable("v", {1}) == inside);
  CHECK_THROWS_WITH_AS(
      get_variable("w", {1}),
      "variable tower/w: reuse = true needs a variable of this name; there is none", ValueError);
}

TEST_CASE("7.9 testVarScopeInitializer: inner scopes inherit and override") {
  const VariableStore store;
  const VariableScope tower("tower", {.initializer = constant(0.3), .constraint = "non_neg"});
  CHECK(get_variable("v", {}).value().item() == doctest::Approx(0.3));
  const VariableScope inner("inner", {.initializer = constant(0.4)});
  CHECK(get_variable("w", {}).value().item() == doctest::Approx(0.4));
  CHECK(get_variable("x", {}, {.initializer = constant(0.5)}).value().item() == 0.5);
  CHECK(get_variable("y", {}).constraint().name() == "non_neg");
}
