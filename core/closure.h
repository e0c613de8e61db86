// What a tape keeps of an op: a node, and closures that give gradients of its arguments.
//
// A node is written once and never moves. Its closures lie in the arena of the list of nodes, each
// with all that the sweep needs to know about its arguments right behind it: a step of the sweep
// touches the node, its closures and what they captured. Only the template that made a closure
// knows its type (record.h); to all others it is a table of functions.
// Read before: tensor.h. Read next: record.h, node_list.h.
#pragma once

#include <cstdint>

#include <reel/core/tensor.h>

namespace reel {

class NeedsGradient;

namespace detail {

// One argument of a rule, as the sweep needs it.
struct Argument {
  std::uint32_t slot;  // the node that made it
  // Of the shape that the gradient is summed down to; -1 when shape and dtype are the result's.
  std::int16_t rank;
  DType dtype;  // of the argument and its gradient
};

struct Closure;

// What can be done with a closure of one type, of one number of arguments.
struct ClosureType {
  std::uint32_t bytes;  // of the object
  std::uint16_t count;  // of its arguments
  bool passes_on;       // what `run` gives is dy itself
  // Null for a joint rule.
  Tensor (*run)(const Closure& self, const Tensor& dy);
  void (*run_joint)(const Closure& self, const Tensor& dy, NeedsGradient wanted, Tensor* gradients);
  // Null when there is nothing to do.
  void (*destroy)(Closure& self) noexcept;
  // Makes a copy and forgets it: shows what the closure holds (tape_bytes.cpp).
  void (*copy)(const Closure& self);
};

// A closure in the arena. Its object is followed by its arguments, and these by the extents of
// those whose shape is not the result's, one after the other.
struct Closure {
  const ClosureType* type;
  Closure* next;

  const Argument* arguments() const {
    return reinterpret_cast<const Argument*>(reinterpret_cast<const char*>(this) + type->bytes);
  }
  const Index* extents() const { return reinterpret_cast<const Index*>(arguments() + type->count); }
};

// An op as the list keeps it.
struct Node {
  const char* name;
  TensorId output;
  TensorId* inputs;
  Closure* closures;  // newest first
  std::uint32_t input_count : 31;
  std::uint32_t watched : 1;
  std::uint32_t paused;  // the tapes that were paused when the node was made
};

}  // namespace detail
}  // namespace reel
