// What a child of fork finds: nothing that a thread held which the child does not have.
//
// A child has only the thread that forked; a lock that another one held would stay locked. So each
// lock of the process is a ForkMutex: fork waits until all of them are free and holds them
// meanwhile, and the child begins with whole data behind open locks. Invariant: they are tried, not
// waited for, as long as others are held, so it does not matter in which order threads take them.
// What is static and has one is made while the library is loaded: a thread that made it during a
// fork would leave it half made to the child, which would wait for that thread for ever.
// What else must be put right is done by `around_forks`. Read next: fork.cpp, parallel.cpp.
#pragma once

#include <mutex>

namespace reel::detail {

/// A mutex that is free in a child of fork.
class ForkMutex : public std::mutex {
 public:
  ForkMutex();
  ~ForkMutex();

 private:
  friend struct ForkMutexes;
  ForkMutex* next_;
};

/// Has every fork call these from now on, while no ForkMutex is held for it.
void around_forks(void (*before)(), void (*in_parent)(), void (*in_child)());

}  // namespace reel::detail
