// Observer: what a NaN check or a recomputation hears of a tape.
//
// Few tapes have one, so all of them hang on the list (node_list.h) and ops know of none: recording
// costs a look at an empty vector. An observer hears of all that is recorded on its thread, and of
// gradients only in the passes of the tape that it belongs to. Each call has an answer of its own
// here, so that who looks for one thing overrides one function.
// Read before: tensor.h, node_list.h. Read next: ops.h, nan_check.cpp, recompute.cpp.
#pragma once

#include <cstdint>
#include <span>

#include <reel/core/tensor.h>

namespace reel {

class Variable;

namespace detail {

using NodeIndex = std::uint32_t;  // as in node_list.h, which this does not include

class Observer {
 public:
  virtual ~Observer() = default;
  using Arguments = std::span<const std::span<const Tensor>>;  // by rule
  virtual void recorded(NodeIndex, const Tensor& /*y*/, Arguments) {}
  /// A read of the variable gives `value`, which these tapes watch; both may be replaced.
  virtual void read(const Variable&, Tensor& /*value*/, std::uint32_t& /*tapes*/) {}
  /// A rule of `node` gave a gradient of its argument; the second sum of gradients of `node`.
  virtual void gradient(NodeIndex, NodeIndex /*argument*/, const Tensor& /*dy*/, const Tensor&) {}
  virtual void summed(NodeIndex, const Tensor& /*a*/, const Tensor& /*b*/, const Tensor&) {}
  /// The nodes from here on are gone.
  virtual void forgotten(NodeIndex) {}
  /// As ClosureType::copy: shows what it holds for the nodes from here on.
  virtual void copy(NodeIndex) const {}
};

}  // namespace detail
}  // namespace reel
