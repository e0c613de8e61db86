// The smallest useful program: one gradient. What starting reel costs in time and memory.
#include <fmt/core.h>
#include <sys/resource.h>

#include <reel/reel.h>

int main() {
  const reel::Tensor x({1.0, 2.0, 3.0});
  reel::Tape tape;
  tape.watch(x);
  const reel::Tensor y = sum(x * x);
  fmt::print("{}\n", tape.gradient(y, x));
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  fmt::print("peak memory {} MiB\n", usage.ru_maxrss / 1024);
}
