// A trace as text for the terminal: what was recorded, and in which order gradients arose.
//
// Read before: trace.h. Read next: listing.cpp, profile.h.
#pragma once

#include <string>

#include <reel/core/inspect/trace.h>

namespace reel {

struct ListingOptions {
  /// Lines of a table at most; what is left out is counted.
  int lines = 1000;
  bool values = true;  ///< whether small values stand beside their shapes
};

/// Tables: the nodes (number, name, op, from what, shape or value, bytes, watched or not, line);
/// then, for each backward pass, the contributions in the order in which they arose, with the sum
/// at a node that had one already; then losses, updates, steps and projections.
///   fmt::print("{}", listing(trace));
std::string listing(const Trace& trace, const ListingOptions& options = {});

}  // namespace reel
