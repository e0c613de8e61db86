// fold_batch_normalization: what becomes of the layers of a net.
#include <doctest/doctest.h>

#include <reel/core/io/loader.h>
#include <reel/core/tape.h>
#include <reel/layers/activation_layer.h>
#include <reel/layers/advanced_activations.h>
#include <reel/layers/base/layer_registry.h>
#include <reel/layers/base/saved_weights.h>
#include <reel/layers/batch_normalization.h>
#include <reel/layers/conv2d.h>
#include <reel/layers/dense.h>
#include <reel/layers/flatten.h>
#include <reel/layers/fold_batch_normalization.h>
#include <reel/layers/functions/constraints.h>
#include <reel/layers/reports/summary.h>
#include <reel/layers/separable_conv2d.h>
#include <reel/optim/run/fit.h>
#include <reel/optim/sgd.h>

#include "folded_nets.h"
#include "layer_helpers.h"
#include "temporary_folder.h"

using namespace reel;
using namespace reel::test;

namespace {

struct Residual : Layer {
  using Options = LayerOptions;
  explicit Residual(Options options = {}) : Layer(options) {}
  static Residual from_config(const Config& config) {
    return Residual(Options{.name = *config["name"].get<std::string>()});
  }
  Config get_config() const override { return {{"name", name()}}; }
  Conv2D& conv = child<Conv2D>({.filters = 2, .kernel_size = 3, .padding = "same"});
  BatchNormalization& norm = child<BatchNormalization>();
  Tensor call(const Tensor& x, const Call& call) override { return x + norm(conv(x, call), call); }
};

}  // namespace

TEST_CASE("inner chains are folded, names and what is frozen are kept, the source is not touched") {
  const VariableStore store;
  Sequential net("net");
  net.add<Conv2D>({.filters = 4, .kernel_size = 3, .use_bias = false, .name = "stem"});
  net.add<BatchNormalization>();
  net.add<ReLU>();
  Sequential& inner = net.add<Sequential>("inner");
  inner.add<SeparableConv2D>({.filters = 5, .kernel_size = 3, .trainable = false});
  inner.add<BatchNormalization>();
  net.add<Flatten>();
  net.add<Dense>({.units = 3, .name = "head"});
  net.build({Shape::unknown, 7, 7, 2});
  seem_trained(net);
  const Tensor x = numbers({2, 7, 7, 2});
  net[5].set_trainable(false);
  const Config config = net.get_config();
  const Tensor y = net(x);

  const auto folded = fold_batch_normalization(net);
  check_same(net, *folded, x);
  CHECK(folded->name() == "net");
  CHECK(folded->scope_name() == "net_1");
  CHECK(folded->build_shapes() == net.build_shapes());
  CHECK(folded->compute_output_shape({Shape::unknown, 7, 7, 2}) == Shape{Shape::unknown, 3});
  CHECK(classes_of(*folded) == Classes{"Conv2D", "Sequential", "Flatten", "Dense"});
  const auto& folded_inner = dynamic_cast<const Sequential&>((*folded)[1]);
  CHECK(classes_of(folded_inner) == Classes{"SeparableConv2D"});
  CHECK(names_of(folded->variables()) == Names{"net_1/stem/kernel", "net_1/stem/bias",
                                               "net_1/inner/separable_conv2d/depthwise_kernel",
                                               "net_1/inner/separable_conv2d/pointwise_kernel",
                                               "net_1/inner/separable_conv2d/bias",
                                               "net_1/head/kernel", "net_1/head/bias"});
  CHECK(names_of(folded->trainable_variables()) == Names{"net_1/stem/kernel", "net_1/stem/bias"});
  (*folded)[3].set_trainable(true);  // its weights were made trainable, those of `inner` were not
  folded_inner[0].set_trainable(true);
  CHECK(names_of(folded->trainable_variables()) ==
        Names{"net_1/stem/kernel", "net_1/stem/bias", "net_1/head/kernel", "net_1/head/bias"});

  for (const Variable& v : folded->variables()) v.assign(zeros(v.shape(), v.dtype()));
  CHECK(net(x).to_vector() == y.to_vector());
  CHECK(net.get_config() == config);
}

TEST_CASE("a folded layer has no constraint and no penalty but that on its result") {
  const VariableStore store;
  Sequential net("net");
  net.add<Conv2D>({.filters = 4,
                   .kernel_size = 3,
                   .kernel_regularizer = "l2",
                   .bias_regularizer = "l2",
                   .activity_regularizer = "l2",
                   .kernel_constraint = max_norm(0.1)});
  net.add<BatchNormalization>({.gamma_regularizer = "l2", .activity_regularizer = "l1"});
  net.add<Conv2D>({.filters = 2,
                   .kernel_size = 1,
                   .kernel_regularizer = "l2",
                   .kernel_constraint = max_norm(0.1)});
  net.build({1, 5, 5, 1});
  const auto folded = fold_batch_normalization(net);
  const auto& conv = dynamic_cast<const Conv2D&>((*folded)[0]);
  CHECK_FALSE(conv.kernel().constraint());
  CHECK_FALSE(conv.options().kernel_regularizer);
  CHECK_FALSE(conv.options().bias_regularizer);
  CHECK(conv.activity_regularizer().name() == "l1");
  const auto& other = dynamic_cast<const Conv2D&>((*folded)[1]);  // it is the one that was trained
  CHECK(other.kernel().constraint() == max_norm(0.1));
  const Tape tape;
  (*folded)(ones({1, 5, 5, 1}));
  CHECK(folded->losses().size() == 2);
}

TEST_CASE("layers that a net uses more than once are left as they are, and shared in the copy") {
  const VariableStore store;
  Sequential net("net");
  auto& conv = net.add<Conv2D>({.filters = 3, .kernel_size = 3, .padding = "same"});
  net.add<BatchNormalization>();
  net.share(conv);
  net.add<Conv2D>({.filters = 3, .kernel_size = 1});
  auto& norm = net.add<BatchNormalization>();
  Sequential& inner = net.add<Sequential>("inner");
  inner.add<Conv2D>({.filters = 3, .kernel_size = 1});
  inner.share(norm);
  const Tensor x = numbers({2, 4, 4, 3}, float64);
  net(x);
  seem_trained(net);
  const auto folded = fold_batch_normalization(net);
  CHECK(classes_of(*folded) == Classes{"Conv2D", "BatchNormalization", "Conv2D", "Conv2D",
                                       "BatchNormalization", "Sequential"});
  CHECK(&(*folded)[0] == &(*folded)[2]);
  CHECK(&(*folded)[4] == &dynamic_cast<const Sequential&>((*folded)[5])[1]);
  CHECK(folded->count_params() == net.count_params());
  check_same(net, *folded, x);
}

TEST_CASE("a layer that somebody else owns has a copy in the result") {
  const VariableStore store;
  Conv2D conv({.filters = 3, .kernel_size = 3, .name = "elsewhere"});
  Sequential net("net");
  net.share(conv);
  net.add<BatchNormalization>();
  const Tensor x = numbers({2, 4, 4, 3}, float64);
  net(x);
  seem_trained(net);
  const auto folded = fold_batch_normalization(net);
  CHECK(classes_of(*folded) == Classes{"Conv2D"});
  CHECK((*folded)[0].parent() == folded.get());
  CHECK((*folded)[0].name() == "elsewhere");
  check_same(net, *folded, x);
}

TEST_CASE("layers of one's own are copied by their configs with their weights") {
  register_layer<Residual>();
  const VariableStore store;
  Sequential net("net");
  net.add<Conv2D>({.filters = 2, .kernel_size = 1});
  auto& block = net.add<Residual>({.name = "block"});
  net.add<BatchNormalization>();  // follows no convolution
  const Tensor x = numbers({2, 4, 4, 3}, float64);
  net(x);
  seem_trained(net);
  block.conv.set_trainable(false);
  const auto folded = fold_batch_normalization(net);
  CHECK(classes_of(*folded) == Classes{"Conv2D", "Residual", "BatchNormalization"});
  check_same(net, *folded, x);
  const auto& copy = dynamic_cast<const Residual&>((*folded)[1]);
  CHECK_FALSE(copy.conv.trainable());
  CHECK(copy.norm.trainable());
}

TEST_CASE("functions without the library are found among those that are given") {
  const VariableStore store;
  const auto cube = [](const Tensor& x) { return x * x * x; };
  Sequential net("net");
  net.add<Dense>({.units = 2});
  net.add<BatchNormalization>();
  net.add<layers::Activation>(Activation("cube", {}, cube));
  const Tensor x = numbers({3, 2}, float64);
  net(x);
  seem_trained(net);
  const auto folded = fold_batch_normalization(net, {{"cube", cube}});
  CHECK(classes_of(*folded) == Classes{"Dense"});
  check_same(net, *folded, x);
}

TEST_CASE("a folded net is an ordinary one: it has a summary, is trained and saved") {
  const VariableStore store;
  Sequential net("net");
  net.add<Conv2D>({.filters = 4, .kernel_size = 3, .use_bias = false});
  net.add<BatchNormalization>();
  net.add<ReLU>();
  net.add<Flatten>();
  net.add<Dense>({.units = 2});
  net.build({Shape::unknown, 5, 5, 1});
  seem_trained(net);
  const auto folded = fold_batch_normalization(net);
  CHECK(summary(*folded, {Shape::unknown, 5, 5, 1}).parameters == (9 * 4 + 4) + (36 * 2 + 2));

  const TemporaryFolder folder;
  const Tensor x = numbers({2, 5, 5, 1});
  const Tensor before = (*folded)(x);
  save_weights(*folded, folder / "folded.safetensors");
  const Dataset set({.labels = {0, 1}, .class_names = {"a", "b"}, .features = x});
  Loader loader(set, {.size = 2});
  SGD sgd({.learning_rate = 0.01});
  fit(*folded, loader, sgd, {.loss = [](const Tensor& y, const Batch& batch) {
    return softmax_cross_entropy(y, batch.labels);
  }});
  CHECK((*folded)(x).to_vector() != before.to_vector());
  const auto other = fold_batch_normalization(*folded);  // nothing left to fold: a copy
  load_weights(*other, folder / "folded.safetensors");
  CHECK((*other)(x).to_vector() == before.to_vector());
}

TEST_CASE("folding is not recorded, and an empty chain is folded to one") {
  const VariableStore store;
  Sequential net("net");
  net(ones({2, 3}));
  const Tape tape;
  const auto folded = fold_batch_normalization(net);
  CHECK(folded->size() == 0);
  CHECK((*folded)(ones({2, 3})).to_vector() == ones({2, 3}).to_vector());
}

TEST_CASE("what cannot be folded is said, and nothing has been made") {
  const VariableStore store;
  Sequential net("net");
  net.add<Dense>({.units = 2});
  net.add<BatchNormalization>();
  CHECK_THROWS_WITH_AS(fold_batch_normalization(net),
                       "net: the layer must be built before batch normalizations are folded; it is "
                       "not; call it or build(shape)",
                       RuntimeError);
  net(ones({1, 2}));
  Affine& affine = net.add<Affine>();
  CHECK_THROWS_WITH_AS(
      fold_batch_normalization(net),
      "net/affine: the layer must be built before batch normalizations are folded; "
      "it is not; call it or build(shape)",
      RuntimeError);
  net(ones({1, 2}));
  CHECK_THROWS_WITH_AS(fold_batch_normalization(net),
                       "net/affine: get_config must be overridden by the layer's class; it is not",
                       RuntimeError);
  CHECK(affine.built());

  struct Unregistered : Residual {
    using Residual::Residual;
  };
  Sequential second("second");
  second.add<Unregistered>();
  second(ones({1, 4, 4, 2}));
  CHECK_THROWS_WITH_AS(fold_batch_normalization(second),
                       "second/unregistered: the class of a layer must be known; got "
                       "'Unregistered'; register_layer<Unregistered>() makes it known",
                       ValueError);

  Sequential third("third");
  third.add<Dense>({.units = 2, .activation = [](const Tensor& x) { return x * x; }});
  third(ones({1, 2}));
  CHECK_THROWS_WITH_AS(fold_batch_normalization(third),
                       "third/dense: activation must have a name to stand in a config; it is a "
                       "function without one; name it or use a factory",
                       ValueError);
  CHECK_FALSE(VariableScope::unique("third").path() == "third");
  CHECK(VariableScope::unique("third").path() == "third_2");  // no folded net took a name
}

TEST_CASE("a layer whose config leaves weights out is refused") {
  struct Grown : Layer {
    using Options = LayerOptions;
    bool more;
    explicit Grown(Options options = {}, bool with_more = true) : Layer(options), more(with_more) {}
    static Grown from_config(const Config& config) {
      return Grown(Options{.name = *config["name"].get<std::string>()}, false);
    }
    Config get_config() const override { return {{"name", name()}}; }
    void create_weights(const Shape&) override {
      add_weight("w", {});
      if (more) add_weight("v", {});
    }
    Tensor call(const Tensor& x, const Call&) override { return x; }
  };
  register_layer<Grown>();
  const VariableStore store;
  Sequential net("net");
  net.add<Grown>();
  net(ones({1}));
  CHECK_THROWS_WITH_AS(fold_batch_normalization(net),
                       "net/grown: a layer that is made from its config must have the weights of "
                       "its source, 2 of them; got 1: w",
                       ValueError);
}
