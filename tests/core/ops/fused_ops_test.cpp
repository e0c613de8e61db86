// A fused op is the composition that it stands for: in value, in gradients by its fused rule and by
// its composed one, and in second-order gradients.
#include <doctest/doctest.h>

#include <array>

#include <reel/core/ops.h>
#include <reel/core/tape.h>

#include "op_table.h"

using namespace reel;
using op_table::Function;
using op_table::spread;

namespace {

using Point = std::vector<Tensor>;

struct Fused {
  std::string name;
  Function op, composition;
  Point inputs;
};

constexpr std::array<std::int32_t, 2> labels = {2, 0};

void add_activations(std::vector<Fused>& all) {
  const auto add = [&](const char* name, Tensor (*op)(const Operand&),
                       Tensor (*made)(const Tensor&), double low = -3, double high = 3) {
    all.push_back({name,
                   [op](const Point& xs) { return op(xs[0]); },
                   [made](const Point& xs) { return made(xs[0]); },
                   {spread({3, 4}, low, high)}});
  };
  using T = const Tensor&;
  add("square", square, [](T x) { return x * x; });
  add(
      "reciprocal", reciprocal, [](T x) { return 1 / x; }, 0.5, 3);
  add(
      "rsqrt", rsqrt, [](T x) { return 1 / sqrt(x); }, 0.5, 3);
  add("expm1", expm1, [](T x) { return exp(x) - 1; });
  add(
      "log1p", log1p, [](T x) { return log(x + 1); }, -0.5, 3);
  add("sigmoid", sigmoid, [](T x) { return 1 / (1 + exp(-x)); });
  add("tanh", tanh, [](T x) { return 1 - 2 / (exp(2 * x) + 1); });
  add("softplus", softplus, [](T x) { return log(1 + exp(x)); });
  add("softsign", softsign, [](T x) { return x / (1 + abs(x)); });
  add("swish", swish, [](T x) { return x * sigmoid(x); });
  add("mish", mish, [](T x) { return x * tanh(softplus(x)); });
  add("gelu", gelu, [](T x) { return x * 0.5 * (1 + erf(x * 0.7071067811865476)); });
  add("gelu_tanh", gelu_tanh,
      [](T x) { return x * 0.5 * (1 + tanh(0.7978845608028654 * (x + 0.044715 * x * x * x))); });
  add(
      "relu6", relu6, [](T x) { return minimum(maximum(x, 0), 6); }, -3, 9);
  add(
      "elu", [](const Operand& x) { return elu(x, 1.3); },
      [](T x) { return where(greater(x, 0), x, 1.3 * (exp(x) - 1)); });
  add(
      "hard_sigmoid", hard_sigmoid, [](T x) { return clip(0.2 * x + 0.5, 0, 1); }, -4, 4);
}

void add_reductions(std::vector<Fused>& all) {
  const Tensor x = spread({2, 3, 2}, 0.5, 2);
  const auto add = [&](const char* name, const Function& op, const Function& made) {
    all.push_back({name, op, made, {x}});
  };
  add(
      "mean",
      [](const Point& xs) {
        return mean(xs[0], {0, 2});
      },
      [](const Point& xs) {
        return sum(xs[0], {0, 2}) / 4;
      });
  add(
      "variance", [](const Point& xs) { return variance(xs[0], 1); },
      [](const Point& xs) { return mean(square(xs[0]), 1) - square(mean(xs[0], 1)); });
  add(
      "l2_norm",
      [](const Point& xs) {
        return l2_norm(xs[0], {0, 1});
      },
      [](const Point& xs) {
        return sqrt(sum(xs[0] * xs[0], {0, 1}));
      });
  add(
      "logsumexp", [](const Point& xs) { return logsumexp(xs[0], 1); },
      [](const Point& xs) { return log(sum(exp(xs[0]), 1)); });
  add(
      "prod", [](const Point& xs) { return prod(xs[0], 1); },
      [](const Point& xs) { return exp(sum(log(xs[0]), 1)); });
  add(
      "softmax", [](const Point& xs) { return softmax(xs[0], 1); },
      [](const Point& xs) { return exp(xs[0]) / sum(exp(xs[0]), 1, true); });
  add(
      "log_softmax", [](const Point& xs) { return log_softmax(xs[0], 1); },
      [](const Point& xs) { return xs[0] - log(sum(exp(xs[0]), 1, true)); });
}

void add_losses(std::vector<Fused>& all) {
  const Tensor z = spread({2, 3}), l = spread({2, 3}, 0.1, 0.9, 1);
  const LossOptions each{.reduction = Reduction::none};
  const auto add = [&](const char* name, const Function& op, const Function& made) {
    all.push_back({name, op, made, {z, l}});
  };
  add(
      "softmax_cross_entropy",
      [each](const Point& xs) { return softmax_cross_entropy(xs[0], xs[1], each); },
      [](const Point& xs) { return -sum(xs[1] * log_softmax(xs[0]), -1); });
  add(
      "softmax_cross_entropy of classes",
      [each](const Point& xs) { return softmax_cross_entropy(xs[0], labels, each); },
      [](const Point& xs) { return -sum(one_hot(labels, 3, float64) * log_softmax(xs[0]), -1); });
  add(
      "sigmoid_cross_entropy",
      [each](const Point& xs) { return sigmoid_cross_entropy(xs[0], xs[1], each); },
      [](const Point& xs) {
        const Tensor p = sigmoid(xs[0]);
        return -(xs[1] * log(p) + (1 - xs[1]) * log(1 - p));
      });
  add(
      "huber", [each](const Point& xs) { return huber(xs[0], xs[1], 0.5, each); },
      [](const Point& xs) {
        const Tensor e = xs[0] - xs[1];
        return where(less_equal(abs(e), 0.5), e * e / 2, 0.5 * (abs(e) - 0.25));
      });
  add(
      "squared_difference", [](const Point& xs) { return squared_difference(xs[0], xs[1]); },
      [](const Point& xs) { return (xs[0] - xs[1]) * (xs[0] - xs[1]); });
}

void add_images(std::vector<Fused>& all) {
  for (const char* format : {"channels_last", "channels_first"}) {
    const bool last = std::string(format) == "channels_last";
    const Tensor x = spread(last ? Shape{2, 4, 5, 2} : Shape{2, 2, 4, 5});
    const Tensor d = spread({2, 3, 2, 2}, -1, 1, 1), p = spread({1, 1, 4, 3}, -1, 1, 2);
    const Tensor b = spread({3}, -1, 1, 3);
    const ConvolutionOptions options{.strides = {1, 2}, .padding = "same", .data_format = format};
    for (const FusedActivation activation : {FusedActivation::none, FusedActivation::relu})
      all.push_back(
          {activation == FusedActivation::relu ? "separable_conv2d_relu" : "separable_conv2d",
           [=](const Point& xs) {
             return separable_conv2d(xs[0], xs[1], xs[2], xs[3], options, activation);
           },
           [=](const Point& xs) {
             const Tensor middle = depthwise_conv2d(xs[0], xs[1], options);
             const Tensor y =
                 bias_add(conv2d(middle, xs[2], {.data_format = format}), xs[3], format);
             return activation == FusedActivation::relu ? relu(y) : y;
           },
           {x, d, p, b}});
    const Tensor w = spread({2, 3, 2, 3}, -1, 1, 4);
    for (const FusedActivation activation : {FusedActivation::none, FusedActivation::relu})
      all.push_back(
          {activation == FusedActivation::relu ? "conv2d_with_bias_relu" : "conv2d_with_bias",
           [=](const Point& xs) {
             return conv2d_with_bias(xs[0], xs[1], xs[2], options, activation);
           },
           [=](const Point& xs) {
             const Tensor y = bias_add(conv2d(xs[0], xs[1], options), xs[2], format);
             return activation == FusedActivation::relu ? relu(y) : y;
           },
           {x, w, b}});
    const int axis = last ? 3 : 1;
    const Shape spread_out = last ? Shape{1, 1, 1, 2} : Shape{1, 2, 1, 1};
    const Axes others = last ? Axes{0, 1, 2} : Axes{0, 2, 3};
    const auto normalized = [=](const Tensor& v, const Tensor& mean, const Tensor& variance,
                                const Tensor& gamma, const Tensor& beta) {
      const Tensor scale = reshape(gamma / sqrt(variance + 1e-3), spread_out);
      return (v - reshape(mean, spread_out)) * scale + reshape(beta, spread_out);
    };
    const Tensor gamma = spread({2}, 0.5, 2, 1), beta = spread({2}, -1, 1, 2);
    const BatchNormalizationOptions normalization{.axis = axis, .epsilon = 1e-3};
    all.push_back(
        {"batch_normalization",
         [=](const Point& xs) { return batch_normalization(xs[0], xs[1], xs[2], normalization).y; },
         [=](const Point& xs) {
           return normalized(xs[0], mean(xs[0], others), variance(xs[0], others), xs[1], xs[2]);
         },
         {x, gamma, beta}});
    all.push_back({"batch_normalization_inference",
                   [=](const Point& xs) {
                     return batch_normalization_inference(xs[0], xs[1], xs[2], xs[3], xs[4],
                                                          normalization);
                   },
                   [=](const Point& xs) { return normalized(xs[0], xs[3], xs[4], xs[1], xs[2]); },
                   {x, gamma, beta, spread({2}, -1, 1, 3), spread({2}, 0.5, 2, 4)}});
    all.push_back({"bias_add",
                   [=](const Point& xs) { return bias_add(xs[0], xs[1], format); },
                   [=](const Point& xs) { return xs[0] + reshape(xs[1], spread_out); },
                   {x, beta}});
    all.push_back({"global_avg_pool2d",
                   [=](const Point& xs) { return global_avg_pool2d(xs[0], format); },
                   [=](const Point& xs) {
                     return sum(xs[0], last ? Axes{1, 2} : Axes{2, 3}) / 20;
                   },
                   {x}});
  }
}

// The value, the gradients by a sweep that nothing records, those of one that is recorded, and the
// gradients of these.
std::vector<Tensor> all_orders(const Function& f, const Point& inputs) {
  const GradientOptions zeros{.unconnected = Unconnected::zeros};
  std::vector<Tensor> results;
  const auto append = [&](const std::vector<Tensor>& more) {
    results.insert(results.end(), more.begin(), more.end());
  };
  const auto weighed = [&](const Tape& tape, const Tensor& y) {
    GradientOptions options = zeros;
    options.output_gradients = {spread(y.shape(), -1, 1, 5)};
    return tape.gradient(y, inputs, options);
  };
  {
    Tape tape;
    for (const Tensor& x : inputs) tape.watch(x);
    const Tensor y = f(inputs);
    append({y});
    append(weighed(tape, y));
  }
  Tape outer;
  for (const Tensor& x : inputs) outer.watch(x);
  std::vector<Tensor> first, weights;
  {
    Tape tape;
    for (const Tensor& x : inputs) tape.watch(x);
    first = weighed(tape, f(inputs));
  }
  append(first);
  GradientOptions options = zeros;
  for (const Tensor& gradient : first)
    options.output_gradients.push_back(spread(gradient.shape(), -1, 1, 6));
  append(outer.gradient(first, inputs, options));
  return results;
}

}  // namespace

TEST_CASE("a fused op equals its composition: value, both gradients, second order") {
  std::vector<Fused> all;
  add_activations(all);
  add_reductions(all);
  add_losses(all);
  add_images(all);
  for (const Fused& fused : all) {
    INFO("op ", fused.name);
    const std::vector<Tensor> op = all_orders(fused.op, fused.inputs);
    const std::vector<Tensor> composition = all_orders(fused.composition, fused.inputs);
    REQUIRE(op.size() == composition.size());
    for (std::size_t i = 0; i < op.size(); ++i) {
      INFO("result ", i);
      REQUIRE(op[i].shape() == composition[i].shape());
      CHECK(max(abs(op[i] - composition[i])).item() <=
            1e-11 * (1 + max(abs(composition[i])).item()));
    }
  }
}
