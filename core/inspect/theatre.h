// Tape Theatre: a trace as one page that steps through it, forward and back, for a browser.
//
//   theatre(trace, "tape.html");
//
// The page holds all that it needs and asks for nothing: it works without a network. It shows the
// graph with layers as boxes, the source with its line lit, each step as a sentence and as an
// equation with its numbers, and of a convolution the window behind a cell. Its parts stand in
// core/inspect/theatre/ and are embedded by the build. Read before: trace_json.h. Read next:
// theatre.cpp, theatre/page.html.
#pragma once

#include <filesystem>
#include <string>

#include <reel/core/inspect/trace.h>

namespace reel {

/// The page as text; with a second trace, two steps can be compared.
std::string theatre_page(const Trace& trace);
std::string theatre_page(const Trace& trace, const Trace& second);

/// The same into a file, which is replaced as a whole. IoError.
void theatre(const Trace& trace, const std::filesystem::path& file);
void theatre(const Trace& trace, const Trace& second, const std::filesystem::path& file);

}  // namespace reel
