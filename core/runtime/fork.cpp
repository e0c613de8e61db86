// The list of the mutexes, and how fork gets hold of all.
//
// Handlers that come later are called first before a fork: what `around_forks` is given may wait
// for threads that need these mutexes. Read before: fork.h.
#include <reel/core/runtime/fork.h>

#include <pthread.h>

#include <atomic>
#include <thread>
#include <utility>

namespace reel::detail {

struct ForkMutexes {
  static inline constinit std::mutex of_list = {};
  static inline constinit ForkMutex* first = nullptr;
  static inline constinit std::atomic<bool> watched = false;

  // Without the list's mutex, since fork takes that under a lock of the system's own list.
  static void watch() {
    if (!watched.exchange(true)) pthread_atfork(hold, release, release);
  }

  static bool try_all() {
    for (ForkMutex* mutex = first; mutex; mutex = mutex->next_)
      if (!mutex->try_lock()) {
        unlock_until(mutex);
        return false;
      }
    return true;
  }
  static void unlock_until(const ForkMutex* end) {
    for (ForkMutex* mutex = first; mutex != end; mutex = mutex->next_) mutex->unlock();
  }

  static void hold() {
    of_list.lock();
    while (!try_all()) std::this_thread::yield();
  }
  static void release() {
    unlock_until(nullptr);
    of_list.unlock();
  }
};

ForkMutex::ForkMutex() {
  ForkMutexes::watch();
  const std::lock_guard lock(ForkMutexes::of_list);
  next_ = std::exchange(ForkMutexes::first, this);
}

ForkMutex::~ForkMutex() {
  const std::lock_guard lock(ForkMutexes::of_list);
  ForkMutex** link = &ForkMutexes::first;
  while (*link != this) link = &(*link)->next_;
  *link = next_;
}

void around_forks(void (*before)(), void (*in_parent)(), void (*in_child)()) {
  ForkMutexes::watch();
  pthread_atfork(before, in_parent, in_child);
}

}  // namespace reel::detail
