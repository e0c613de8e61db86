// The side of a race that is timed: prepares its work, then takes a turn whenever it is told to.
//
// The starter (race.h) holds one such process a library and asks them in turns, because the speed
// of a shared machine drifts by a third within minutes: only neighbours in time can be compared.
// Each answer is a line on standard output: the milliseconds of a call, for each sample of a turn.
// Read before: workload_text.h. Read next: race.h, reel_convolution.cpp.
#pragma once

#include <chrono>
#include <cstdio>
#include <exception>
#include <functional>
#include <iostream>
#include <string>
#include <vector>

#include "workload_text.h"

inline double seconds_of(const std::function<void()>& work, int calls) {
  const auto start = std::chrono::steady_clock::now();
  for (int i = 0; i < calls; ++i) work();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

/// One turn, 60 ms of samples of `calls` each: those that began in its second half, if there are
/// any. In the first half caches fill, and the system spreads the threads over the processors: a
/// thread that slept is mostly woken on the processor of its waker and moves some 10 ms later. Work
/// that follows work, as in training, sees none of that.
inline std::vector<double> turn(const std::function<void()>& work, int calls) {
  using namespace std::chrono_literals;
  std::vector<double> first, second;
  const auto start = std::chrono::steady_clock::now();
  const auto elapsed = [&] { return std::chrono::steady_clock::now() - start; };
  do {
    std::vector<double>& half = elapsed() < 30ms ? first : second;
    half.push_back(seconds_of(work, calls) / calls * 1e3);
  } while (elapsed() < 60ms);
  return second.empty() ? first : second;
}

/// The `main` of a contestant. `make()` prepares the work, nothing where there is none to time;
/// `peak`, if there is one, gives the machine's multiply-add peak in GFLOP/s when asked. Work that
/// a library cannot do is an exception, whose text goes to standard error.
template <class Make>
int contestant_main(const char* program, const Make& make,
                    const std::function<double()>& peak = {}) {
  try {
    const std::function<void()> work = make();
    if (!work) return 0;
    double last = 0;
    for (double i = 0, spent = 0; i < 4 && spent < 0.05; ++i) spent += last = seconds_of(work, 1);
    // A sample lasts half a millisecond or more: shorter ones measure the clock.
    const int calls = 1 + static_cast<int>(5e-4 / (last + 1e-9));
    for (std::string order; std::getline(std::cin, order);) {
      const std::vector<double> answer = order == "peak"    ? std::vector{peak()}
                                         : order == "ready" ? std::vector{1.0}
                                                            : turn(work, calls);
      for (double number : answer) std::printf("%.9g ", number);
      std::printf("\n");
      std::fflush(stdout);
    }
    return 0;
  } catch (const std::exception& e) {
    std::fprintf(stderr, "%s: %s\n", program, e.what());
    return 1;
  }
}

/// The same for a row of convolutions, given by the arguments (workload.h).
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
