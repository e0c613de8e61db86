#include <reel/optim/run/interrupt.h>

#include <atomic>

#include <reel/core/error.h>

namespace reel {
namespace {

std::atomic<int> signal_that_came = 0;
std::atomic<bool> in_scope = false;
static_assert(std::atomic<int>::is_always_lock_free,
              "a signal handler may store only without locks");

// After the first signal both mean again what they mean without a handler.
void note(int signal) {
  signal_that_came.store(signal);
  struct sigaction usual {};
  usual.sa_handler = SIG_DFL;
  sigaction(SIGINT, &usual, nullptr);
  sigaction(SIGTERM, &usual, nullptr);
}

}  // namespace

Interruptible::Interruptible() {
  if (in_scope.exchange(true))
    throw RuntimeError(
        "Interruptible: one must end before the next; a fit inside of another, or beside it, needs "
        ".interruptible = false");
  signal_that_came = 0;
  struct sigaction action {};
  action.sa_handler = note;
  action.sa_flags = SA_RESTART;
  // Neither interrupts the handler of the other: the second one comes after it.
  sigaddset(&action.sa_mask, SIGINT);
  sigaddset(&action.sa_mask, SIGTERM);
  sigaction(SIGINT, &action, &before_int_);
  sigaction(SIGTERM, &action, &before_term_);
}

Interruptible::~Interruptible() {
  sigaction(SIGINT, &before_int_, nullptr);
  sigaction(SIGTERM, &before_term_, nullptr);
  in_scope = false;
}

int Interruptible::signal() const { return signal_that_came; }

}  // namespace reel
