// Tape: the record of a computation, and the way back through it.
//
// While a tape is in scope, every op appends a node to its thread's list (node_list.h). A `Tensor`
// does not own its history; the list does, and it goes with the outermost tape. Nested tapes are
// intervals of one list: nothing is recorded twice. During its own backward pass a tape is paused;
// every other active tape records the pass's ops: that is all there is to second order.
// Invariants: `gradient` is const and may be called again; a node remembers which tapes were paused
// when it was made. Read before: node_list.h. Read next: tape.cpp, backward_pass.cpp.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include <reel/core/gradient_options.h>
#include <reel/core/node_list.h>
#include <reel/core/recording.h>

namespace reel {

struct TapeOptions {
  /// Whether reading a trainable variable watches it.
  bool watch_accessed_variables = true;
  /// Stop, with a ValueError, at the first op that makes a NaN or infinity out of finite inputs, on
  /// the way forward or back: it says which op, from what, and where your program called it. The
  /// price is a look at every result, and that inputs are kept. REEL_CHECK_NUMERICS=1 in the
  /// environment asks for it in every tape.
  bool check_numerics = false;
};

struct TapeNode;  // tape_nodes.h
struct TapeBytes;

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
  /// TypeError for an undefined target; ValueError for a source that the target does not depend on
  /// (see `Unconnected`) and for output gradients that do not fit.
  std::vector<VariableGradient> gradient(const Targets& y, std::span<const Variable> variables,
                                         const GradientOptions& options = {}) const&;
  std::vector<Tensor> gradient(const Targets& y, std::span<const Tensor> xs,
                               const GradientOptions& options = {}) const&;
  Tensor gradient(const Targets& y, const Tensor& x, const GradientOptions& options = {}) const&;
  Tensor gradient(const Targets& y, const Variable& x, const GradientOptions& options = {}) const&;

  /// The same from a tape that is not needed any more: memory is freed as the pass goes, when no
  /// other tape is active. Afterwards, also after an error, the tape only waits for its end.
  std::vector<VariableGradient> gradient(const Targets& y, std::span<const Variable> variables,
                                         const GradientOptions& options = {}) &&;
  std::vector<Tensor> gradient(const Targets& y, std::span<const Tensor> xs,
                               const GradientOptions& options = {}) &&;
  Tensor gradient(const Targets& y, const Tensor& x, const GradientOptions& options = {}) &&;
  Tensor gradient(const Targets& y, const Variable& x, const GradientOptions& options = {}) &&;

  /// All derivatives of y's elements: (y's shape, x's shape). One backward pass for each element of
  /// y, whose rank and x's must be at most 8 together. Errors as `gradient` (jacobian.cpp).
  Tensor jacobian(const Tensor& y, const Tensor& x,
                  Unconnected unconnected = Unconnected::error) const;
  Tensor jacobian(const Tensor& y, const Variable& x,
                  Unconnected unconnected = Unconnected::error) const;
  std::vector<Tensor> jacobian(const Tensor& y, std::span<const Tensor> xs,
                               Unconnected unconnected = Unconnected::error) const;
  std::vector<VariableGradient> jacobian(const Tensor& y, std::span<const Variable> variables,
                                         Unconnected unconnected = Unconnected::error) const;
  /// The same where example i of y depends on example i of x only: y (n, ...) and x (n, ...) give
  /// (n, rest of y, rest of x) in one pass for each element of an example of y. ValueError unless
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
  Index size() const { return list_->size() - begin_; }
  /// Those that it recorded itself, in order.
  std::vector<TapeNode> nodes() const;
  /// What it holds now; all of it is given back at its end (tape_bytes.cpp).
  TapeBytes bytes() const;

 private:
  void check_thread() const;
  void check_usable() const;
  void check_recording(const char* operation) const;
  template <class Source>
  std::vector<Tensor> of(const Targets& y, std::span<const Source> sources,
                         const GradientOptions& options, bool free_nodes) const;
  template <class Source>
  std::vector<Tensor> last_of(const Targets& y, std::span<const Source> sources,
                              const GradientOptions& options);
  std::vector<Tensor> backward(std::span<const Tensor> targets, std::span<const Tensor> seeds,
                               std::span<const TensorId> sources, bool free_nodes) const;

  detail::NodeList* list_;
  detail::NodeIndex begin_;  // the first node of this tape's interval
  Index arena_before_;       // bytes of closures before it
  std::uint32_t bit_;        // this tape in masks of tapes
  bool watches_variables_;
  std::unique_ptr<detail::Observer> nan_check_;  // null unless it checks numbers
  bool given_away_ = false;
};

namespace detail {
/// The observer of a tape that checks numbers, if `asked` or the environment asks; else null
/// (nan_check.cpp).
std::unique_ptr<Observer> make_nan_check(std::uint32_t tape, bool asked);
}  // namespace detail
}  // namespace reel
