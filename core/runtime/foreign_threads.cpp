// The count of those inside, and what happens at its ends.
//
// Everything is under the one mutex: a thread that comes second must not begin before the first has
// put the others to rest, so a count alone, however atomic, would not do. The functions are called
// with the mutex held and may not come back here.
// Read before: foreign_threads.h. Read next: parallel.cpp, blas.cpp.
#include <reel/core/runtime/foreign_threads.h>

namespace reel::detail {

// Made at the first use, so that code which runs before main finds it.
ForeignThreads& ForeignThreads::of_process() {
  static ForeignThreads threads;
  return threads;
}

void ForeignThreads::hold(void (*rest)(), void (*go_on)()) {
  std::lock_guard lock(mutex_);
  rest_ = rest;
  go_on_ = go_on;
  if (inside_ > 0) rest_();
}

void ForeignThreads::enter() {
  std::lock_guard lock(mutex_);
  if (inside_++ == 0 && rest_) rest_();
}

void ForeignThreads::leave() {
  std::lock_guard lock(mutex_);
  if (--inside_ == 0 && go_on_) go_on_();
}

}  // namespace reel::detail
