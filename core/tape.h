// Tape: the record of a computation, and the way back through it.
//
// While a tape is in scope, every op appends a node to its thread's list (node_list.h). A `Tensor`
// does not own its history; the list does, and it goes with the outermost tape. Nested tapes are
// intervals of one list: nothing is recorded twice. During its own backward pass a tape is paused;
// every other active tape records the pass's ops: that is all there is to second order.
// Invariants: `gradient` is const and may be called again; a node remembers which tapes were paused
// when it was made. Read before: gradient_options.h. Read next: tape.cpp, gradients.cpp.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include <reel/core/gradient_options.h>
#include <reel/core/node_list.h>
#include <reel/core/recording.h>

namespace reel {

struct TapeNode;  // tape_nodes.h
struct TapeBytes;

struct TapeOptions {
  /// Whether reading a trainable variable watches it.
  bool watch_accessed_variables = true;
  /// Stop, with a ValueError, at the first op that makes a NaN or infinity out of finite inputs, on
  /// the way forward or back: it says which op, from what, and where your program called it.
  /// REEL_CHECK_NUMERICS=1 in the environment asks for it in every tape. Price: nan_check.cpp.
  bool check_numerics = false;
  /// Watch reads of these variables only, trainable or not: what is frozen then costs no memory.
  NamedVariables watch = {};
  /// A Trace (inspect/trace.h), which records until it goes or the next outermost tape begins.
  detail::Observer* trace = nullptr;
};

class Tape {
 public:
  /// Starts recording on this thread. RuntimeError when 32 tapes are already nested.
  explicit Tape(const TapeOptions& options = {});
  explicit Tape(EmptyBraces) : Tape() {}
  ~Tape();
  Tape(const Tape&) = delete;
  Tape& operator=(const Tape&) = delete;

  /// From here on, ops on `x` (and reads of `variable`) have gradients. ValueError without a value.
  void watch(const Tensor& x);
  void watch(const Variable& variable);
  void watch(std::span<const Variable> variables);
  void watch(std::span<const Tensor> xs);
  template <class Source>
  void watch(std::initializer_list<Source> sources);  // in braces: `{x, h}`
  void watch(EmptyBraces) {}
  /// The trainable (or watched) variables read so far, in order of their first read.
  std::vector<Variable> watched_variables() const;

  /// The gradient of the sum of the targets' elements (each weighed by its output gradient) with
  /// respect to variables or tensors, watched or computed since. TypeError for an undefined target;
  /// ValueError for a source that the target does not depend on (see `Unconnected`), a target that
  /// is not the tape's, output gradients that do not fit, no variables where it depends on some.
  std::vector<VariableGradient> gradient(const Targets& y, std::span<const Variable> variables,
                                         const GradientOptions& options = {}) const&;
  std::vector<Tensor> gradient(const Targets& y, std::span<const Tensor> xs,
                               const GradientOptions& options = {}) const&;
  Tensor gradient(const Targets& y, const Tensor& x, const GradientOptions& options = {}) const&;
  Tensor gradient(const Targets& y, const Variable& x, const GradientOptions& options = {}) const&;
  /// In braces: `{w, b}`. They are all variables or all tensors, and a list also when it is one.
  template <class Source>
  auto gradient(const Targets& y, std::initializer_list<Source> sources,
                const GradientOptions& options = {}) const& {
    return gradient(y, ListOf(sources), options);
  }
  auto gradient(const Targets& y, EmptyBraces, const GradientOptions& options = {}) const& {
    return gradient(y, std::span<const Variable>(), options);
  }

  /// The same from a tape that is not needed any more: memory is freed as the pass goes, when no
  /// other tape is active. Afterwards, also after an error, the tape only waits for its end.
  std::vector<VariableGradient> gradient(const Targets& y, std::span<const Variable> variables,
                                         const GradientOptions& options = {}) &&;
  std::vector<Tensor> gradient(const Targets& y, std::span<const Tensor> xs,
                               const GradientOptions& options = {}) &&;
  Tensor gradient(const Targets& y, const Tensor& x, const GradientOptions& options = {}) &&;
  Tensor gradient(const Targets& y, const Variable& x, const GradientOptions& options = {}) &&;
  template <class Source>
  auto gradient(const Targets& y, std::initializer_list<Source> sources,
                const GradientOptions& options = {}) && {
    return std::move(*this).gradient(y, ListOf(sources), options);
  }
  auto gradient(const Targets& y, EmptyBraces, const GradientOptions& options = {}) && {
    return std::move(*this).gradient(y, std::span<const Variable>(), options);
  }

  /// All derivatives of y's elements: (y's shape, x's shape). `batch_jacobian` is for examples that
  /// do not depend on each other: (n, rest of y, rest of x). Price and errors: jacobian.cpp.
  Tensor jacobian(const Tensor& y, const Tensor& x, Unconnected = Unconnected::error) const;
  Tensor jacobian(const Tensor& y, const Variable& x, Unconnected = Unconnected::error) const;
  std::vector<Tensor> jacobian(const Tensor& y, std::span<const Tensor> xs,
                               Unconnected = Unconnected::error) const;
  std::vector<VariableGradient> jacobian(const Tensor& y, std::span<const Variable> variables,
                                         Unconnected = Unconnected::error) const;
  template <class Source>
  auto jacobian(const Tensor& y, std::initializer_list<Source> sources,
                Unconnected unconnected = Unconnected::error) const {
    return jacobian(y, ListOf(sources), unconnected);
  }
  Tensor batch_jacobian(const Tensor& y, const Tensor& x, Unconnected = Unconnected::zeros) const;

  /// Suspends this tape's recording until the returned object goes: TensorFlow's stop_recording.
  class Pause : PauseRecording {
    friend class Tape;
    using PauseRecording::PauseRecording;
  };
  /// ValueError when the tape is paused already; RuntimeError when it was given away.
  Pause pause() const;

  /// Forgets everything and starts afresh, given away or not: the outermost tape also its graph's
  /// losses and updates, one inside its claim on what it has seen. ValueError while it is paused.
  void reset();

  /// Whether `y` was computed from one of the values with these ids, watched or not, or is one.
  bool reaches(ListOf<TensorId> from, const Tensor& y) const;
  /// Number of nodes since this tape began; those that it recorded itself; what it holds now.
  Index size() const;
  std::vector<TapeNode> nodes() const;
  TapeBytes bytes() const;

 private:
  void begin();
  void check_thread() const;
  void check_usable() const;
  void check_recording(const char* operation) const;
  template <class Source>
  std::vector<Tensor> gradients_of(const Targets& y, std::span<const Source> sources,
                                   const GradientOptions& options) const;
  std::vector<Tensor> backward(std::span<const Tensor> targets, std::span<const Tensor> seeds,
                               std::span<const TensorId> sources) const;

  detail::NodeList* list_;
  detail::NodeIndex begin_;  // the first node of this tape's interval
  TensorId last_id_before_;
  Index arena_before_;  // bytes of closures before it
  std::uint32_t bit_;   // this tape in masks of tapes
  bool watches_variables_;
  std::vector<Variable> named_;                  // when it watches these only
  std::unique_ptr<detail::Observer> nan_check_;  // null unless it checks numbers
  bool given_away_ = false;
};

namespace detail {
/// The observer of a tape that checks numbers; null unless `asked`, or the environment asks.
std::unique_ptr<Observer> make_nan_check(std::uint32_t tape, bool asked);
/// At the first tape of the process: whether REEL_TRACE asks for a trace.
void wait_as_environment_says();
}  // namespace detail
}  // namespace reel
