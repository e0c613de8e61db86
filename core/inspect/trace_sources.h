// The user's source as a trace shows it: lines of the files, and names of results.
//
// Read before: trace.h. Read next: trace_sources.cpp, trace_json.h.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include <reel/core/inspect/trace.h>

namespace reel::detail {

using SourceLines = std::vector<std::string>;

/// The lines of each of the trace's files; none where the file is not there (any more).
std::vector<std::optional<SourceLines>> source_lines(const Trace& trace);

/// A name for each node, empty where none is known: of a read its variable; of the last op of a
/// line what the line assigns (`const Tensor h = w * x;` gives h).
std::vector<std::string> names_of_nodes(const Trace& trace,
                                        const std::vector<std::optional<SourceLines>>& sources);

/// The places of the trace's events. Calls of a tape, an optimizer or a layer's updates bring none
/// along: of these it is the line that makes such a call, near below what was computed last.
std::vector<TracePlace> places_of_events(const Trace& trace,
                                         const std::vector<std::optional<SourceLines>>& sources);

}  // namespace reel::detail
