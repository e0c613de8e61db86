// Layers beside TensorFlow.js: tfjs_numbers.js wrote configs, numbers and gradients.
//
// A case's layer is made from its config as Keras writes it, so the names of the arguments are
// looked at, too. TensorFlow.js computes in float32.
#include <doctest/doctest.h>

#include <fstream>
#include <iterator>
#include <set>

#include <reel/core/ops.h>
#include <reel/core/tape.h>
#include <reel/layers/base/layer_registry.h>

#include "largest_difference.h"
#include "with_kernels.h"

using namespace reel;
using namespace reel::testing;

namespace {

double number(const ConfigValue& value) {
  const double* const real = value.get<double>();
  return real ? *real : static_cast<double>(*value.get<Index>());
}

Tensor tensor(const ConfigValue& value, DType dtype) {
  const Config& numbers = *value.get<Config>();
  Shape shape;
  for (const ConfigValue& extent : *numbers["shape"].get<ConfigValue::List>())
    shape.push_back(*extent.get<Index>());
  std::vector<double> values;
  for (const ConfigValue& item : *numbers["values"].get<ConfigValue::List>())
    values.push_back(number(item));
  return cast(Tensor(values, shape), dtype);
}

std::vector<Tensor> tensors(const ConfigValue& list, DType dtype) {
  std::vector<Tensor> all;
  for (const ConfigValue& item : *list.get<ConfigValue::List>()) all.push_back(tensor(item, dtype));
  return all;
}

void check_near(const Tensor& got, const Tensor& want) {
  REQUIRE(got.shape() == want.shape());
  const double size = max(abs(cast(want, float64))).item();
  CHECK(largest_difference(cast(got, float64), cast(want, float64)) <= 2e-6 * std::max(size, 1.0));
}

void check_case(const Config& c, DType dtype) {
  const VariableStore store;
  const std::string& name = *c["layer"].get<std::string>();
  const auto layer = detail::layer_maker(name, "tfjs_numbers")(*c["config"].get<Config>());
  const std::vector<Tensor> inputs = tensors(c["inputs"], dtype);
  static_cast<void>((*layer)(inputs));
  layer->set_weights(tensors(c["weights"], dtype));
  Tape tape;
  for (const Tensor& x : inputs) tape.watch(x);
  const Tensor y = (*layer)(inputs);
  check_near(y, tensor(c["y"], dtype));
  std::vector<Shape> shapes;
  for (const Tensor& x : inputs) shapes.push_back(x.shape());
  CHECK(layer->compute_output_shape(shapes) == y.shape());

  const std::vector<Tensor> want = tensors(c["gradients"], dtype);
  const std::vector<Variable> weights = layer->trainable_variables();
  const bool of_inputs = want.size() > weights.size();  // none in the numbers of an embedding
  REQUIRE(want.size() == weights.size() + (of_inputs ? inputs.size() : 0));
  const Tensor loss = sum(y * tensor(c["dy"], dtype));
  std::vector<Tensor> got;
  if (of_inputs) got = tape.gradient(loss, inputs);
  for (const Variable& weight : weights) got.push_back(tape.gradient(loss, weight));
  for (std::size_t i = 0; i < want.size(); ++i) check_near(got[i], want[i]);
}

}  // namespace

TEST_CASE("layers compute what TensorFlow.js computes, and have its gradients") {
  std::ifstream file(REEL_SOURCE_ROOT "/tests/layers/tfjs_numbers.json");
  const Config all = Config::from_json(std::string(std::istreambuf_iterator<char>(file), {}));
  std::set<std::string> layers;
  for (const ConfigValue& item : *all["cases"].get<ConfigValue::List>()) {
    const Config& c = *item.get<Config>();
    layers.insert(*c["layer"].get<std::string>());
    for (const DType dtype : {float32, float64})
      for (const char* kernels : {"fast", "naive"}) {
        INFO(*c["layer"].get<std::string>(), " ", c["config"].get<Config>()->json(), ", ", dtype,
             ", ", kernels);
        with_kernels(kernels, [&] { check_case(c, dtype); });
      }
  }
  CHECK(layers == std::set<std::string>{"Add", "Average", "Conv2DTranspose", "Cropping2D",
                                        "Embedding", "LayerNormalization", "Maximum", "Minimum",
                                        "Multiply", "Permute", "Rescaling", "Subtract"});
}
