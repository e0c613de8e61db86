// TracedStep: one training step of a program, traced from outside of its loop.
//
//   const TracedStep traced({.file = "tape.html", .step = 3});   // before the loop, or `fit`
//
// A training step is an outermost tape of this thread that was asked for a gradient, with what
// follows until the next one begins: the optimizer's step, updates. The file is written then, or
// when this object goes. REEL_TRACE=FILE in the environment does the same for the first thread of
// any program that opens a tape, REEL_TRACE_STEP=N for another step than the first; what fails then
// is a warning. A child of fork leaves the file to its parent. Price: until the step comes a tape
// is only counted. Read before: trace.h. Read next: traced_step.cpp.
#pragma once

#include <filesystem>
#include <memory>

#include <reel/core/inspect/trace.h>

namespace reel {

struct TracedStepOptions {
  /// By its ending: .html is the theatre (theatre.h), .json the trace (trace_json.h), .dot a graph
  /// (dot.h), .txt the listing (listing.h); empty: nothing is traced.
  std::filesystem::path file = {};
  Index step = 1;  ///< which training step, from 1
  TraceOptions trace = {};
};

class TracedStep {
 public:
  /// ValueError for another ending, a step below 1, or options that no trace takes; IoError for a
  /// file that cannot be written.
  explicit TracedStep(const TracedStepOptions& options);
  explicit TracedStep(EmptyBraces) : TracedStep(TracedStepOptions()) {}
  /// Writes the file if the step was the last, on the thread that made it.
  ~TracedStep();
  TracedStep(const TracedStep&) = delete;
  TracedStep& operator=(const TracedStep&) = delete;

  /// Whether the file was written.
  bool written() const;

 private:
  class Waiting;
  std::unique_ptr<Waiting> waiting_;
};

}  // namespace reel
