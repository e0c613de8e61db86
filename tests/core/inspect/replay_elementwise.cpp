// Replays of ops that work element by element.
//
// Read before: replay.h. Read next: replay_structure.cpp.
#include <cstdint>

#include <reel/core/ops.h>
#include <reel/core/ops/map.h>

#include "replay.h"

using namespace reel;

namespace replay {

void add_elementwise(Replays& table) {
  using Unary = Tensor (*)(const Operand&);
  using Binary = Tensor (*)(const Operand&, const Operand&);
  using Slope = Tensor (*)(const Tensor&);
  const std::pair<const char*, Unary> unary[] = {{"abs", abs},
                                                 {"cos", cos},
                                                 {"erf", erf},
                                                 {"exp", exp},
                                                 {"expm1", expm1},
                                                 {"gelu", gelu},
                                                 {"gelu_tanh", gelu_tanh},
                                                 {"hard_sigmoid", hard_sigmoid},
                                                 {"log", log},
                                                 {"log1p", log1p},
                                                 {"mish", mish},
                                                 {"neg", neg},
                                                 {"reciprocal", reciprocal},
                                                 {"relu", relu},
                                                 {"relu6", relu6},
                                                 {"rsqrt", rsqrt},
                                                 {"selu", selu},
                                                 {"sigmoid", sigmoid},
                                                 {"sign", sign},
                                                 {"sin", sin},
                                                 {"softplus", softplus},
                                                 {"softsign", softsign},
                                                 {"sqrt", sqrt},
                                                 {"square", square},
                                                 {"stop_gradient", stop_gradient},
                                                 {"swish", swish},
                                                 {"tanh", tanh}};
  for (const auto& [name, op] : unary)
    table[name] = [op = op](const Inputs& xs, const Config&) { return op(xs[0]); };
  const std::pair<const char*, Binary> binary[] = {{"add", add},
                                                   {"div", div},
                                                   {"maximum", maximum},
                                                   {"minimum", minimum},
                                                   {"mul", mul},
                                                   {"pow", pow},
                                                   {"sub", sub},
                                                   {"squared_difference", squared_difference},
                                                   {"equal", equal},
                                                   {"greater", greater},
                                                   {"greater_equal", greater_equal},
                                                   {"less", less},
                                                   {"less_equal", less_equal},
                                                   {"not_equal", not_equal}};
  for (const auto& [name, op] : binary)
    table[name] = [op = op](const Inputs& xs, const Config&) { return op(xs[0], xs[1]); };
  // Derivatives, which are no public functions.
  const std::pair<const char*, Slope> slopes[] = {{"erf_slope", detail::erf_slope},
                                                  {"gelu_slope", detail::gelu_slope},
                                                  {"gelu_tanh_slope", detail::gelu_tanh_slope},
                                                  {"mish_slope", detail::mish_slope},
                                                  {"sigmoid_slope", detail::sigmoid_slope},
                                                  {"swish_slope", detail::swish_slope},
                                                  {"tanh_slope", detail::tanh_slope}};
  for (const auto& [name, op] : slopes)
    table[name] = [op = op](const Inputs& xs, const Config&) { return op(xs[0]); };
  table["normal_density"] = [](const Inputs& xs, const Config&) {
    return detail::map(ones_like(xs[0]), xs[0], kernels::Slope::normal);
  };
  table["product_over"] = [](const Inputs& xs, const Config&) {
    return detail::product_over(xs[0], xs[1], xs[2]);
  };
  table["where"] = [](const Inputs& xs, const Config&) { return where(xs[0], xs[1], xs[2]); };
  table["clip"] = [](const Inputs& xs, const Config& given) {
    return clip(xs[0], number(given, "low"), number(given, "high"));
  };
  table["leaky_relu"] = [](const Inputs& xs, const Config& given) {
    return leaky_relu(xs[0], number(given, "alpha"));
  };
  table["elu"] = [](const Inputs& xs, const Config& given) {
    return elu(xs[0], number(given, "alpha"));
  };
  table["cast"] = [](const Inputs& xs, const Config& given) {
    return cast(xs[0], text(given, "dtype") == name_of(float32) ? float32 : float64);
  };
  table["dropout"] = [](const Inputs& xs, const Config& given) {
    const Config& key = as<Config>(given["key"], "key");
    const auto part = [&](const char* name) {
      return static_cast<std::uint64_t>(integer(key, name));
    };
    return dropout(xs[0], number(given, "rate"), {part("seed"), part("stream"), part("draw")});
  };
}

}  // namespace replay
