// A trace as the events that Chromium's about:tracing and Perfetto draw on a time line.
//
// Three rows: layers and functions, ops forward, rules backward with steps and projections.
// Read before: trace.h. Read next: chrome_trace.cpp.
#pragma once

#include <string>

#include <reel/core/inspect/trace.h>

namespace reel {

/// JSON in the trace event format: {"traceEvents": [...]}, complete events ("ph": "X") with times
/// in microseconds; arguments are shapes, layers, places and FLOPs.
std::string chrome_trace(const Trace& trace);

}  // namespace reel
