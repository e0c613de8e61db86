// A trace as a graph in the DOT language, which graphviz draws: `dot -Tsvg tape.dot -o tape.svg`.
//
// Nodes carry their names, ops, values and, after a backward pass, gradients; layers and functions
// are clusters. Read before: trace.h. Read next: dot.cpp.
#pragma once

#include <string>

#include <reel/core/inspect/trace.h>

namespace reel {

struct DotOptions {
  bool values = true;     ///< small values, or shapes
  bool gradients = true;  ///< of the last backward pass
};

/// The DOT text.
std::string dot(const Trace& trace, const DotOptions& options = {});

}  // namespace reel
