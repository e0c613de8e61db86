// Contract 7.9: the reference's tests of variable scopes. Its names end in ":0", the number of an
// op's output in a graph; there are no such numbers here.
#include <doctest/doctest.h>

#include <reel/layers/functions/initializers.h>
#include <reel/layers/scope/collections.h>
#include <reel/layers/scope/get_variable.h>

#include "layer_helpers.h"

using namespace reel;
using namespace reel::test;

namespace {

std::string made(const std::string& name = "w") { return get_variable(name, {}).name(); }

// A variable inside a scope with a default name.
std::string made_in_default(const std::string& base, const ScopeOptions& options = {}) {
  const VariableScope scope = VariableScope::unique(base, options);
  return made();
}

std::string made_in(const std::string& name, const ScopeOptions& options = {}) {
  const VariableScope scope(name, options);
  return made();
}

}  // namespace

// Proves: VariableScopeTest.testGetVar
TEST_CASE("7.9 testGetVar: a variable by name, shared only where the scope says so") {
  const VariableStore store;
  const Variable v = get_variable("v", {1});
  const VariableScope tower("tower");
  const Variable inside = get_variable("v", {1});
  CHECK(inside.name() == "tower/v");
  CHECK_FALSE(inside == v);
  const VariableScope again(tower.scope(), true);
  CHECK(get_variable("v", {1}) == inside);
  CHECK_THROWS_WITH_AS(
      get_variable("w", {1}),
      "variable tower/w: reuse = true needs a variable of this name; there is none", ValueError);
}

// Proves: VariableScopeTest.testNameExists;
//   VariableScopeTest.testVarScopeGetOrCreateReuseIgnoreFalse
TEST_CASE("7.9 testNameExists: a name that is taken is an error without reuse") {
  const VariableStore store;
  const Variable v = get_variable("v", {1});
  CHECK_THROWS_WITH_AS(get_variable("v", {1}),
                       "variable v: the name must be new; it exists; pass reuse = true to share "
                       "the variable",
                       ValueError);
  CHECK_FALSE(get_variable("u", {1}) == v);
}

// Proves: VariableScopeTest.testNamelessStore
TEST_CASE("7.9 testNamelessStore: names are relative to no scope") {
  const VariableStore store;
  get_variable("v1", {2});
  get_variable("v2", {2});
  CHECK(names_of(collections::global_variables()) == Names{"v1", "v2"});
}

// Proves: VariableScopeTest.testVarScopeInitializer
TEST_CASE("7.9 testVarScopeInitializer: inner scopes inherit and override") {
  const VariableStore store;
  const auto value = [](const WeightOptions& options = {}) {
    static int count = 0;
    return get_variable(fmt::format("v{}", count++), {}, options).value().item();
  };
  const VariableScope tower("tower", {.initializer = constant(0.25)});
  CHECK(value() == 0.25);
  {
    const VariableScope inner("inner", {.initializer = constant(0.5)});
    CHECK(value() == 0.5);
    CHECK(value({.initializer = constant(2.0)}) == 2);
  }
  {
    const VariableScope inner("inner");
    CHECK(value() == 0.25);
  }
  const VariableScope again(tower.scope(), {.initializer = constant(0.75)});
  CHECK(again.path() == "tower");
  CHECK(value() == 0.75);
}

// Proves: VariableScopeTest.testVarScopeConstraint
TEST_CASE("7.9 testVarScopeConstraint: constraints are handed down too") {
  const VariableStore store;
  const VariableScope tower("tower");
  {
    const VariableScope foo("foo", {.constraint = "non_neg"});
    CHECK(get_variable("v", {}).constraint().name() == "non_neg");
  }
  CHECK_FALSE(get_variable("v", {}).constraint());
  const VariableScope again(tower.scope(), {.constraint = "max_norm"});
  CHECK(get_variable("w", {2}).constraint().name() == "max_norm");
}

// Proves: VariableScopeTest.testVarScopeDType; VariableScopeTest.testGetVariableWithRefDtype
TEST_CASE("7.9 testVarScopeDType: a dtype is handed down as well") {
  const VariableStore store;
  const VariableScope tower("tower");
  {
    const VariableScope foo("foo", {.dtype = float64});
    CHECK(get_variable("v", {}).dtype() == float64);
    CHECK(get_variable("w", {}, {.dtype = float32}).dtype() == float32);
  }
  CHECK(get_variable("v", {}).dtype() == float32);
  const VariableScope again(tower.scope(), {.dtype = float64});
  CHECK(get_variable("w", {}).dtype() == float64);
}

// Proves: VariableScopeTest.testVarScopeRegularizer
TEST_CASE("7.9 testVarScopeRegularizer: inherited, exchanged, and switched off") {
  const VariableStore store;
  const auto mean_plus = [](double more) {
    return Regularizer([more](const Tensor& w) { return mean(w) + more; });
  };
  const Regularizer none = [](const Tensor&) { return Tensor(); };
  const VariableScope tower("tower",
                            {.initializer = constant(0.25), .regularizer = mean_plus(0.125)});
  made_in("foo");
  {
    const VariableScope again(tower.scope(), {.regularizer = mean_plus(0.5)});
    made();
    get_variable("x", {}, {.regularizer = none});
    made_in("baz", {.regularizer = none});
  }
  CHECK(items_of(collections::regularization_losses()) == std::vector<double>{0.375, 0.75});
}

// Proves: VariableScopeTest.testInitializeFromValue
TEST_CASE("7.9 testInitializeFromValue: a value of the variable's shape may be its initializer") {
  const VariableStore store;
  const Variable v = get_variable("v", {2}, {.initializer = constant(Tensor{0.5, 0.25})});
  CHECK(v.value().to_vector() == std::vector<double>{0.5, 0.25});
  CHECK_THROWS_AS(get_variable("u", {3}, {.initializer = constant(Tensor{0.5, 0.25})}), ValueError);
}

// Proves: VariableScopeTest.testVarScopeGetOrCreateReuse
TEST_CASE("7.9 testVarScopeGetOrCreateReuse: automatic reuse makes once and then finds") {
  const VariableStore store;
  Variable first;
  for (const double value : {42.0, 13.0, 17.0}) {
    const VariableScope scope("bar", {.reuse = Reuse::automatic});
    const Variable variable = get_variable("var", {});
    if (!first.defined()) first = variable;
    CHECK(variable == first);
    variable.assign(Tensor(value));
    CHECK(get_variable("var", {}).value().item() == value);
  }
}

// Proves: VariableScopeTest.testVarOpScope;
//   VariableScopeTest.testBasicWhenAuxiliaryNameScopeIsFalse
TEST_CASE("7.9 testVarOpScope: a given name is taken as it is, a default one made unique") {
  const VariableStore store;
  CHECK(made_in("tower") == "tower/w");
  CHECK(made_in_default("default") == "default/w");
  CHECK(made_in_default("default") == "default_1/w");
}

// Proves: VariableScopeTest.testVarOpScopeUniqueNamesInterleavedSubstringScopes
TEST_CASE("7.9 testVarOpScopeUniqueNamesInterleavedSubstringScopes") {
  const VariableStore store;
  const auto nested = [](const char* base) {
    const VariableScope scope = VariableScope::unique(base);
    return made_in_default("layer");
  };
  CHECK(nested("defaultScope1") == "defaultScope1/layer/w");
  CHECK(nested("defaultScope1") == "defaultScope1_1/layer/w");
  CHECK(nested("defaultScope") == "defaultScope/layer/w");
  CHECK(nested("defaultScope1") == "defaultScope1_2/layer/w");
}

// Proves: VariableScopeTest.testVarOpScopeUniqueNamesWithJump
TEST_CASE("7.9 testVarOpScopeUniqueNamesWithJump: the numbers go on after a scope in between") {
  const VariableStore store;
  const VariableScope scope("default");
  CHECK(made_in_default("layer") == "default/layer/w");
  CHECK(made_in_default("layer") == "default/layer_1/w");
  { const VariableScope again(scope.scope()); }
  CHECK(made_in_default("layer") == "default/layer_2/w");
}

// Proves: VariableScopeTest.testVarOpScopeReuse
TEST_CASE("7.9 testVarOpScopeReuse: a scope entered again finds its default names") {
  const VariableStore store;
  Scope outer;
  for (const bool reuse : {false, true}) {
    const VariableScope scope =
        reuse ? VariableScope(outer, true) : VariableScope("outer", ScopeOptions{});
    outer = scope.scope();
    CHECK(made_in("tower") == "outer/tower/w");
    CHECK(made_in_default("default") == "outer/default/w");
  }
  CHECK(collections::global_variables().size() == 2);
}

// Proves: VariableScopeTest.testVarScopeGetVar
TEST_CASE("7.9 testVarScopeGetVar: names, reuse by object and by name, and what must fit") {
  const VariableStore store;
  const VariableScope root("root");
  Scope tower_a;
  Variable va;
  {
    const VariableScope tower("towerA");
    tower_a = tower.scope();
    va = get_variable("v", {1});
    CHECK(va.name() == "root/towerA/v");
  }
  {
    const VariableScope tower("towerB");
    CHECK(get_variable("v", {1}).name() == "root/towerB/v");
  }
  {
    const VariableScope by_name("towerA", {.reuse = true});
    CHECK(get_variable("v", {1}) == va);
  }
  const VariableScope foo("foo"), bar("bar");
  CHECK(get_variable("v", {1}).name() == "root/foo/bar/v");
  const VariableScope by_object(tower_a, true);
  CHECK(get_variable("v", {1}) == va);
  CHECK_THROWS_WITH_AS(
      get_variable("v", {2}),
      "variable root/towerA/v: a shared variable must have shape (1,); asked for (2,)", ValueError);
  CHECK_THROWS_WITH_AS(
      get_variable("v", {1}, {.dtype = float64}),
      "variable root/towerA/v: a shared variable must be float32; asked for float64", ValueError);
}

// Proves: VariableScopeTest.testVarScopeOuterScope
TEST_CASE("7.9 testVarScopeOuterScope and testVarOpScopeOuterScope: entered after it was left") {
  const VariableStore store;
  const Scope outer = VariableScope("outer").scope();
  for (const bool reuse : {false, true}) {
    const VariableScope again(outer, reuse);
    CHECK(made() == "outer/w");
    CHECK(made_in("inner") == "outer/inner/w");
    CHECK(made_in_default("default") == "outer/default/w");
  }
  CHECK(collections::global_variables().size() == 3);
}

// Proves: VariableScopeTest.testVarScopeNestedOuterScope
TEST_CASE("7.9 testVarScopeNestedOuterScope and testVarOpScopeNestedOuterScope: inside itself") {
  const VariableStore store;
  const VariableScope outer("outer");
  {
    const VariableScope again(outer.scope());
    CHECK(made() == "outer/w");
  }
  CHECK(made_in("inner") == "outer/inner/w");
  const VariableScope again(outer.scope(), true);
  CHECK(made() == "outer/w");
  CHECK(made_in("inner") == "outer/inner/w");
}

// Proves: VariableScopeTest.testVarOpScopeReuseParam
TEST_CASE("7.9 testVarOpScopeReuseParam: reuse of one inner scope") {
  const VariableStore store;
  const VariableScope outer("outer");
  made_in("tower");
  CHECK(made_in("tower", {.reuse = true}) == "outer/tower/w");
  CHECK(collections::global_variables().size() == 1);
}

// Proves: VariableScopeTest.testVarOpScopeReuseError
TEST_CASE("7.9 testVarOpScopeReuseError: a default name has nothing to reuse") {
  const VariableStore store;
  CHECK_THROWS_WITH_AS(
      made_in_default("default", {.reuse = true}),
      "variable default/w: reuse = true needs a variable of this name; there is none", ValueError);
}

// Proves: VariableScopeTest.testReenterRootScopeWhenAuxiliaryNameScopeIsFalse
TEST_CASE("7.9 testReenterRootScope: the scope without a name is at the top, wherever one is") {
  const VariableStore store;
  const VariableScope outer("outer");
  const VariableScope root{Scope{}};
  CHECK(made() == "w");
  CHECK(made_in("inner") == "inner/w");
}
