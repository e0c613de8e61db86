#include <reel/core/ops.h>

#include "op_table.h"

using namespace reel;

namespace op_table {
namespace {

using Unary = Tensor (*)(const Operand&);
using Binary = Tensor (*)(const Operand&, const Operand&);

struct UnaryRow {
  const char* name;
  Unary op;
  double low, high;  // an interval without a kink, or the numbers spread over it miss the kink
};

constexpr UnaryRow unary[] = {
    {"abs", abs, -1, 1},
    {"cos", cos, -3, 3},
    {"elu", [](const Operand& x) { return elu(x, 1.3); }, -2, 2},
    {"erf", erf, -2, 2},
    {"exp", exp, -2, 2},
    {"expm1", expm1, -2, 2},
    {"gelu", gelu, -3, 3},
    {"gelu_tanh", gelu_tanh, -3, 3},
    {"hard_sigmoid", hard_sigmoid, -4, 4},
    {"leaky_relu", [](const Operand& x) { return leaky_relu(x, 0.1); }, -1, 1},
    {"log", log, 0.5, 3},
    {"log1p", log1p, -0.5, 3},
    {"mish", mish, -3, 3},
    {"neg", neg, -1, 1},
    {"reciprocal", reciprocal, 0.5, 2},
    {"relu", relu, -1, 1},
    {"relu6", relu6, -3, 9},
    {"rsqrt", rsqrt, 0.5, 3},
    {"selu", selu, -2, 2},
    {"sigmoid", sigmoid, -3, 3},
    {"sin", sin, -3, 3},
    {"softplus", softplus, -3, 3},
    {"softsign", softsign, -2, 2},
    {"sqrt", sqrt, 0.5, 3},
    {"square", square, -1, 1},
    {"swish", swish, -3, 3},
    {"tanh", tanh, -2, 2},
};

struct BinaryRow {
  const char* name;
  Binary op;
};

constexpr BinaryRow arithmetic[] = {
    {"add", add}, {"div", div}, {"maximum", maximum}, {"minimum", minimum},
    {"mul", mul}, {"pow", pow}, {"sub", sub},         {"squared_difference", squared_difference},
};

constexpr BinaryRow comparisons[] = {
    {"equal", equal}, {"greater", greater},       {"greater_equal", greater_equal},
    {"less", less},   {"less_equal", less_equal}, {"not_equal", not_equal},
};

}  // namespace

void add_elementwise(Rows& rows) {
  for (const UnaryRow& row : unary)
    rows.push_back({row.name,
                    [op = row.op](const auto& xs) { return op(xs[0]); },
                    {spread({2, 4}, row.low, row.high)}});
  const std::pair<const char*, Unary> slopes[] = {
      {"erf_slope", erf},     {"gelu_slope", gelu},     {"gelu_tanh_slope", gelu_tanh},
      {"mish_slope", mish},   {"normal_density", gelu}, {"sigmoid_slope", sigmoid},
      {"swish_slope", swish}, {"tanh_slope", tanh}};
  for (const auto& [name, op] : slopes)
    rows.push_back({name,
                    gradient_of([op = op](const auto& xs) { return op(xs[0]); }),
                    {spread({5}, -2, 2), spread({5}, -1, 1, 1)}});
  const Tensor a = spread({2, 3}, 0.5, 2), b = spread({3}, 0.5, 2, 1);
  for (const BinaryRow& row : arithmetic) {
    const Function f = [op = row.op](const auto& xs) { return op(xs[0], xs[1]); };
    rows.push_back({row.name, f, {a, b}});
    rows.push_back({row.name, f, {spread({2, 1}, 0.5, 2), spread({1, 3}, 0.5, 2, 1)}});
  }
  rows.push_back({"product_over",
                  gradient_of([](const auto& xs) { return div(xs[0], xs[1]); }, 1),
                  {a, b, spread({2, 3}, -1, 1, 1)}});
  for (const BinaryRow& row : comparisons)
    rows.push_back({row.name,
                    [op = row.op](const auto& xs) { return op(xs[0], xs[1]) * xs[0] * xs[1]; },
                    {a, b}});
  rows.push_back(
      {"where", [](const auto& xs) { return where(greater(xs[0], 1), xs[0], xs[1]); }, {a, b}});
  rows.push_back({"where",
                  [](const auto& xs) { return where(greater(xs[2], 0), xs[0], xs[1]); },
                  {spread({2, 1}), spread({1, 3}, -1, 1, 1), spread({4, 1, 1}, -1, 1, 2)}});
  rows.push_back({"clip", [](const auto& xs) { return clip(xs[0], -0.5, 0.6); }, {spread({5})}});
  // The mask is drawn anew at each call, which a numerical check replays.
  rows.push_back({"dropout", [](const auto& xs) { return dropout(xs[0], 0.4); }, {spread({9})}});
  rows.push_back({"sign", [](const auto& xs) { return sign(xs[0]) * xs[0]; }, {spread({5})}});
  rows.push_back({"stop_gradient",
                  [](const auto& xs) { return stop_gradient(greater(xs[0], 0)) * xs[0]; },
                  {spread({5})}});
  // Linear, so that a long step is exact but for the rounding to float32.
  rows.push_back({"cast",
                  [](const auto& xs) { return cast(cast(xs[0], float32), float64); },
                  {spread({5})},
                  {.step = 0.25, .tolerance = 1e-5}});
}

}  // namespace op_table
