// Observer: what a NaN check, a recomputation or a trace hears of a computation.
//
// Few tapes have one, so all of them hang on the list (node_list.h) and ops know of none: recording
// costs a look at an empty vector. An observer hears of all that is recorded on its thread, of
// every backward pass with the bit of its tape, and of what layers and optimizers do besides. Each
// call has an answer of its own here, so that who looks for one thing overrides one function.
// Read before: tensor.h, node_list.h. Read next: ops.h, nan_check.cpp, recompute.cpp, trace.h.
#pragma once

#include <cstdint>
#include <span>

#include <reel/core/runtime/attributes.h>
#include <reel/core/tensor.h>

namespace reel {

class Variable;

namespace detail {

class NodeList;
struct Notice;                    // inspect/notice.h
using NodeIndex = std::uint32_t;  // as in node_list.h, which this does not include

// A rule of `node` gave the gradient of an input, which the node `to` made.
struct Contribution {
  std::uint32_t tape;  // whose pass it is
  NodeIndex node, to;
  std::uint8_t place;                   // of the input, modulo 256
  const Tensor &dy, &given, &gradient;  // before and after un-broadcasting
};

class Observer {
 public:
  virtual ~Observer() = default;
  using Arguments = std::span<const std::span<const Tensor>>;  // by rule
  virtual void recorded(NodeIndex, const Tensor& /*y*/, Arguments, const Attributes&) {}
  /// A read of the variable gives `value`, which these tapes watch; both may be replaced.
  virtual void read(const Variable&, Tensor& /*value*/, std::uint32_t& /*tapes*/) {}
  /// A backward pass: what a rule gives; at a node, the second sum and on, a and b and a + b.
  virtual void contributed(const Contribution&) {}
  virtual void summed(std::uint32_t, NodeIndex, const Tensor&, const Tensor&, const Tensor&) {}
  /// What is asked of a tape, targets, their seeds and ids of sources, and what is answered.
  using Tensors = std::span<const Tensor>;
  virtual void began(std::uint32_t, Tensors, Tensors, std::span<const TensorId>) {}
  virtual void answered(std::uint32_t, std::span<const TensorId>, Tensors) {}
  /// The nodes from here on are gone.
  virtual void forgotten(NodeIndex) {}
  /// As ClosureType::copy: shows what it holds for the nodes from here on.
  virtual void copy(NodeIndex) const {}
  virtual void noticed(const Notice&) {}
  /// It goes on the list; it was taken off: by the next outermost tape, or the end of its thread.
  virtual void attach(NodeList&) {}
  virtual void let_go() {}
};

}  // namespace detail
}  // namespace reel
