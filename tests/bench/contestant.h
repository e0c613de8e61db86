// The side of a race that is timed: prepares its work, then runs a sample whenever it is told to.
//
// The starter (race.h) holds one such process a library and asks them in turns, because the speed
// of a shared machine drifts by a third within minutes: only neighbours in time can be compared.
// Each answer is the milliseconds of one call, on a line of standard output.
#pragma once

#include <chrono>
#include <cstdio>
#include <exception>
#include <functional>
#include <iostream>
#include <string>

#include "workload.h"

inline double seconds_of(const std::function<void()>& work, int calls) {
  const auto start = std::chrono::steady_clock::now();
  for (int i = 0; i < calls; ++i) work();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

/// The `main` of a contestant. `make()` prepares the work; `peak`, if there is one, gives the
/// machine's multiply-add peak in GFLOP/s when asked. Work that a library cannot do is an
/// exception, whose text goes to standard error.
template <class Make>
int contestant_main(const char* program, const Make& make,
                    const std::function<double()>& peak = {}) {
  try {
    const std::function<void()> work = make();
    for (int i = 0; i < 3; ++i) work();
    // A sample lasts half a millisecond or more: shorter ones measure the clock.
    const int calls = 1 + static_cast<int>(5e-4 / (seconds_of(work, 1) + 1e-9));
    for (std::string order; std::getline(std::cin, order);) {
      const double answer = order == "peak" ? peak() : seconds_of(work, calls) / calls * 1e3;
      std::printf("%.9g\n", answer);
      std::fflush(stdout);
    }
    return 0;
  } catch (const std::exception& e) {
    std::fprintf(stderr, "%s: %s\n", program, e.what());
    return 1;
  }
}

/// The same for a row of separable convolutions, given by the arguments (workload.h).
inline int contestant_main(int argc, char** argv,
                           const std::function<std::function<void()>(const Workload&)>& make,
                           const std::function<double(int threads)>& peak = {}) {
  int threads = 1;
  return contestant_main(
      argv[0],
      [&] {
        const Workload workload = from_arguments(argc, argv);
        threads = workload.threads;
        return make(workload);
      },
      [&] { return peak(threads); });
}
