// What surrounds a computation on its thread: whether a tape records it, and whether it counts.
//
// An op asks `recording()` before it makes its gradient rules; that is all it knows of tapes, and
// why ops can be read, and compiled, without them. `PauseRecording` is for what is no part of a
// computation (an optimizer's step, a metric); `Rehearsal` for a second look at one (a backward
// pass, a numerical check): what layers called inside leave behind is dropped, and random draws are
// those that the next real call will make. A guard puts back at its end all that it found.
// Read before: call_site.h. Read next: recording.cpp, operand.h.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include <reel/core/runtime/call_site.h>
#include <reel/core/runtime/random_state.h>

namespace reel {

namespace detail {

// The tapes of this thread, a bit each: those that are there, and those that are paused.
extern thread_local constinit std::uint32_t active_tapes [[gnu::tls_model("initial-exec")]];
extern thread_local constinit std::uint32_t paused_tapes [[gnu::tls_model("initial-exec")]];

// The tapes that record.
inline std::uint32_t recording_tapes() { return active_tapes & ~paused_tapes; }

}  // namespace detail

/// Whether a tape records what runs on this thread now.
inline bool recording() { return detail::recording_tapes() != 0; }

/// Suspends all recording on this thread while in scope: optimizer steps, projections, metrics.
class PauseRecording {
 public:
  PauseRecording() : PauseRecording(~std::uint32_t{0}) {}
  ~PauseRecording() { detail::paused_tapes = before_; }
  PauseRecording(const PauseRecording&) = delete;
  PauseRecording& operator=(const PauseRecording&) = delete;

 protected:
  explicit PauseRecording(std::uint32_t tapes) : before_(detail::paused_tapes) {
    detail::paused_tapes |= tapes;
  }

 private:
  std::uint32_t before_;
};

/// Makes what runs on this thread while in scope leave no trace: losses and updates of layers that
/// are called inside are dropped, the draws of random numbers start where they stand and are taken
/// back (first values of variables are not), and pauses and the call site are put back.
class Rehearsal {
 public:
  enum class Draws {
    again,  ///< the same numbers will be drawn after it
    go_on   ///< draws inside count
  };
  explicit Rehearsal(Draws draws = Draws::again);
  ~Rehearsal();
  Rehearsal(const Rehearsal&) = delete;
  Rehearsal& operator=(const Rehearsal&) = delete;

  // --- for those that keep something apart while a rehearsal runs; they make it when needed

  /// The innermost one of this thread, or null.
  static Rehearsal* innermost();
  Rehearsal* outer() const { return outer_; }
  bool repeats_draws() const { return draws_ == Draws::again; }
  std::optional<RandomState> random_state;  ///< draws inside count on from here (random.cpp)
  std::shared_ptr<void> ledger;             ///< what calls inside leave behind (ledger.cpp)

 private:
  Draws draws_;
  Rehearsal* outer_;
  std::uint32_t paused_before_;
  CallSite site_before_;
};

namespace detail {

/// Sets up again, for as long as the object that it returns lives, what surrounded the moment when
/// it was made: for a computation that runs once more, later.
using SetUpAgain = std::function<std::shared_ptr<void>()>;

/// How the layers' part of that, the variable scope, is kept; null without layers (scope.cpp).
extern SetUpAgain (*keep_surroundings)();

/// Where that scope is, for messages; null without layers (scope.cpp).
extern std::string (*present_scope_path)();

}  // namespace detail
}  // namespace reel
