// Groups of variables with settings of their own: another rate, weight decay, clipping.
//
// A variable belongs to the first group whose predicate admits it, and to the optimizer alone when
// none does. A group says what differs; what it leaves out is the optimizer's. Which variables
// there are is known at the first step, so that is when a group without any is refused.
// Read before: variable_predicate.h, gradient_clipping.h. Read next: optimizer.h.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include <reel/optim/gradient_clipping.h>
#include <reel/optim/variable_predicate.h>

namespace reel {

struct ParameterGroup {
  VariablePredicate where;
  double learning_rate_factor = 1.0;        ///< of the optimizer's rate; 0: weights stand still
  std::optional<double> weight_decay = {};  ///< w <- w (1 - rate weight_decay) before each update
  /// Any of these replaces all clipping of the optimizer for these variables.
  std::optional<double> clipnorm = {};
  std::optional<double> clipvalue = {};
  std::optional<double> global_clipnorm = {};  ///< of the group
};

namespace detail {

/// What the groups say of one variable of a step.
struct GroupedSettings {
  std::optional<std::size_t> group;
  double learning_rate_factor = 1, weight_decay = 0;
};

inline bool clips(const ClippingOptions& clipping) {
  return clipping.clipnorm || clipping.clipvalue || clipping.global_clipnorm;
}
inline ClippingOptions clipping_of(const ParameterGroup& group) {
  return {group.clipnorm, group.clipvalue, group.global_clipnorm};
}

/// Looks predicates up by their names. ValueError, which starts with `optimizer`, for a group
/// without one and for settings that have no meaning.
void check_groups(const std::string& optimizer, std::vector<ParameterGroup>& groups);

/// Clips each variable's gradient as its group says, or else the optimizer.
void clip_by_groups(const ClippingOptions& clipping, const std::vector<ParameterGroup>& groups,
                    const std::vector<GroupedSettings>& settings,
                    std::vector<VariableGradient>& gradients);

}  // namespace detail
}  // namespace reel
