// The count of those inside, and what happens at its ends.
//
// Everything is under the one mutex: a thread that comes second must not begin before the first has
// put the others to rest, so a count alone, however atomic, would not do. The functions are called
// with the mutex held and may not come back here. Who waits looks again and again: a condition
// variable would have a child of fork wait for threads that it does not have. And not for ever: a
// thread that is inside may wait for one that is kept out.
// Read before: foreign_threads.h, fork.h. Read next: parallel.cpp, blas.cpp.
#include <reel/core/runtime/foreign_threads.h>

#include <thread>

#include <reel/core/runtime/fork.h>
#include <reel/core/runtime/parallel.h>

namespace reel::detail {
namespace {

using std::chrono::milliseconds;

// How often the calling thread is inside.
thread_local constinit int own_inside [[gnu::tls_model("initial-exec")]] = 0;

template <class Done>
void wait_until(const Done& done, milliseconds patience, std::unique_lock<std::mutex>& lock) {
  const auto end = std::chrono::steady_clock::now() + patience;
  while (!done() && std::chrono::steady_clock::now() < end) {
    lock.unlock();
    std::this_thread::sleep_for(std::chrono::microseconds(50));
    lock.lock();
  }
}

}  // namespace

// Made at the first use, so that code which runs before main finds it.
ForeignThreads& ForeignThreads::of_process() {
  static ForeignThreads threads;
  static const bool forks_close_it = [] {
    around_forks([] { threads.close(milliseconds(1000)); }, [] { threads.open(); },
                 [] { threads.open_in_child(); });
    return true;
  }();
  static_cast<void>(forks_close_it);
  return threads;
}

namespace {

// The library ends after this, and objects with static lifetime, whose destructors may wait for a
// thread that works, have ended before it. A thread that comes now waits for the end of all.
[[gnu::destructor]] void end_of_program() {
  ForeignThreads::of_process().close(milliseconds(10'000));
}

}  // namespace

void ForeignThreads::hold(void (*rest)(), void (*go_on)()) {
  std::lock_guard lock(mutex_);
  rest_ = rest;
  go_on_ = go_on;
  if (inside_ > 0) rest_();
}

void ForeignThreads::enter() {
  std::unique_lock lock(mutex_);
  if (closed_ && own_inside == 0) [[unlikely]]
    wait_until([&] { return !closed_; }, milliseconds(1000), lock);
  if (inside_++ == 0 && rest_) rest_();
  ++own_inside;
}

void ForeignThreads::leave() {
  std::lock_guard lock(mutex_);
  if (--inside_ == 0 && go_on_) go_on_();
  --own_inside;
}

// The mutex stays locked.
void ForeignThreads::close(milliseconds patience) {
  std::unique_lock lock(mutex_);
  closed_ = true;
  const auto none_but_caller = [&] { return inside_ == 0 || own_inside > 0 || inside_tile(); };
  wait_until(none_but_caller, patience, lock);
  lock.release();
}

void ForeignThreads::open() {
  closed_ = false;
  mutex_.unlock();
}

void ForeignThreads::open_in_child() {
  const bool others = inside_ > 0 && own_inside == 0;
  inside_ = own_inside;
  if (others && go_on_) go_on_();
  open();
}

}  // namespace reel::detail
