// Words for the parts of a trace, which its readers share: labels, places, short values.
//
// Internal. Read before: trace_sources.h. Read next: listing.cpp, dot.cpp.
#pragma once

#include <string>
#include <vector>

#include <reel/core/inspect/trace.h>
#include <reel/core/inspect/trace_sources.h>

namespace reel::detail {

class TraceWords {
 public:
  explicit TraceWords(const Trace& trace);

  /// "h", or "3" for node 3 when nothing else is known.
  std::string name(int node) const;
  /// "3 h": the number and the name, if there is one.
  std::string label(int node) const;
  /// "7", "[1, 2, 3]", or the shape "(32, 28, 28)"; with its range for what is not kept.
  std::string value(int value) const;
  std::string shape(int value) const;
  /// "cnn.cpp:12", or nothing.
  std::string place(const TracePlace& place) const;
  /// The scope of an interval, and of the nodes in it.
  std::string path(int interval) const;
  const std::vector<std::optional<SourceLines>>& sources() const { return sources_; }

 private:
  const Trace& trace_;
  const std::vector<std::optional<SourceLines>> sources_;
  const std::vector<std::string> names_;
};

/// "1.2 kB"; "3.4 us"; "5.6 G" of what is counted.
std::string bytes_text(double bytes);
std::string time_text(double seconds);

}  // namespace reel::detail
