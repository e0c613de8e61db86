// How the tables of a listing are filled.
//
// Read before: listing.h, trace_words.h, columns.h. Read next: profile.cpp.
#include <reel/core/inspect/listing.h>

#include <fmt/format.h>

#include <algorithm>

#include <reel/core/inspect/trace_words.h>
#include <reel/core/runtime/columns.h>

namespace reel {
namespace {

using detail::TraceWords;
using Kind = TraceEvent::Kind;
using Rows = std::vector<std::vector<std::string>>;

// The first ones, and how many there would be more.
std::string table(Rows rows, int lines, const char* what, std::size_t right = 0) {
  const std::size_t most = static_cast<std::size_t>(std::max(lines, 1)) + 1;
  const std::size_t more = rows.size() > most ? rows.size() - most : 0;
  rows.resize(rows.size() - more);
  std::string text = detail::in_columns(rows, right);
  if (more > 0) text += fmt::format("... and {} more {}\n", more, what);
  return text;
}

std::string from(const TraceNode& node, const TraceWords& words) {
  std::string text;
  for (const int input : node.inputs)
    text += (text.empty() ? "" : ", ") + (input < 0 ? std::string("-") : words.name(input));
  return text;
}

std::string nodes(const Trace& trace, const TraceWords& words, const ListingOptions& options) {
  Rows rows{{"node", "name", "op", "from", options.values ? "value" : "shape", "bytes", "watched",
             "layer", "line"}};
  for (std::size_t i = 0; i < trace.nodes().size(); ++i) {
    const TraceNode& node = trace.nodes()[i];
    const std::string number = fmt::format("{}", i);
    const std::string name = words.name(static_cast<int>(i));
    rows.push_back({number, name == number ? "" : name, node.op, from(node, words),
                    options.values ? words.value(node.value) : words.shape(node.value),
                    fmt::format("{}", node.bytes), node.watched ? "yes" : "no",
                    words.path(node.interval), words.place(node.place)});
  }
  return table(std::move(rows), options.lines, "nodes");
}

// "7 + 6 = 13" where there was a sum already; "summed from (32, 3)" where a broadcast was.
std::string sum(const TraceEvent& event, int contribution, const TraceWords& words) {
  std::string text;
  if (event.before_sum >= 0) text = fmt::format("summed from {}", words.shape(event.before_sum));
  if (event.had < 0) return text;
  if (!text.empty()) text += "; ";
  return text + fmt::format("{} + {} = {}", words.value(event.had), words.value(contribution),
                            words.value(event.now));
}

std::string target_names(const TraceEvent& pass, const TraceWords& words) {
  std::string text;
  for (const int node : pass.nodes)
    text += (text.empty() ? "" : ", ") + (node < 0 ? std::string("?") : words.label(node));
  return text;
}

// Of each backward pass: its own event, what arose in it, its totals.
struct Pass {
  const TraceEvent* began;
  std::vector<const TraceEvent*> contributions = {}, totals = {};
};

std::vector<Pass> passes(const Trace& trace) {
  std::vector<Pass> result;  // they are numbered as they began
  for (const TraceEvent& event : trace.events()) {
    if (event.kind == Kind::pass) result.push_back({&event});
    if (event.kind != Kind::seed && event.kind != Kind::backward && event.kind != Kind::total)
      continue;
    Pass& pass = result[static_cast<std::size_t>(event.pass)];
    (event.kind == Kind::total ? pass.totals : pass.contributions).push_back(&event);
  }
  return result;
}

std::string gradients(const Trace& trace, const TraceWords& words, const ListingOptions& options,
                      const Pass& pass) {
  Rows rows{{"of", "by the rule of", "input", "contribution", "sum", "line"}};
  for (const TraceEvent* each : pass.contributions) {
    const TraceEvent& event = *each;
    const bool is_seed = event.kind == Kind::seed;
    const int contribution = is_seed ? event.gradient : event.contribution;
    rows.push_back({event.to < 0 ? "?" : words.label(event.to),
                    is_seed ? "the seed"
                            : fmt::format("{} {}", event.node,
                                          trace.nodes()[static_cast<std::size_t>(event.node)].op),
                    event.input < 0 ? "" : fmt::format("{}", event.input),
                    words.value(contribution), sum(event, contribution, words),
                    words.place(event.place)});
  }
  std::string text = fmt::format("\nbackward pass {}, from {}\n", pass.began->pass,
                                 target_names(*pass.began, words));
  text += table(std::move(rows), options.lines, "contributions");
  Rows totals{{"gradient of", "is", "from reads"}};
  for (const TraceEvent* each : pass.totals) {
    const TraceEvent& event = *each;
    const std::string source =
        event.variable >= 0 ? trace.variables()[static_cast<std::size_t>(event.variable)].name
        : event.node >= 0   ? words.label(event.node)
                            : "?";
    std::string reads;
    for (std::size_t i = 0; i < event.nodes.size(); ++i)
      reads += fmt::format("{}{}: {}", i ? " + " : "", event.nodes[i], words.value(event.parts[i]));
    totals.push_back({source, event.gradient < 0 ? "none" : words.value(event.gradient), reads});
  }
  if (totals.size() > 1)
    text += fmt::format("\n{}", table(std::move(totals), options.lines, "gradients"));
  return text;
}

std::string rest(const Trace& trace, const TraceWords& words, const ListingOptions& options) {
  Rows rows{{"then", "by", "what", "before", "after", "along"}};
  for (const TraceEvent& event : trace.events()) {
    const Kind kind = event.kind;
    if (kind != Kind::loss && kind != Kind::update && kind != Kind::step && kind != Kind::project)
      continue;
    const std::string variable =
        event.variable >= 0 ? trace.variables()[static_cast<std::size_t>(event.variable)].name
                            : std::string();
    const bool inside = kind == Kind::project && event.before == event.after;
    rows.push_back(
        {std::string(name_of(kind)), event.owner,
         kind == Kind::loss
             ? variable.empty() ? event.name : fmt::format("{} of {}", event.name, variable)
         : kind == Kind::project ? fmt::format("{} of {}", event.name, variable)
                                 : variable,
         event.before < 0 ? "" : words.value(event.before),
         inside ? "as it was: inside" : words.value(event.after),
         kind == Kind::step
             ? fmt::format("{}, rate {:.6g}", words.value(event.gradient), event.rate)
             : ""});
  }
  if (rows.size() == 1) return {};
  return fmt::format("\n{}", table(std::move(rows), options.lines, "events"));
}

}  // namespace

std::string listing(const Trace& trace, const ListingOptions& options) {
  const TraceWords words(trace);
  std::string text = nodes(trace, words, options);
  for (const Pass& pass : passes(trace)) text += gradients(trace, words, options, pass);
  return text + rest(trace, words, options);
}

}  // namespace reel
