// Tape: the record of a computation, and the sweep back through it.
//
// A Wengert list: while a tape is in scope, every op appends a node {name, inputs' ids, output's
// id, gradient rules}. Nodes are appended as ops run, so the list is in topological order and the
// backward pass is one reverse loop, without recursion. A `Tensor` does not own its history; the
// list does, and it goes with the outermost tape of its thread. Nested tapes are intervals of one
// list: nothing is recorded twice. While a tape sweeps it is paused itself, every other active tape
// records the sweep's ops: that is all there is to second order.
// Invariants: `gradient` is const and may be called again; nodes never move; a node remembers which
// tapes were paused when it was made. Read before: tensor.h, variable.h. Read next: record.h,
// ops.h; recompute.h and jacobian.h for what is built on it.
#pragma once

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <span>
#include <string>
#include <vector>

#include <reel/core/recording.h>
#include <reel/core/tensor.h>
#include <reel/core/variable.h>

namespace reel {

namespace detail {
class NodeList;
}

/// A variable and the gradient with respect to it.
struct VariableGradient {
  Variable variable;
  Tensor gradient;
};

}  // namespace reel

template <>
struct std::allocator<reel::VariableGradient>
    : reel::memory::StandardAllocator<reel::VariableGradient> {
  allocator() = default;
  template <class U>
  allocator(const std::allocator<U>&) {}
};

namespace reel {

/// What `gradient` does about a source that the target does not depend on.
enum class Unconnected {
  error,  ///< throw a ValueError that names it
  zeros,  ///< zeros of its shape
  none    ///< an undefined tensor, which optimizers skip
};

struct GradientOptions {
  /// What weighs each target, in their order; undefined entries (and none at all) stand for ones.
  std::vector<Tensor> output_gradients = {};
  Unconnected unconnected = Unconnected::error;
};

/// One target or several; several are summed.
class Targets {
 public:
  Targets(const Tensor& target) : tensors_{target} {}
  Targets(const Variable& target) : tensors_{target.value()} {}
  Targets(std::initializer_list<Tensor> targets) : tensors_(targets) {}
  Targets(std::vector<Tensor> targets) : tensors_(std::move(targets)) {}
  const std::vector<Tensor>& tensors() const { return tensors_; }

 private:
  std::vector<Tensor> tensors_;
};

struct TapeOptions {
  /// Whether reading a trainable variable watches it.
  bool watch_accessed_variables = true;
  /// Stop, with a ValueError, at the first op that makes a NaN or infinity out of finite inputs, on
  /// the way forward or back: it says which op, from what, and where your program called it. The
  /// price is a look at every result, and that inputs are kept. REEL_CHECK_NUMERICS=1 in the
  /// environment asks for it in every tape.
  bool check_numerics = false;
};

/// An op on a tape, as it was recorded.
struct TapeNode {
  std::string name;              ///< "read" for a variable, "watch" for what was given to `watch`
  TensorId output;               ///< the id of its result
  std::vector<TensorId> inputs;  ///< of its arguments; for a read, of the variable
  bool watched;                  ///< whether a gradient can flow through it
};

/// What a tape holds, in bytes.
struct TapeBytes {
  Index record = 0;   ///< nodes, rules, look-ups
  Index tensors = 0;  ///< tensors that rules kept for the way back, each once
  Index total() const { return record + tensors; }
};

class Tape {
 public:
  /// Starts recording on this thread. RuntimeError when 32 tapes are already nested.
  explicit Tape(const TapeOptions& options = {});
  ~Tape();
  Tape(const Tape&) = delete;
  Tape& operator=(const Tape&) = delete;

  /// From here on, ops on `x` (and reads of `variable`) have gradients. ValueError without a value.
  void watch(const Tensor& x);
  void watch(const Variable& variable);
  void watch(std::span<const Variable> variables);

  /// The trainable (or watched) variables read so far, in order of their first read.
  std::vector<Variable> watched_variables() const;

  /// The gradient of the sum of the targets' elements (each weighed by its output gradient) with
  /// respect to variables or tensors; a source may be an input or anything computed since.
  /// Non-scalar targets are summed. TypeError for an undefined target; ValueError for a source that
  /// the target does not depend on (see `Unconnected`) and for output gradients that do not fit.
  std::vector<VariableGradient> gradient(const Targets& y, std::span<const Variable> variables,
                                         const GradientOptions& options = {}) const&;
  std::vector<Tensor> gradient(const Targets& y, std::span<const Tensor> xs,
                               const GradientOptions& options = {}) const&;
  Tensor gradient(const Targets& y, const Tensor& x, const GradientOptions& options = {}) const&;
  Tensor gradient(const Targets& y, const Variable& x, const GradientOptions& options = {}) const&;

  /// The same from a tape that is not needed any more: memory is freed as the sweep passes, when
  /// no other tape is active. Afterwards, also after an error, the tape only waits for its end.
  std::vector<VariableGradient> gradient(const Targets& y, std::span<const Variable> variables,
                                         const GradientOptions& options = {}) &&;
  std::vector<Tensor> gradient(const Targets& y, std::span<const Tensor> xs,
                               const GradientOptions& options = {}) &&;
  Tensor gradient(const Targets& y, const Tensor& x, const GradientOptions& options = {}) &&;
  Tensor gradient(const Targets& y, const Variable& x, const GradientOptions& options = {}) &&;

  /// All derivatives of y's elements: (y's shape, x's shape). One sweep for each element of y,
  /// whose rank and x's must be at most 8 together. Errors as `gradient`.
  Tensor jacobian(const Tensor& y, const Tensor& x,
                  Unconnected unconnected = Unconnected::error) const;
  Tensor jacobian(const Tensor& y, const Variable& x,
                  Unconnected unconnected = Unconnected::error) const;
  std::vector<Tensor> jacobian(const Tensor& y, std::span<const Tensor> xs,
                               Unconnected unconnected = Unconnected::error) const;
  std::vector<VariableGradient> jacobian(const Tensor& y, std::span<const Variable> variables,
                                         Unconnected unconnected = Unconnected::error) const;

  /// The same where example i of y depends on example i of x only: y (n, ...) and x (n, ...) give
  /// (n, rest of y, rest of x) in one sweep for each element of an example of y. ValueError unless
  /// both have rank 2 or more and n is the same.
  Tensor batch_jacobian(const Tensor& y, const Tensor& x,
                        Unconnected unconnected = Unconnected::zeros) const;

  /// Suspends this tape's recording until the returned object goes: TensorFlow's stop_recording.
  class Pause : PauseRecording {
    friend class Tape;
    using PauseRecording::PauseRecording;
  };
  /// ValueError when the tape is paused already; RuntimeError when it was given away.
  Pause pause() const;

  /// Forgets everything and starts afresh, given away or not. The outermost tape ends with its
  /// losses and updates and begins anew; one inside keeps no claim on what it has seen.
  /// ValueError while it is paused.
  void reset();

  /// Whether `y` was computed from one of the values with these ids (or is one): watched or not.
  bool reaches(std::span<const TensorId> from, const Tensor& y) const;

  /// Number of nodes recorded since this tape began.
  Index size() const;
  /// Those that it recorded itself, in order.
  std::vector<TapeNode> nodes() const;
  /// What it holds now; all of it is given back at its end.
  TapeBytes bytes() const;

 private:
  friend class detail::NodeList;
  void check_thread() const;
  void check_usable() const;
  void check_recording(const char* operation) const;
  std::vector<Tensor> sweep(const Targets& y, std::span<const TensorId> sources,
                            const GradientOptions& options, bool free_nodes) const;
  std::vector<VariableGradient> sweep_variables(const Targets& y, std::span<const Variable>,
                                                const GradientOptions&, bool free_nodes) const;
  std::vector<Tensor> sweep_tensors(const Targets& y, std::span<const Tensor>,
                                    const GradientOptions&, bool free_nodes) const;

  detail::NodeList* list_;
  std::uint32_t begin_;  // the first node of this tape's interval
  Index arena_before_;   // bytes of closures before it
  std::uint32_t bit_;    // this tape in the masks of paused tapes
  TapeOptions options_;
  bool given_away_ = false;
};

/// A number that names the outermost tape active on this thread; 0 when there is none.
std::uint64_t graph_serial();

/// Whether `y` was computed, under the tapes active on this thread, from a value with one of these
/// ids, or is one. Without a tape only identity counts.
bool graph_reaches(std::span<const TensorId> from, TensorId y);

/// Calls `f(normally)` when the outermost tape active on this thread ends; `normally` is false
/// while an exception unwinds. RuntimeError when no tape is active.
void on_graph_end(std::function<void(bool normally)> f);

namespace detail {

Tensor record_read(const Variable& variable, const Tensor& value);

}  // namespace detail
}  // namespace reel
