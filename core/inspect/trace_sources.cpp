// How the source is read again. It may have changed since, or be elsewhere: then it is not shown.
//
// Read before: trace_sources.h.
#include <reel/core/inspect/trace_sources.h>

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <fstream>
#include <map>
#include <string_view>
#include <utility>

namespace reel::detail {
namespace {

constexpr std::size_t most_lines = 5000;

// The file as the compiler was told, which may be relative to the folder of the build: that is the
// present one, or one around the program.
std::optional<SourceLines> lines_of(const std::filesystem::path& file) {
  std::error_code none;
  std::filesystem::path folder = std::filesystem::read_symlink("/proc/self/exe", none);
  for (std::filesystem::path path = file;; path = folder / file) {
    if (std::ifstream in; std::filesystem::is_regular_file(path, none) && (in.open(path), in)) {
      SourceLines lines;
      for (std::string line; lines.size() < most_lines && std::getline(in, line);)
        lines.push_back(std::move(line));
      return lines;
    }
    if (file.is_absolute() || !folder.has_relative_path()) return std::nullopt;
    folder = folder.parent_path();
  }
}

bool is_of_name(char c) { return std::isalnum(static_cast<unsigned char>(c)) || c == '_'; }

// Whether " b = w / 2" comes.
bool begins_with_assignment(std::string_view text) {
  const auto skip = [&](auto is) {
    std::size_t count = 0;
    while (count < text.size() && is(text[count])) ++count;
    text.remove_prefix(count);
    return count > 0;
  };
  const auto is_blank = [](char c) { return c == ' '; };
  skip(is_blank);
  const bool has_name = skip(is_of_name);
  skip(is_blank);
  return has_name && text.starts_with('=') && !text.starts_with("==");
}

// The part of a line that declares or assigns last: `c = w / 2;` of `a = w, b = f(a, w); c = w /
// 2;`.
std::string_view last_assignment(std::string_view line) {
  std::size_t begin = 0, next = 0;  // of the part that the line would end with, of the one after it
  int depth = 0;                    // of brackets
  char quote = 0;
  for (std::size_t i = 0; i < line.size(); ++i) {
    const char c = line[i];
    if (quote) {
      if (c == '\\') ++i;
      if (c == quote) quote = 0;
      continue;
    }
    if (c == '/' && i + 1 < line.size() && line[i + 1] == '/') break;
    if (c == '"') quote = c;
    depth += c == '(' || c == '[' || c == '{';
    depth -= c == ')' || c == ']' || c == '}';
    if (c == ';' || (c == ',' && depth == 0 && begins_with_assignment(line.substr(i + 1))))
      next = i + 1;
    else if (c != ' ')
      begin = next;
  }
  return line.substr(begin);
}

// "h" of `const Tensor h = w * x;`; empty where it is not one name that is assigned.
std::string assigned_name(std::string_view line) {
  line = last_assignment(line);
  const std::size_t equals = line.find('=');
  if (equals == std::string_view::npos || equals == 0 || line.substr(equals).starts_with("=="))
    return {};
  std::string_view left = line.substr(0, equals);
  if (left.find_first_of("([{.<>!+-*/|&^%\"'") != std::string_view::npos) return {};
  while (!left.empty() && left.back() == ' ') left.remove_suffix(1);
  std::size_t begin = left.size();
  while (begin > 0 && is_of_name(left[begin - 1])) --begin;
  return std::string(left.substr(begin));
}

}  // namespace

std::vector<std::optional<SourceLines>> source_lines(const Trace& trace) {
  std::vector<std::optional<SourceLines>> result;
  for (const std::string& file : trace.sources()) result.push_back(lines_of(file));
  return result;
}

std::vector<std::string> names_of_nodes(const Trace& trace,
                                        const std::vector<std::optional<SourceLines>>& sources) {
  std::vector<std::string> names(trace.nodes().size());
  std::map<std::pair<int, int>, std::size_t> last_of_line;
  for (std::size_t i = 0; i < names.size(); ++i) {
    const TraceNode& node = trace.nodes()[i];
    if (node.variable >= 0)
      names[i] = trace.variables()[static_cast<std::size_t>(node.variable)].name;
    else if (node.pass < 0 && !node.inputs.empty() && node.place.source >= 0)
      last_of_line[{node.place.source, node.place.line}] = i;
  }
  for (const auto& [place, node] : last_of_line) {
    const auto& lines = sources[static_cast<std::size_t>(place.first)];
    const auto line = static_cast<std::size_t>(place.second) - 1;
    if (lines && line < lines->size()) names[node] = assigned_name((*lines)[line]);
  }
  return names;
}

namespace {

// What the source calls where such an event comes from; empty for one that has a place.
std::string_view call_of(TraceEvent::Kind kind) {
  using Kind = TraceEvent::Kind;
  switch (kind) {
    case Kind::pass:
    case Kind::seed:
    case Kind::total:
    case Kind::pass_end:
      return ".gradient(";
    case Kind::step:
    case Kind::project:
    case Kind::step_end:
      return ".apply_gradients(";
    case Kind::update:
      return ".apply_updates(";
    default:
      return {};
  }
}

TracePlace place_below(TracePlace place, std::string_view call,
                       const std::vector<std::optional<SourceLines>>& sources) {
  constexpr int near = 12;
  if (place.source < 0) return {};
  const auto& lines = sources[static_cast<std::size_t>(place.source)];
  for (int line = place.line; lines && line < place.line + near; ++line)
    if (const auto i = static_cast<std::size_t>(line) - 1;
        i < lines->size() && (*lines)[i].find(call) != std::string::npos)
      return {place.source, line};
  return {};
}

}  // namespace

std::vector<TracePlace> places_of_events(const Trace& trace,
                                         const std::vector<std::optional<SourceLines>>& sources) {
  std::vector<TracePlace> places;
  TracePlace last;  // on the way forward
  for (const TraceEvent& event : trace.events()) {
    if (event.kind == TraceEvent::Kind::forward && event.place.source >= 0) last = event.place;
    const std::string_view call = call_of(event.kind);
    places.push_back(call.empty() ? event.place : place_below(last, call, sources));
  }
  return places;
}

}  // namespace reel::detail
