// Which event of the trace becomes which bar. The event's time ends where it was told.
//
// Source of the format: "Trace Event Format" (Google, 2016). Read before: chrome_trace.h.
#include <reel/core/inspect/chrome_trace.h>

#include <fmt/format.h>

#include <algorithm>

#include <reel/core/inspect/trace_words.h>

namespace reel {
namespace {

constexpr int row_of_layers = 1, row_of_ops = 2, row_of_rules = 3;

class Bars {
 public:
  explicit Bars(const Trace& trace) : trace_(trace), words_(trace) {}

  std::string str() {
    name_row(row_of_layers, "layers and functions");
    name_row(row_of_ops, "ops");
    name_row(row_of_rules, "gradients and steps");
    std::vector<std::pair<double, double>> spans(trace_.intervals().size(), {-1, -1});
    for (const TraceEvent& event : trace_.events()) {
      if (event.kind == TraceEvent::Kind::forward) {
        op(event);
        widen(spans, event);
      } else if (event.seconds > 0) {
        rule(event);
      }
    }
    for (std::size_t i = 0; i < spans.size(); ++i)
      if (spans[i].first >= 0)
        bar(row_of_layers, trace_.intervals()[i].path, spans[i].first,
            spans[i].second - spans[i].first, Config{{"kind", trace_.intervals()[i].kind}});
    return "{\"displayTimeUnit\": \"ns\", \"traceEvents\": [" + text_ + "\n]}\n";
  }

 private:
  void add(const Config& event) { text_ += (text_.empty() ? "\n" : ",\n") + event.json(); }

  void name_row(int row, const char* name) {
    add({{"name", "thread_name"},
         {"ph", "M"},
         {"pid", 1},
         {"tid", row},
         {"args", Config{{"name", name}}}});
  }

  void bar(int row, const std::string& name, double begin, double seconds, const Config& args) {
    add({{"name", name},
         {"ph", "X"},
         {"pid", 1},
         {"tid", row},
         {"ts", begin * 1e6},
         {"dur", seconds * 1e6},
         {"args", args}});
  }

  Config args(const TraceEvent& event, int node_number) const {
    const TraceNode& node = trace_.nodes()[static_cast<std::size_t>(node_number)];
    return {{"node", node_number},
            {"shape", words_.shape(node.value)},
            {"layer", words_.path(node.interval)},
            {"place", words_.place(event.place)},
            {"flops", node.flops}};
  }

  void op(const TraceEvent& event) {
    const TraceNode& node = trace_.nodes()[static_cast<std::size_t>(event.node)];
    bar(row_of_ops, node.op, event.at - event.seconds, event.seconds, args(event, event.node));
  }

  void rule(const TraceEvent& event) {
    std::string name(name_of(event.kind));
    Config arguments;
    if (event.kind == TraceEvent::Kind::backward) {
      name = "gradient of " + trace_.nodes()[static_cast<std::size_t>(event.node)].op;
      arguments = args(event, event.node);
    } else if (event.variable >= 0) {
      name += " " + trace_.variables()[static_cast<std::size_t>(event.variable)].name;
    }
    bar(row_of_rules, name, event.at - event.seconds, event.seconds, arguments);
  }

  void widen(std::vector<std::pair<double, double>>& spans, const TraceEvent& event) const {
    int i = trace_.nodes()[static_cast<std::size_t>(event.node)].interval;
    for (; i >= 0; i = trace_.intervals()[static_cast<std::size_t>(i)].outer) {
      auto& [begin, end] = spans[static_cast<std::size_t>(i)];
      begin = begin < 0 ? event.at - event.seconds : std::min(begin, event.at - event.seconds);
      end = std::max(end, event.at);
    }
  }

  const Trace& trace_;
  const detail::TraceWords words_;
  std::string text_;
};

}  // namespace

std::string chrome_trace(const Trace& trace) { return Bars(trace).str(); }

}  // namespace reel
