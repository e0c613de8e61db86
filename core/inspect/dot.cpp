// How a graph is written: nodes inside of the clusters of their intervals, then edges.
//
// Intervals are nested, so clusters are; a node stands in its innermost one. What gradients passed
// along is drawn in another colour. Read before: dot.h, trace_words.h.
#include <reel/core/inspect/dot.h>

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <map>
#include <set>

#include <reel/core/error.h>
#include <reel/core/inspect/trace_words.h>

namespace reel {
namespace {

// With a mark for each byte that is no UTF-8: for one alone graphviz takes all labels for Latin-1.
std::string in_utf8(const std::string& text) {
  const auto is_ascii = [](char c) { return static_cast<unsigned char>(c) < 0x80; };
  if (std::ranges::all_of(text, is_ascii)) return text;
  const Config marked = Config::from_json(Config{{"text", text}}.json());
  return *marked["text"].get<std::string>();
}

// In quotes, as DOT has them: quotes, backslashes and line ends are special, and what is "&lt;" in
// HTML. Graphviz takes up to 16,384 bytes.
std::string quoted(const std::string& text) {
  std::string result = "\"";
  for (const char c : in_utf8(detail::shortened(text))) {
    if (c == '"' || c == '\\') result += '\\';
    if (c == '\n')
      result += "\\n";
    else if (c == '&')
      result += "&#38;";
    else if (static_cast<unsigned char>(c) >= 0x20)
      result += c;
  }
  return result + '"';
}

class Drawing {
 public:
  Drawing(const Trace& trace, const DotOptions& options)
      : trace_(trace), options_(options), words_(trace) {
    for (std::size_t i = 0; i < trace.nodes().size(); ++i)
      members_[trace.nodes()[i].interval].push_back(static_cast<int>(i));
    for (std::size_t i = 0; i < trace.intervals().size(); ++i)
      inner_[trace.intervals()[i].outer].push_back(static_cast<int>(i));
    for (const TraceEvent& event : trace.events()) {
      if (event.kind == TraceEvent::Kind::pass) {
        gradients_.clear();
        carried_.clear();
      }
      if (event.now >= 0 && event.to >= 0) gradients_[event.to] = event.now;
      if (event.kind == TraceEvent::Kind::backward) carried_.insert({event.to, event.node});
    }
  }

  std::string str() {
    line("digraph tape {{");
    line("  node [shape=box, style=\"rounded,filled\", fillcolor=white, fontname=\"sans-serif\"];");
    line("  edge [color=gray40];");
    cluster(-1);
    for (std::size_t i = 0; i < trace_.nodes().size(); ++i)
      for (const int from : trace_.nodes()[i].inputs)
        if (from >= 0)
          line(
              "  n{} -> n{}{};", from, i,
              carried_.contains({from, static_cast<int>(i)}) ? " [color=orangered, dir=both]" : "");
    line("}}");
    return text_;
  }

 private:
  template <class... Args>
  void line(fmt::format_string<Args...> format, Args&&... args) {
    fmt::format_to(std::back_inserter(text_), format, std::forward<Args>(args)...);
    text_ += '\n';
  }

  void cluster(int interval) {
    for (const int node : members_[interval]) line("  n{} [{}];", node, attributes(node));
    for (const int inner : inner_[interval]) {
      const TraceInterval& each = trace_.intervals()[static_cast<std::size_t>(inner)];
      if (each.last < each.first) continue;
      line("  subgraph cluster_{} {{", inner);
      line("  label={}; style=rounded; color=gray70;", quoted(each.path));
      cluster(inner);
      line("  }}");
    }
  }

  std::string attributes(int number) const {
    const TraceNode& node = trace_.nodes()[static_cast<std::size_t>(number)];
    std::string label = fmt::format("{}\n{}", words_.label(number), node.op);
    if (options_.values) label += fmt::format("\n{}", words_.value(node.value));
    const auto gradient = gradients_.find(number);
    if (options_.gradients && gradient != gradients_.end())
      label += fmt::format("\ngradient {}", words_.value(gradient->second));
    const char* fill = node.variable >= 0 ? ", fillcolor=lightblue"
                       : node.watched     ? ""
                                          : ", fillcolor=gray92";
    return fmt::format("label={}{}", quoted(label), fill);
  }

  const Trace& trace_;
  const DotOptions options_;
  const detail::TraceWords words_;
  std::map<int, std::vector<int>> members_, inner_;  // of intervals: nodes, intervals
  std::map<int, int> gradients_;                     // of nodes: values
  std::set<std::pair<int, int>> carried_;            // edges that a gradient went along
  std::string text_;
};

}  // namespace

std::string dot(const Trace& trace, const DotOptions& options) {
  return Drawing(trace, options).str();
}

}  // namespace reel
