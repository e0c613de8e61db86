#include <reel/layers/functions/activations.h>

#include <reel/core/ops.h>
#include <reel/layers/functions/lookup.h>

namespace reel {

using detail::check_finite;

Activation::Activation(Tensor (*op)(const Operand&, double))
    : NamedFunction(op == &leaky_relu ? "leaky_relu"
                    : op == &elu      ? "elu"
                                      : "a function of (x, alpha)") {}

Activation::Activation(Tensor (*op)(const Operand&, int))
    : NamedFunction(op == &softmax       ? "softmax"
                    : op == &log_softmax ? "log_softmax"
                                         : "a function of (x, axis)") {}

namespace activations {

Activation linear() {
  return Activation("linear", {}, [](const Tensor& x) { return x; });
}

// Without parameters it is the op itself, which a layer may then fuse with what comes before it.
Activation relu(const ReluOptions& options) {
  const auto [alpha, max_value, threshold] = options;
  check_finite("relu", "alpha", alpha);
  check_finite("relu", "threshold", threshold);
  if (max_value && !(*max_value >= threshold))
    throw ValueError("relu: max_value must not be below threshold {}; got {}", threshold,
                     *max_value);
  const Parameters parameters{
      {"alpha", alpha},
      {"max_value", detail::ConfigTraits<std::optional<double>>::to(max_value)},
      {"threshold", threshold}};
  if (alpha == 0 && !max_value && threshold == 0) return Activation("relu", parameters, reel::relu);
  return Activation("relu", parameters, [options](const Tensor& x) {
    // Not 0 * x below the threshold: that is not a number at -infinity.
    const Tensor below =
        options.alpha == 0 ? Tensor(0.0, x.dtype()) : options.alpha * (x - options.threshold);
    const Tensor y = where(less_equal(x, options.threshold), below, x);
    return options.max_value ? minimum(y, *options.max_value) : y;
  });
}

Activation leaky_relu(double alpha) {
  check_finite("leaky_relu", "alpha", alpha);
  return Activation("leaky_relu", {{"alpha", alpha}},
                    [alpha](const Tensor& x) { return reel::leaky_relu(x, alpha); });
}

Activation elu(double alpha) {
  check_finite("elu", "alpha", alpha);
  return Activation("elu", {{"alpha", alpha}},
                    [alpha](const Tensor& x) { return reel::elu(x, alpha); });
}

Activation gelu(bool approximate) {
  const Parameters parameters{{"approximate", approximate}};
  return approximate ? Activation("gelu", parameters, gelu_tanh)
                     : Activation("gelu", parameters, reel::gelu);
}

Activation softmax(std::vector<int> axes) {
  return Activation("softmax", {{"axis", axes}}, [axes](const Tensor& x) {
    if (x.rank() < 2)
      throw ValueError("softmax: the tensor must have a batch axis and more; got shape {}",
                       x.shape());
    if (axes.size() == 1) return reel::softmax(x, axes[0]);
    return exp(x - logsumexp(x, axes, true));
  });
}

Activation log_softmax(int axis) {
  return Activation("log_softmax", {{"axis", axis}},
                    [axis](const Tensor& x) { return reel::log_softmax(x, axis); });
}

}  // namespace activations

namespace {

using Read = detail::ConfigReader;

Activation read_relu(Read& read, const char* slope) {
  return activations::relu({.alpha = read.take(slope, 0.0),
                            .max_value = read.take<std::optional<double>>("max_value"),
                            .threshold = read.take("threshold", 0.0)});
}

// Of a layer that stands for its function what all layers have means nothing.
Read& of_layer(Read& read) {
  for (const char* name : {"name", "trainable", "dtype", "batch_input_shape"}) read.know(name);
  return read;
}

// One axis, which may also come as a list of one.
int read_axis(Read& read) {
  const auto only = read.take("axis", std::vector<int>{-1});
  if (only.size() != 1) read.refuse("axis", "an axis");
  return only.front();
}

// An op without parameters under its own name.
template <Tensor (*op)(const Operand&)>
Activation plain(const char* name) {
  return Activation(name, {}, op);
}

// Parameters have the names and defaults that the reference gives them.
const std::vector<detail::Known<Activation>>& table() {
  static const auto& known = *new const std::vector<detail::Known<Activation>>{
      {{"linear"}, [](Read&) { return activations::linear(); }},
      {{"relu"}, [](Read& read) { return read_relu(read, "alpha"); }},
      {{"relu6"}, [](Read&) { return plain<relu6>("relu6"); }},
      {{"leaky_relu"}, [](Read& read) { return activations::leaky_relu(read.take("alpha", 0.2)); }},
      {{"elu"}, [](Read& read) { return activations::elu(read.take("alpha", 1.0)); }},
      {{"selu"}, [](Read&) { return plain<selu>("selu"); }},
      {{"sigmoid"}, [](Read&) { return plain<sigmoid>("sigmoid"); }},
      {{"hard_sigmoid"}, [](Read&) { return plain<hard_sigmoid>("hard_sigmoid"); }},
      {{"tanh"}, [](Read&) { return plain<tanh>("tanh"); }},
      {{"softsign"}, [](Read&) { return plain<softsign>("softsign"); }},
      {{"softplus"}, [](Read&) { return plain<softplus>("softplus"); }},
      {{"exponential"}, [](Read&) { return plain<exp>("exponential"); }},
      {{"swish", "silu"}, [](Read&) { return plain<swish>("swish"); }},
      {{"gelu"}, [](Read& read) { return activations::gelu(read.take("approximate", false)); }},
      {{"gelu_tanh"}, [](Read&) { return plain<gelu_tanh>("gelu_tanh"); }},
      {{"mish"}, [](Read&) { return plain<mish>("mish"); }},
      {{"softmax"},
       [](Read& read) { return activations::softmax(read.take("axis", std::vector<int>{-1})); }},
      {{"log_softmax"}, [](Read& read) { return activations::log_softmax(read_axis(read)); }},
      // The reference's layer classes, with their own defaults and names of parameters.
      {{"ReLU"}, [](Read& read) { return read_relu(of_layer(read), "negative_slope"); }},
      {{"LeakyReLU"},
       [](Read& read) { return activations::leaky_relu(of_layer(read).take("alpha", 0.3)); }},
      {{"ELU"}, [](Read& read) { return activations::elu(of_layer(read).take("alpha", 1.0)); }},
      {{"ThresholdedReLU"},
       [](Read& read) {
         return activations::relu({.threshold = of_layer(read).take("theta", 1.0)});
       }},
      {{"Softmax"},
       [](Read& read) {
         return activations::softmax(of_layer(read).take("axis", std::vector<int>{-1}));
       }},
  };
  return known;
}

}  // namespace

Activation resolve(const Activation& activation, const std::string& where) {
  if (!activation) return activations::linear();
  return detail::look_up<Activation>("activation", table(), activation, where);
}

}  // namespace reel
