// The number of threads for one test, put back afterwards.
#pragma once

#include <reel/core/runtime/parallel.h>

namespace reel::test {

class WithThreads {
 public:
  explicit WithThreads(int count) : before_(num_threads()) { set_num_threads(count); }
  ~WithThreads() { set_num_threads(before_); }
  WithThreads(const WithThreads&) = delete;
  WithThreads& operator=(const WithThreads&) = delete;

 private:
  int before_;
};

}  // namespace reel::test
