// Two ways to one gradient: a fused kernel, and the same mathematics composed from ops.
//
//   wrt(x, [y](const Tensor& dy) {
//     return fused_or([&] { return kernel_of(dy, y); }, [&] { return dy * (1 - y * y); });
//   })
//
// A kernel leaves nothing on a tape. So it may run while nothing records the backward pass; when
// something does, to differentiate the gradient once more, the composed way runs, whose ops record
// themselves. Both are functions without arguments that look at what the rule has: a rule that kept
// two closures would keep every tensor twice. Whoever wants to know which rules have two ways (the
// gradient check compares them) clears the mark below and looks at it after a backward pass.
// Read before: recording.h, record.h. Read next: map.h, softmax.cpp.
#pragma once

#include <reel/core/recording.h>

namespace reel {
namespace detail {

/// Set by every rule of this thread that runs and has two ways.
inline thread_local constinit bool rule_had_two_ways [[gnu::tls_model("initial-exec")]] = false;

}  // namespace detail

/// `fused()` when nothing records the backward pass, else `composed()`; both give a Tensor, or
/// Gradients in a joint rule.
template <class Fused, class Composed>
auto fused_or(const Fused& fused, const Composed& composed) {
  detail::rule_had_two_ways = true;
  return recording() ? composed() : fused();
}

}  // namespace reel
