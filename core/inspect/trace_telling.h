// While a trace is told something its clock stands: what it takes itself is nobody's time.
//
// Internal: included by the sources of Trace only. Read before: trace.h.
#pragma once

#include <reel/core/inspect/trace.h>
#include <reel/core/recording.h>

namespace reel {

class Trace::Telling {
 public:
  explicit Telling(Trace& trace) : trace_(trace) {
    trace.told_at_ = Clock::now();
    trace.follow();
  }
  ~Telling() { trace_.resumed_at_ = Clock::now(); }
  Telling(const Telling&) = delete;
  Telling& operator=(const Telling&) = delete;

 private:
  Trace& trace_;
  const PauseRecording pause_;  // what it computes is no part of the computation
};

}  // namespace reel
