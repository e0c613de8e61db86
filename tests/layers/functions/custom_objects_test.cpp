#include <doctest/doctest.h>

#include <reel/core/ops.h>
#include <reel/layers/activation_layer.h>
#include <reel/layers/functions/custom_objects.h>
#include <reel/layers/separable_conv2d.h>
#include <reel/layers/sequential.h>

using namespace reel;

namespace {

Tensor doubled(const Tensor& x) { return 2.0 * x; }

const CustomObjects mine{
    {"double_it", doubled},
    {"threes", [](const Shape& shape, DType dtype) { return full(shape, 3.0, dtype); }},
    {"sum_it", [](const Tensor& w) { return sum(w); }},
    {"ones_of", [](const Variable& w) { return ones(w.shape(), w.dtype()); }},
    {"relu", [](const Tensor& x) { return -x; }},
};

const Config all_kinds{{"filters", 2},
                       {"kernel_size", 1},
                       {"activation", "double_it"},
                       {"depthwise_initializer", Config{{"class_name", "threes"}}},
                       {"pointwise_initializer", "ones"},
                       {"depthwise_regularizer", "sum_it"},
                       {"bias_constraint", Config{{"class_name", "ones_of"}, {"config", Config()}}},
                       {"name", "conv"}};

}  // namespace

TEST_CASE("functions of one's own stand in configs by their names, whatever their kind") {
  const VariableStore store;
  SeparableConv2D layer = SeparableConv2D::from_config(all_kinds, mine);
  const Tensor x = ones({1, 2, 2, 1});
  CHECK(layer(x).at(0, 0, 0, 0) == 6);
  CHECK(layer.total_loss().item() == 3);
  CHECK(layer.bias().constraint()(layer.bias()).to_vector() == std::vector<double>{1, 1});
  const Config written = layer.get_config();
  for (const char* entry : {"activation", "depthwise_regularizer"})
    CHECK(written[entry] == all_kinds[entry]);
  CHECK(written["depthwise_initializer"] == ConfigValue("threes"));
  CHECK(SeparableConv2D::from_config(written, mine).get_config() == written);
}

TEST_CASE("functions of one's own reach the layers of a chain, and of a chain inside it") {
  const VariableStore store;
  Sequential net("net");
  net.add<Sequential>().add<layers::Activation>(
      layers::ActivationOptions{.activation = Activation("double_it", {}, doubled)});
  const Config config = net.get_config();
  Sequential again = Sequential::from_config(config, mine);
  CHECK(again(ones({2})).to_vector() == std::vector<double>{2, 2});
  CHECK_THROWS_AS(Sequential::from_config(config), ValueError);  // they hold for that call only
}

TEST_CASE("a function of one's own comes before the library's of its name") {
  const Config config{{"activation", "relu"}};
  const auto of = [](const layers::Activation& layer) {
    return layer.options().activation(Tensor({2.0})).item();
  };
  CHECK(of(layers::Activation::from_config(config, mine)) == -2);
  CHECK(of(layers::Activation::from_config(config)) == 2);
}

TEST_CASE("a function of one's own that cannot be what it stands for is refused") {
  Config config = all_kinds;
  config.set("activation", "threes");
  CHECK_THROWS_WITH_AS(
      SeparableConv2D::from_config(config, mine),
      "separable_conv2d: activation: 'threes' must be callable as activation; it takes other "
      "arguments",
      ValueError);
  config.set("activation", Config{{"class_name", "double_it"}, {"config", Config{{"alpha", 1}}}});
  CHECK_THROWS_WITH_AS(SeparableConv2D::from_config(config, mine),
                       "separable_conv2d: activation: 'double_it' has no parameter 'alpha'",
                       TypeError);
}
