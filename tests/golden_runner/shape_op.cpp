// Ops that move elements.

#include <array>

#include <reel/core/ops.h>

#include "operation.h"

namespace golden {
namespace {

using reel::Index;
using reel::Tensor;
using Extents = std::vector<Index>;

// The arguments x0, x1, ... of a case.
std::vector<Tensor> parts(const Problem& p) {
  std::vector<Tensor> xs;
  while (p.has(fmt::format("x{}", xs.size()))) xs.push_back(p[fmt::format("x{}", xs.size())]);
  return xs;
}

Tensor reshape(const Problem& p) {
  const Extents extents = p.config().at("shape");
  return reel::reshape(p["x"], reel::Shape(extents));
}

Tensor transpose(const Problem& p) {
  return reel::transpose(p["x"], p.config().at("perm").get<std::vector<int>>());
}

Tensor concat(const Problem& p) { return reel::concat(parts(p), p.config().at("axis")); }

Tensor stack(const Problem& p) { return reel::stack(parts(p), p.config().at("axis")); }

Tensor slice(const Problem& p) {
  return reel::slice(p["x"], p.config().at("begin").get<Extents>(),
                     p.config().at("size").get<Extents>());
}

Tensor strided_slice(const Problem& p) {
  return reel::strided_slice(p["x"], p.config().at("begin").get<Extents>(),
                             p.config().at("end").get<Extents>(),
                             p.config().at("strides").get<Extents>());
}

Tensor pad(const Problem& p) {
  const std::map<std::string, reel::PadMode> modes = {{"constant", reel::PadMode::constant},
                                                      {"reflect", reel::PadMode::reflect},
                                                      {"symmetric", reel::PadMode::symmetric}};
  return reel::pad(p["x"], p.config().at("paddings").get<std::vector<std::array<Index, 2>>>(),
                   modes.at(p.config().at("mode")), p.config().value("constant_value", 0.0));
}

Tensor tile(const Problem& p) {
  return reel::tile(p["x"], p.config().at("multiples").get<Extents>());
}

Tensor gather(const Problem& p) {
  return reel::gather(p["x"], p.integers("indices"), p.config().at("axis"));
}

}  // namespace

void add_shape_ops(Operations& operations) {
  add(operations, "concat", concat);
  add(operations, "gather", gather);
  add(operations, "pad", pad);
  add(operations, "reshape", reshape);
  add(operations, "slice", slice);
  add(operations, "stack", stack);
  add(operations, "strided_slice", strided_slice);
  add(operations, "tile", tile);
  add(operations, "transpose", transpose);
}

}  // namespace golden
