// Reductions over some axes or all (`axes` null).

#include <reel/core/ops.h>

#include "operation.h"

namespace golden {
namespace {

using Reduction = reel::Tensor (*)(const reel::Operand&, const reel::Axes&, bool);

constexpr std::pair<const char*, Reduction> reductions[] = {
    {"reduce_sum", reel::sum},        {"reduce_mean", reel::mean},
    {"reduce_max", reel::max},        {"reduce_min", reel::min},
    {"reduce_prod", reel::prod},      {"reduce_logsumexp", reel::logsumexp},
    {"reduce_l2norm", reel::l2_norm}, {"reduce_variance", reel::variance}};

reel::Axes axes_of(const Problem& p) {
  const Json& axes = p.config().at("axes");
  return axes.is_null() ? reel::Axes() : reel::Axes(axes.get<std::vector<int>>());
}

}  // namespace

void add_reductions(Operations& operations) {
  for (const auto& [name, op] : reductions)
    add(operations, name,
        [op = op](const Problem& p) { return op(p["x"], axes_of(p), p.config().at("keepdims")); });
}

}  // namespace golden
