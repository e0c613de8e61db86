// The list behind the tapes of one thread (a Wengert list): ops in the order in which they ran.
//
// Of each op the list keeps a node: name, ids of inputs and output, and the gradient rules, which
// are closures in an arena. Behind each closure lies what the backward pass must know of its
// arguments, so a step of the pass touches the node, its closures and what they captured.
// Invariants: nodes and closures never move while they live, so a backward pass may append; ids of
// one thread are consecutive, so the node that made a tensor is found by a subtraction, and only
// tensors from before the list, or from another thread, need a hash map.
// Read before: record.h, arena.h, chunked_vector.h. Read next: node_list.cpp, tape.h.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <unordered_map>

#include <reel/core/runtime/arena.h>
#include <reel/core/runtime/chunked_vector.h>
#include <reel/core/tensor.h>
#include <reel/core/variable.h>

namespace reel::detail {

using NodeIndex = std::uint32_t;
inline constexpr NodeIndex no_node = ~NodeIndex{0};
inline constexpr int max_arguments = 8;  // of one rule

// An argument of a rule.
struct Argument {
  NodeIndex node;     // that made it; no_node when no gradient can flow to it
  std::int16_t rank;  // of its shape; -1 when shape and dtype are the result's
  DType dtype;
  std::uint8_t place;  // among the node's inputs, modulo 256, for who looks
};

class BackwardPass;
class Observer;  // observer.h
struct Closure;

// What can be done with a closure of one type, of one number of arguments.
struct ClosureType {
  std::uint32_t bytes;  // of the object
  std::uint32_t count;  // of its arguments
  // Hands the gradients of the arguments to the pass, given that of the result; may move dy away.
  void (*run)(const Closure& self, Tensor& dy, BackwardPass& pass);
  void (*destroy)(Closure& self) noexcept;  // null when there is nothing to do
  void (*copy)(const Closure& self);  // and forget: shows what the closure holds (tape_bytes.cpp)
};

// A closure in the arena. Behind its object lie its arguments, and behind these the extents of
// those whose shape is not the result's.
struct Closure {
  const ClosureType* type;
  Closure* next;

  const Argument* arguments() const {
    return reinterpret_cast<const Argument*>(reinterpret_cast<const char*>(this) + type->bytes);
  }
  const Index* extents() const { return reinterpret_cast<const Index*>(arguments() + type->count); }
};

struct Node {
  const char* name;
  TensorId output;
  TensorId* inputs;
  Closure* closures;  // newest first
  std::uint32_t input_count : 31;
  std::uint32_t watched : 1;  // a gradient can flow through it
  std::uint32_t paused;       // the tapes that were paused when the node was made

  std::span<const TensorId> input_ids() const { return {inputs, input_count}; }
  std::uint8_t last_place() const { return static_cast<std::uint8_t>(input_count - 1); }
};

// What a gradient rule sees of the pass that runs it (backward_pass.cpp).
class BackwardPass {
 public:
  bool needs(NodeIndex node) const {
    return node - low_ < marks_.size() && (marks_[node - low_] & needed);  // wraps below low_
  }
  /// What `rule` gives for its i-th argument, undefined for none; may be dy itself.
  virtual void accumulate(const Closure& rule, std::uint32_t i, const Tensor& dy,
                          Tensor&& gradient) = 0;
  /// Runs the nodes [copy, copy + count), at the end of the list, in place of [first, ...).
  virtual void run_in_place_of(NodeIndex first, NodeIndex copy, NodeIndex count) = 0;
  /// The bit of the tape whose pass it is, which does not record.
  std::uint32_t tape() const { return tape_; }

  static constexpr char needed = 1;  // the one mark that rules know; all are in marks.h

 protected:
  ~BackwardPass() = default;
  BackwardPass(std::uint32_t tape, NodeIndex low, NodeIndex top)
      : tape_(tape), low_(low), marks_(top - low) {}

  std::uint32_t tape_;
  NodeIndex low_;
  memory::Vector<char> marks_;  // of the nodes from low_ on
};

struct Read {
  Variable variable;
  NodeIndex node;
  std::uint32_t tapes;  // that watch it
};

// From the `since`-th node on a tape watches what a node made, or (no_node) a variable's reads.
struct Watch {
  std::uint32_t tape;
  TensorId variable;
  NodeIndex node, since;
};

// A node whose only rule records nodes anew, those from `first` on to itself (recompute.cpp).
struct Expansion {
  NodeIndex first, node;
  std::uint32_t tapes;       // those that recorded the first ones
  NodeIndex copy = no_node;  // the first of those that run now
};

class NodeList {
 public:
  /// The list of the calling thread.
  static NodeList& current();
  ~NodeList();

  NodeIndex size() const { return all_.size(); }
  Node& operator[](NodeIndex i) { return all_[i]; }
  /// The node that made the tensor with this id, or `no_node`.
  NodeIndex find(TensorId id) const {
    const TensorId offset = id - base_;
    if (offset < nodes_.size()) return nodes_[offset];
    return foreign_.empty() ? no_node : find_foreign(id);
  }

  Node& append(const char* name, TensorId output, std::size_t input_capacity);
  /// Notes that the node depends on these tensors, and gives memory for a rule with respect to
  /// them; null when a gradient can flow to none. What lies behind the closure is filled in.
  void* claim(Node& node, const Tensor& y, const Tensor* xs, const ClosureType& type);
  /// Puts a rule, made in that memory, on the node.
  static void add(Node& node, Closure* closure, const ClosureType& type) {
    closure->type = &type;
    closure->next = node.closures;
    node.closures = closure;
    node.watched = true;
  }
  Tensor append_read(const Variable& variable, Tensor value, std::uint32_t watching_tapes);
  /// The tapes that watch what is read of the variable now.
  std::uint32_t watching(const Variable& variable) const;
  std::span<const Read> reads() const { return reads_; }

  /// Tapes, by their bits, become active and end. With the last one all nodes go, then `on_end`.
  void begin(std::uint32_t tape, bool watches_variables);
  void end(std::uint32_t tape);
  std::uint64_t serial() const { return base_; }  // names the outermost tape

  /// Frees what the rules of a node hold.
  void destroy_closures(NodeIndex i) noexcept;
  struct Position {
    NodeIndex size;
    std::size_t ids, reads, watches;
    memory::Arena::Position arena;
  };
  Position position() const {
    return {size(), nodes_.size(), reads_.size(), watches.size(), arena_.position()};
  }
  /// Forgets the nodes since then, as if they had never been made (recompute.cpp).
  void roll_back(const Position& to);
  /// Memory that goes with the nodes, as that of closures and ids.
  void* take(std::size_t bytes) { return arena_.take(bytes); }
  Index arena_bytes() const { return arena_.bytes(); }

  /// Before an outermost tape: observers of the one before go, who waits for this one comes.
  void be_observed();
  void let_observers_go();

  NodeIndex running_node = no_node;     // whose rules run now
  bool in_pass = false;                 // whether a backward pass runs now
  memory::Vector<Observer*> observers;  // in the order in which they came
  memory::Vector<Observer*> waiting;    // to be attached to each outermost tape
  memory::Vector<Expansion> expansions;
  memory::Vector<Watch> watches;  // of the active tapes
  memory::Vector<std::function<void(bool)>> on_end;

 private:
  void clear();
  static void tell_the_end(std::span<const std::function<void(bool)>> callbacks, bool normally);
  NodeIndex find_foreign(TensorId id) const;
  void enter(TensorId output, NodeIndex i);
  Argument argument(const Node& node, const Tensor& x, const Tensor& y);
  void* claim_any(Node& node, const Tensor& y, const Tensor* xs, const ClosureType& type);
  void forget(std::uint32_t tape);

  memory::ChunkedVector<Node> all_;
  memory::Arena arena_;
  TensorId base_ = 0;                // given when the outermost tape began
  memory::Vector<NodeIndex> nodes_;  // by id, from base_ on
  std::unordered_map<TensorId, NodeIndex, std::hash<TensorId>, std::equal_to<TensorId>,
                     memory::Allocator<std::pair<const TensorId, NodeIndex>>>
      foreign_;
  mutable std::pair<TensorId, NodeIndex> last_foreign_;  // is asked for again, say a weight
  memory::Vector<Read> reads_;
  std::uint32_t watching_tapes_ = 0;  // for which a read of a trainable variable is watched
  int exceptions_ = 0;                // on their way when it began
  bool is_clearing_ = false;
};

}  // namespace reel::detail
