#include <doctest/doctest.h>

#include <set>
#include <string>
#include <thread>
#include <vector>

#include <reel/layers/functions/initializers.h>
#include <reel/layers/scope/collections.h>
#include <reel/layers/scope/functional_form.h>
#include <reel/layers/scope/get_variable.h>
#include <reel/layers/scope/variable_store.h>
#include <reel/layers/separable_conv2d.h>
#include <reel/layers/sequential.h>

#include "layer_helpers.h"
#include "small_separable.h"

using namespace reel;
using namespace reel::test;

// Proves: SeparableConv2DTest.testFunctionalConv2DReuse
TEST_CASE("7.1 testFunctionalConv2DReuse: three variables after two calls") {
  const VariableStore store;
  const SeparableConv2DOptions options{.filters = 32, .kernel_size = 3, .name = "sepconv1"};
  SeparableConv2DOptions again = options;
  again.reuse = true;
  const Tensor x = ones({5, 7, 9, 3});
  const Tensor y = layers::separable_conv2d(x, options);
  CHECK(count() == 3);
  CHECK(layers::separable_conv2d(x, again).to_vector() == y.to_vector());
  CHECK(count() == 3);
}

// Proves: SeparableConv2DTest.testFunctionalConv2DReuseFromScope; 1.12 scopes
TEST_CASE("7.1 testFunctionalConv2DReuseFromScope: the scope's reuse reaches the layer") {
  const VariableStore store;
  for (const bool reuse : {false, true}) {
    const VariableScope scope("scope", {.reuse = reuse});
    layers::separable_conv2d(image, named("sepconv1"));
    CHECK(count() == 2);
  }
}

// Proves: SeparableConv2DTest.testFunctionalConv2DNoReuse
TEST_CASE("7.1 testFunctionalConv2DNoReuse: unnamed calls make variables of their own") {
  const VariableStore store;
  layers::separable_conv2d(image, small);
  CHECK(count() == 2);
  layers::separable_conv2d(image, small);
  CHECK(count() == 4);
}

// Proves: SeparableConv2DTest.testFunctionalConv2DInitializerFromScope; 1.12 scopes
TEST_CASE("7.1 testFunctionalConv2DInitializerFromScope") {
  const VariableStore store;
  {
    const VariableScope scope("scope", {.initializer = "ones"});
    layers::separable_conv2d(image, {.filters = 2, .kernel_size = 1, .name = "sepconv1"});
  }
  const auto weights = collections::trainable_variables();
  REQUIRE(names_of(weights) == Names{"scope/sepconv1/depthwise_kernel",
                                     "scope/sepconv1/pointwise_kernel", "scope/sepconv1/bias"});
  CHECK(weights[0].value().to_vector() == std::vector<double>(3, 1.0));
  CHECK(weights[1].value().to_vector() == std::vector<double>(6, 1.0));
  CHECK(weights[2].value().to_vector() == std::vector<double>(2, 0.0));
}

TEST_CASE("a name is free again when its variable is gone") {
  const VariableStore store;
  SeparableConv2DOptions options = small;
  options.scope = "conv";
  for (int i = 0; i < 2; ++i) {
    SeparableConv2D layer(options);
    CHECK_NOTHROW(layer(image));
  }
}

TEST_CASE("a build that fails leaves no names behind") {
  const VariableStore store;
  SeparableConv2D layer(
      {.filters = 2,
       .kernel_size = 1,
       .pointwise_initializer = [](const Shape&, DType dtype) { return zeros({7}, dtype); },
       .name = "conv"});
  for (int i = 0; i < 2; ++i)  // the second try meets the same error, not a taken name
    CHECK_THROWS_WITH_AS(layer(image),
                         "conv: variable conv/pointwise_kernel: the initializer must give shape "
                         "(1, 1, 3, 2); got (7,)",
                         ValueError);
  CHECK_FALSE(layer.built());
  CHECK(layer.variables().empty());
  CHECK_FALSE(layer.dtype().has_value());
}

TEST_CASE("a store of its own starts names anew, and gives way to the one before") {
  const VariableStore outer;
  SeparableConv2D first(small);
  first(image);
  {
    const VariableStore inner;
    SeparableConv2D second(small);
    second(image);
    CHECK(second.scope_name() == "separable_conv2d");
    CHECK(second.name() == "separable_conv2d_1");
    CHECK(VariableStore::find("separable_conv2d/depthwise_kernel") == second.variables()[0]);
  }
  CHECK(VariableStore::find("separable_conv2d/depthwise_kernel") == first.variables()[0]);
  CHECK_FALSE(VariableStore::find("nobody").defined());
}

TEST_CASE("names are counted across threads in the default store") {
  std::vector<std::string> names(8);
  std::vector<std::thread> threads;
  for (std::string& name : names)
    threads.emplace_back([&name] {
      struct MadeOnThreads : Affine {
        using Affine::Affine;
      };
      MadeOnThreads layer;
      name = layer.name();
    });
  for (std::thread& thread : threads) thread.join();
  std::sort(names.begin(), names.end());
  CHECK(std::unique(names.begin(), names.end()) == names.end());
  CHECK(names[0] == "made_on_threads_1");
}

TEST_CASE("unique scopes that several threads open at once all differ") {
  std::vector<std::vector<std::string>> paths(4);
  std::vector<std::thread> threads;
  for (std::vector<std::string>& own : paths)
    threads.emplace_back([&own] {
      for (int i = 0; i < 200; ++i)
        own.push_back(VariableScope::unique("opened_on_threads").path());
    });
  for (std::thread& thread : threads) thread.join();
  std::set<std::string> all;
  for (const std::vector<std::string>& own : paths) all.insert(own.begin(), own.end());
  CHECK(all.size() == 800);
}

TEST_CASE("a variable that another thread made meanwhile is the one that is shared") {
  Variable first;
  const auto get = [](const Initializer& initializer) {
    const VariableScope scope("made_meanwhile", {.reuse = Reuse::automatic});
    return get_variable("v", {2}, {.initializer = initializer});
  };
  const Variable second = get([&](const Shape& shape, DType dtype) {
    std::thread([&] { first = get("ones"); }).join();
    return zeros(shape, dtype);
  });
  CHECK(second == first);
  CHECK(VariableStore::find("made_meanwhile/v") == first);
  detail::Names::current()->forget(first);
}

TEST_CASE("a store keeps the variables that nobody owns until its end") {
  const VariableStore store;
  get_variable("v", {2}, {.initializer = "ones", .regularizer = "l2"});
  CHECK(VariableStore::find("v").defined());
  CHECK(items_of(collections::regularization_losses())[0] == doctest::Approx(0.02));
}

TEST_CASE("a name that makes no scope is refused wherever one is given") {
  const VariableStore store;
  struct Parent : Layer {
    explicit Parent(const std::string& name) { child<Affine>(name); }
  };
  for (const std::string bad : {"x/", "/x", "x//y", "a b", "a:0", "_x", "-x", "x/_y", "x/.y/-",
                                "\xc3\xa4", "a\nb", "a,b", "a[0]", "/", " ", "a\\b"}) {
    CAPTURE(bad);
    const auto text = [&](const std::string& what) {
      return what +
             ": a name must be letters, digits, '_', '.' and '-', in parts joined by '/' that "
             "begin with a letter, digit or '.'; got '" +
             bad + "'";
    };
    const std::string layer = text("layer"), scope = text("variable_scope"),
                      weight = text("weight");
    CHECK_THROWS_WITH_AS(Layer{bad}, layer.c_str(), ValueError);
    CHECK_THROWS_WITH_AS(Affine(LayerOptions{.name = bad}), layer.c_str(), ValueError);
    CHECK_THROWS_WITH_AS(Affine(LayerOptions{.scope = bad}), layer.c_str(), ValueError);
    CHECK_THROWS_WITH_AS(Parent{bad}, layer.c_str(), ValueError);
    CHECK_THROWS_AS(Sequential::from_config(Config{{"name", bad}, {"layers", ConfigValue::List()}}),
                    ValueError);
    CHECK_THROWS_WITH_AS(VariableScope{bad}, scope.c_str(), ValueError);
    CHECK_THROWS_WITH_AS(VariableScope::unique(bad), scope.c_str(), ValueError);
    if (!bad.empty())
      CHECK_THROWS_WITH_AS(VariableScope(Scope{bad, {}}), scope.c_str(), ValueError);
    CHECK_THROWS_WITH_AS(get_variable(bad, {2}), weight.c_str(), ValueError);
    Affine called;
    CHECK_THROWS_WITH_AS(called(ones({1, 2}), {.scope = bad}), scope.c_str(), ValueError);
    CHECK_THROWS_WITH_AS(called.add_weight(bad, {2}), doctest::Contains(": a name must be"),
                         ValueError);
  }
  for (const char* good : {"x", "x/y", "block1/conv_2", "0", ".x", "a.b-c_D", "X/9/."}) {
    CAPTURE(good);
    CHECK(Layer(good).name() == good);
    CHECK(VariableScope(good).path() == good);
  }
}

TEST_CASE("ten thousand layers without names have names of their own, below a parent or not") {
  const VariableStore store;
  constexpr int n = 10'000;
  ConfigValue::List layers;
  for (int i = 0; i < n; ++i)
    layers.push_back(Config{{"class_name", "Flatten"}, {"config", Config()}});
  const Sequential net = Sequential::from_config(Config{{"name", "net"}, {"layers", layers}});
  CHECK(net[0].path() == "net/flatten");
  CHECK(net[n - 1].path() == "net/flatten_9999");
  std::vector<std::unique_ptr<Affine>> roots;
  for (int i = 0; i < n; ++i) {
    roots.push_back(std::make_unique<Affine>());
    roots.back()->build({1, 2});
  }
  CHECK(roots[0]->w.name() == "affine/w");
  CHECK(roots[n - 1]->w.name() == "affine_9999/w");
}

TEST_CASE("an automatic number steps over names that were given, and begins again in a new scope") {
  const VariableStore store;
  Sequential net("net");
  const auto add = [&](const char* name) {
    return net.add<Affine>(LayerOptions{.name = name}).path();
  };
  CHECK(add("affine_2") == "net/affine_2");
  CHECK(add("") == "net/affine");
  CHECK(add("") == "net/affine_1");
  CHECK(add("") == "net/affine_3");
  CHECK(add("affine_1") == "net/affine_1_1");
  CHECK(add("") == "net/affine_4");
  const auto open = [](const char* base) { return VariableScope::unique(base).path(); };
  for (int again = 0; again < 2; ++again) {
    const VariableScope scope("s");
    CHECK(open("x_1") == "s/x_1");
    CHECK(open("x") == "s/x");
    CHECK(open("x") == "s/x_2");
    CHECK(open("x_1") == "s/x_1_1");
    CHECK(open("x") == "s/x_3");
  }
}

TEST_CASE("a store forgets the dead: their names are free, and nothing of them is kept") {
  const VariableStore store;
  const auto held = std::make_shared<int>(0);
  for (int i = 0; i < 1000; ++i) {
    Affine layer(LayerOptions{.name = fmt::format("layer_{}", i % 500)});
    layer.add_weight("extra", {}, {.initializer = [held](const Shape& shape, DType dtype) {
                       return ones(shape, dtype);
                     }});
  }
  CHECK(held.use_count() < 200);
  CHECK(collections::global_variables().empty());
  CHECK(held.use_count() == 1);
}

TEST_CASE("a class whose name could not be a scope has one all the same") {
  struct _secret : Layer {};
  const VariableStore store;
  CHECK(_secret().path() == "private_secret");
  struct : Affine {
  } unnamed;
  CHECK(unnamed(ones({1, 2})).shape() == Shape{1, 2});
}

TEST_CASE("a scope that is opened again takes options, reuse, empty braces or nothing") {
  const VariableStore store;
  const Scope scope = [] {
    const VariableScope first("s", {.dtype = float64});
    get_variable("v", {1});
    return first.scope();
  }();
  const auto find = [] { return get_variable("v", {1}).dtype(); };
  const auto check = [&](const VariableScope& again, bool finds) {
    CHECK(again.path() == "s");
    if (finds)
      CHECK(find() == float64);
    else
      CHECK_THROWS_AS(find(), ValueError);
  };
  check(VariableScope(scope), false);
  check(VariableScope(scope, {}), false);
  check(VariableScope(scope, false), false);
  check(VariableScope(scope, true), true);
  check(VariableScope(scope, Reuse::automatic), true);
  check(VariableScope(scope, Reuse(true)), true);
  check(VariableScope(scope, {.reuse = true}), true);
}
