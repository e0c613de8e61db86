// A child of fork computes, although another thread made the library's first random number,
// variable or message at that moment: ends with 0. A program of its own, since what is made once
// must not have been made before; it shows a fault only now and then, so it is run many times.
#include <pthread.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <thread>

#include <reel/core/ops/factories.h>
#include <reel/core/ops/random.h>
#include <reel/core/runtime/log.h>
#include <reel/layers/dense.h>

namespace {

std::atomic<bool> forking = false;

void compute() {
  const reel::Tensor x = reel::uniform({2, 3});
  reel::Dense({.units = 2})(x);
  reel::logging::warning("early_fork: a message");
}

}  // namespace

int main() {
  (void)reel::ones({3});
  pthread_atfork([] { forking = true; }, nullptr, nullptr);  // called before the library's own
  std::thread other([] {
    while (!forking) std::this_thread::yield();
    compute();
  });
  const pid_t child = fork();
  if (child == 0) {
    alarm(10);
    compute();
    _exit(0);
  }
  int status = 0;
  waitpid(child, &status, 0);
  other.join();
  return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}
