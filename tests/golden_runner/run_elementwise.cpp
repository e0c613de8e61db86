// Unary and binary ops, and matmul, which the golden set counts among the binary ones.

#include <reel/core/ops.h>

#include "operation.h"

namespace golden {
namespace {

using reel::Operand;
using reel::Tensor;

using Unary = Tensor (*)(const Operand&);
using Binary = Tensor (*)(const Operand&, const Operand&);

constexpr std::pair<const char*, Unary> unary[] = {
    {"exp", reel::exp},       {"log", reel::log},
    {"sqrt", reel::sqrt},     {"rsqrt", reel::rsqrt},
    {"square", reel::square}, {"abs", reel::abs},
    {"neg", reel::neg},       {"reciprocal", reel::reciprocal},
    {"sin", reel::sin},       {"cos", reel::cos},
    {"log1p", reel::log1p},   {"expm1", reel::expm1},
    {"erf", reel::erf}};

constexpr std::pair<const char*, Binary> binary[] = {
    {"add", reel::add},         {"sub", reel::sub},
    {"mul", reel::mul},         {"div", reel::div},
    {"pow", reel::pow},         {"maximum", reel::maximum},
    {"minimum", reel::minimum}, {"squared_difference", reel::squared_difference}};

Tensor clip_by_value(const Problem& p) {
  return reel::clip(p["x"], p.config().at("min"), p.config().at("max"));
}

Tensor matmul(const Problem& p) {
  return reel::matmul(
      p["a"], p["b"],
      {.transpose_a = p.config().at("transpose_a"), .transpose_b = p.config().at("transpose_b")});
}

}  // namespace

void add_elementwise(Operations& operations) {
  for (const auto& [name, op] : unary)
    add(operations, name, [op = op](const Problem& p) { return op(p["x"]); });
  for (const auto& [name, op] : binary)
    add(operations, name, [op = op](const Problem& p) { return op(p["a"], p["b"]); });
  add(operations, "clip_by_value", clip_by_value);
  add(operations, "matmul", matmul);
}

}  // namespace golden
