// Where the time of traced steps went: by op and by layer.
//
//   Trace trace({.budget = 0});                  // no values: less to do in between
//   for (...) { Tape tape({.trace = &trace}); ... }
//   fmt::print("{}", profile(trace));
//
// Times are those between what the trace is told (trace.h): an op's from the end of the one before
// it, so ops of a microsecond and what a program does between ops are mixed. Read before: trace.h.
// Read next: profile.cpp, chrome_trace.h.
#pragma once

#include <iosfwd>
#include <string>
#include <vector>

#include <reel/core/inspect/trace.h>
#include <reel/core/runtime/text_formatter.h>

namespace reel {

/// What ops of one name, or of one layer, took in all steps.
struct ProfileRow {
  std::string name;
  Index calls = 0;      ///< ops run
  double forward = 0;   ///< seconds
  double backward = 0;  ///< seconds, of their gradient rules
  double bytes = 0;     ///< of their results
  double flops = 0;     ///< forward
  double seconds() const { return forward + backward; }
};

struct Profile {
  std::vector<ProfileRow> ops;     ///< by name, the longest first
  std::vector<ProfileRow> layers;  ///< by path, "" outside of layers, the longest first
  double seconds = 0;              ///< all that is in the tables, and the steps of optimizers
  double optimizer = 0;            ///< seconds in steps of optimizers and in updates
  int computations = 0;            ///< outermost tapes
  /// Two tables: calls, time forward and back, bytes, GFLOP/s forward, share of the time; each for
  /// one computation.
  std::string str() const;
};

/// Of all that the trace holds.
Profile profile(const Trace& trace);

std::ostream& operator<<(std::ostream& out, const Profile& profile);

}  // namespace reel

template <>
struct fmt::formatter<reel::Profile> : reel::detail::StrFormatter<reel::Profile> {};
