// Contract 7.9: the reference's tests of variable scopes in other threads and inside calls.
#include <doctest/doctest.h>

#include <thread>

#include <reel/layers/dense.h>
#include <reel/layers/functions/initializers.h>
#include <reel/layers/scope/collections.h>
#include <reel/layers/scope/functional_form.h>
#include <reel/layers/scope/get_variable.h>

#include "layer_helpers.h"

using namespace reel;
using namespace reel::test;

// Proves: VariableScopeMultithreadedTest.testReenterMainScope
TEST_CASE("7.9 testReenterMainScope: another thread enters a scope of this one") {
  const VariableScope main_scope("main_scope_of_this_test");
  Names names;
  Variable kept;  // the thread's variables live in the process's store
  std::thread([&] {
    {
      const VariableScope again(main_scope.scope()), foo("foo");
      kept = get_variable("v", {}, {.initializer = zeros});
      names.push_back(kept.name());
    }
    const VariableScope bar("bar_of_this_test");
    names.push_back(get_variable("v", {}).name());
  }).join();
  CHECK(names == Names{"main_scope_of_this_test/foo/v", "bar_of_this_test/v"});
}

// Proves: TF1VariableScopeLayerTest.test_get_variable
TEST_CASE("7.9 test_get_variable and test_compat_v1_layer: variables made inside a call") {
  struct Wrapped : Layer {
    using Layer::Layer;
    Tensor call(const Tensor& x, const Call&) override {
      const DenseOptions dense{.units = 10,
                               .kernel_initializer = "ones",
                               .kernel_regularizer = "l2",
                               .name = "dense_one"};
      DenseOptions second = dense;
      second.name = "dense_two";
      const Tensor y = layers::dense(x, dense);
      const VariableScope nested("nested_scope");
      return layers::dense(y, second);
    }
  };
  const VariableStore store;
  Wrapped layer("wrapped");
  const auto penalty = [] {
    double total = 0;
    for (const double item : items_of(collections::regularization_losses())) total += item;
    return total;
  };
  CHECK(layer(ones({5, 5})).to_vector() == std::vector<double>(50, 50.0));
  CHECK(penalty() == doctest::Approx(1.5));
  const auto variables = collections::global_variables();
  REQUIRE(names_of(variables) == Names{"wrapped/dense_one/kernel", "wrapped/dense_one/bias",
                                       "wrapped/nested_scope/dense_two/kernel",
                                       "wrapped/nested_scope/dense_two/bias"});
  for (const Variable& variable : variables) variable.assign(2.0 * variable.value());
  CHECK(layer(ones({5, 5})).to_vector() == std::vector<double>(50, 200.0));
  CHECK(penalty() == doctest::Approx(6));
  CHECK(collections::global_variables().size() == 4);
}
