// Constraints and regularizers: functions of one weight, by their factories.

#include <reel/layers/functions/constraints.h>
#include <reel/layers/functions/regularizers.h>

#include "operation.h"
#include "weight_function.h"

namespace golden {
namespace {

using reel::Tensor;

// The constraint of a case: its operation names it, its configuration has the parameters.
Results constrain(const Problem& p) {
  Json description = p.config();
  description["name"] = p.op();
  const reel::Variable w(p["w"]);
  return {{{"y", constraint_from(description)(w)}}, {}};
}

reel::NormAxes axes_from(const Json& axes) {
  return axes.is_array() ? reel::NormAxes(axes.get<std::vector<int>>())
                         : reel::NormAxes(axes.get<int>());
}

}  // namespace

reel::Constraint constraint_from(const Json& description) {
  const std::string name = description.at("name");
  if (name == "non_neg") return reel::non_neg();
  const reel::NormAxes axes = axes_from(description.at("axis"));
  if (name == "max_norm") return reel::max_norm(description.at("max_value"), axes);
  if (name == "unit_norm") return reel::unit_norm(axes);
  if (name == "min_max_norm")
    return reel::min_max_norm({.min_value = description.at("min_value"),
                               .max_value = description.at("max_value"),
                               .rate = description.at("rate"),
                               .axes = axes});
  throw reel::RuntimeError("the constraint must be one that is known; got '{}'", name);
}

void add_weight_functions(Operations& operations) {
  for (const char* name : {"max_norm", "min_max_norm", "non_neg", "unit_norm"})
    operations.emplace(name, Operation{"factory", constrain});
  add(operations, "l1", [](const Problem& p) { return reel::l1(p.config().at("l1"))(p["w"]); });
  add(operations, "l2", [](const Problem& p) { return reel::l2(p.config().at("l2"))(p["w"]); });
  add(operations, "l1l2", [](const Problem& p) {
    return reel::l1_l2({.l1 = p.config().at("l1"), .l2 = p.config().at("l2")})(p["w"]);
  });
}

}  // namespace golden
