// While our threads work, those of a library that they call must rest.
//
// A library with threads of its own (BLAS) has one setting for the process, and two user threads
// may be inside our code at once: so those inside are counted, the first makes the others rest and
// the last lets them go on. Who counts knows no library: one comes with two functions, at its first
// use, which may be in the middle of a region. Invariant: from then on its threads rest whenever
// somebody is inside, also for the regions that had begun before. A program that never uses the
// library pays the count alone, and the library is never touched. Nobody of ours is inside, either,
// when the process forks or ends: the library would be left, or go, in the middle of a product. The
// price: one mutex for the process, taken twice a region. Read next: parallel.h, blas.h.
#pragma once

#include <chrono>
#include <mutex>

namespace reel::detail {

class ForeignThreads {
 public:
  /// Has a library's threads rest while anybody is inside: at once, if somebody is. Both functions
  /// are called under a lock, and strictly in turn.
  void hold(void (*rest)(), void (*go_on)());

  void enter();
  void leave();

  /// Lets nobody in and waits, at most so long, until all are out. A caller that is inside does not
  /// wait.
  void close(std::chrono::milliseconds patience);
  void open();
  /// In the child of a fork that came when it was closed: at most the caller is inside.
  void open_in_child();

  /// Those that regions and products of this process hold. Forks close it, and the program's end.
  static ForeignThreads& of_process();

  class Rest;

 private:
  std::mutex mutex_;
  int inside_ = 0;
  bool closed_ = false;
  void (*rest_)() = nullptr;
  void (*go_on_)() = nullptr;
};

/// The threads of the process's library rest while one of these lives.
class ForeignThreads::Rest {
 public:
  Rest() { of_process().enter(); }
  ~Rest() { of_process().leave(); }
  Rest(const Rest&) = delete;
  Rest& operator=(const Rest&) = delete;
};

}  // namespace reel::detail
