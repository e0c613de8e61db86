// The NaN sentinel: what a tape with `check_numerics` does at each op and at each rule.
//
// An op that makes a NaN or an infinity is at fault only if all it was given was finite; one that
// passes on what was bad before is not, so the first that is named is where the trouble began. On
// the way back the same is asked of each rule, whose op is named with the place where it was called
// on the way forward. Inputs are kept with the node (its witness) and looked at only when a result
// is bad: the price of a check is one pass over each result. Internal.
// Read before: call_site.h, node_list.h. Read next: backward_pass.cpp.
#pragma once

#include <reel/core/node_list.h>

namespace reel::detail {

bool all_finite(const Tensor& x);

/// Whether REEL_CHECK_NUMERICS asks every tape to check.
bool environment_checks_numerics();

/// ValueError when a variable that training changes is not finite.
void check_read(const Variable& variable, const Tensor& value);

/// ValueError when `y`, made by the node, is not finite though its inputs are.
void check_result(NodeList& list, std::uint32_t slot, const Tensor& y);

/// ValueError when a rule of the node gave a gradient of its argument, made by node `argument`,
/// that is not finite though dy and the node's inputs are.
void check_gradient(NodeList& list, std::uint32_t slot, std::uint32_t argument, const Tensor& dy,
                    const Tensor& gradient);

/// ValueError: gradients of the node's result are finite, their sum is not.
[[noreturn]] void throw_of_sum(NodeList& list, std::uint32_t slot, const Tensor& sum);

}  // namespace reel::detail
