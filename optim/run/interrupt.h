// Ctrl-C as a wish: the program ends where it chooses to.
//
// While an `Interruptible` is in scope, the first SIGINT or SIGTERM only sets a flag, which a
// training loop reads after each step; the second one, of either kind, ends the program. Invariant:
// the handler does nothing but store a number and remove itself, and the end of the scope brings
// back what was there before. Decision: an object that the program makes, since a library
// must not take signals by itself. One at a time in a process.
// Read before: error.h. Read next: progress.h.
#pragma once

#include <csignal>

#include <reel/core/runtime/language.h>

namespace reel {

class Interruptible {
 public:
  /// RuntimeError when another one is in scope.
  Interruptible();
  ~Interruptible();
  Interruptible(const Interruptible&) = delete;
  Interruptible& operator=(const Interruptible&) = delete;

  bool interrupted() const { return signal() != 0; }
  /// The signal that came, SIGINT or SIGTERM; 0 when none did.
  int signal() const;

 private:
  struct sigaction before_int_, before_term_;
};

}  // namespace reel
