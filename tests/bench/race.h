// Several programs that do the same work, each in a process of its own, asked in turns.
//
// A process each, because libraries share global state (OpenBLAS's number of threads, OpenMP's
// pools) that would make one pay for another's settings.
#pragma once

#include <sys/types.h>
#include <cstdio>
#include <map>
#include <string>
#include <vector>

/// A started contestant (contestant.h).
class Runner {
 public:
  /// Starts `program` with `arguments`, and with `environment` added to this process's.
  Runner(const std::string& program, const std::vector<std::string>& arguments,
         const std::map<std::string, std::string>& environment = {});
  ~Runner();
  Runner(const Runner&) = delete;
  Runner& operator=(const Runner&) = delete;

  /// Sends an order: "ready", "turn" or "peak".
  void tell(const char* order);
  /// Waits for the numbers of an order: none once the process has gone, or has been ended because
  /// they took longer than `seconds`.
  std::vector<double> hear(double seconds = 3600);
  std::vector<double> ask(const char* order, double seconds = 3600) {
    tell(order);
    return hear(seconds);
  }
  const std::string& program() const { return program_; }

 private:
  std::string program_;
  pid_t pid_ = -1;
  int orders_ = -1, answers_ = -1;
};

/// What one contestant showed, in milliseconds.
struct Times {
  double median = 0, p5 = 0;
  bool valid() const { return p5 > 0; }
};

/// When a race ends: each has had `turns` or more, of `seconds` or more together, and has given ten
/// samples unless they are long, or `limit` seconds have gone by since all were ready. One that
/// takes longer than `patience` times what the first one took, and some seconds, is ended.
struct RaceEnd {
  double seconds = 0.5;
  int turns = 5;
  double limit = 3600;
  double patience = 1000;
};

/// Waits until all are ready, then asks them in turns, with a `pause` in milliseconds before each
/// turn; one that cannot do the row, or not in time, gives no times, and standard error says so.
std::vector<Times> race(const std::vector<Runner*>& runners, const RaceEnd& end, int pause);
