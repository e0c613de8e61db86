// How a trace is written: one line a value, a node, an event, so that a person may read it, too.
//
// Texts and attributes are configs' (config.h), which know how JSON quotes; the rest is written by
// a small writer. Read before: trace_json.h, trace_sources.h, json_writer.h.
#include <reel/core/inspect/trace_json.h>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <iterator>
#include <span>
#include <string_view>

#include <reel/core/inspect/json_writer.h>
#include <reel/core/inspect/trace_sources.h>
#include <reel/core/io/atomic_file.h>
#include <reel/core/runtime/version.h>

namespace reel {
namespace {

using detail::JsonWriter;

void write_place(JsonWriter& to, const TracePlace& at) {
  to.index("source", at.source);
  to.index("line", at.line);
}

// RFC 4648: three bytes are four characters.
std::string base64(std::span<const std::byte> bytes) {
  constexpr std::string_view digits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    const std::size_t count = std::min<std::size_t>(3, bytes.size() - i);
    std::uint32_t bits = 0;
    for (std::size_t k = 0; k < 3; ++k)
      bits = bits << 8 | (k < count ? std::to_integer<std::uint32_t>(bytes[i + k]) : 0);
    for (std::size_t k = 0; k < 4; ++k)
      text += k <= count ? digits[bits >> (18 - 6 * k) & 63] : '=';
  }
  return text;
}

constexpr Index most_in_a_list = 512;

void write_value(JsonWriter& to, const TraceValue& value) {
  to.line().open('{');
  to.numbers("shape", value.shape);
  to.named("dtype", name_of(value.dtype));
  if (value.whole.defined()) {
    dispatch(value.dtype, [&](auto zero) {
      const auto elements = value.whole.span<const decltype(zero)>();
      if (value.shape.size() <= most_in_a_list)
        to.numbers("data", elements);
      else
        to.key("base64").text(base64(std::as_bytes(elements)));
    });
  } else if (value.described) {
    if (value.nans + value.infinities < value.shape.size()) {
      to.key("least").number(value.least);
      to.key("greatest").number(value.greatest);
      to.key("mean").number(value.mean);
    }
    to.key("nans").number(value.nans);
    to.key("infinities").number(value.infinities);
    to.numbers("histogram", value.histogram);
  }
  to.close('}');
}

void write_variable(JsonWriter& to, const TraceVariable& variable) {
  to.line().open('{');
  to.key("name").text(variable.name);
  to.named("kind", name_of(variable.kind));
  to.key("trainable").raw(variable.trainable ? "true" : "false");
  to.numbers("shape", variable.shape);
  to.named("dtype", name_of(variable.dtype));
  to.numbers("reads", variable.reads);
  to.close('}');
}

void write_interval(JsonWriter& to, const TraceInterval& interval) {
  to.line().open('{');
  to.named("kind", interval.kind);
  to.named("name", interval.name);
  to.named("path", interval.path);
  to.key("outer").number(interval.outer);
  to.key("first").number(interval.first);
  to.key("last").number(interval.last);
  to.close('}');
}

void write_node(JsonWriter& to, const TraceNode& node, const std::string& name) {
  to.line().open('{');
  to.named("op", node.op);
  to.named("name", name);
  to.numbers("inputs", node.inputs);
  to.key("value").number(node.value);
  to.key("watched").raw(node.watched ? "true" : "false");
  write_place(to, node.place);
  to.key("interval").number(node.interval);
  to.key("bytes").number(node.bytes);
  to.nanoseconds("ns", node.seconds);
  to.key("flops").number(node.flops);
  if (!node.attributes.entries().empty()) to.key("attributes").config(node.attributes);
  to.index("variable", node.variable);
  to.index("pass", node.pass);
  to.named("sentence", node.sentence);
  to.named("expression", node.expression);
  to.close('}');
}

// A constraint as its own parameters say what it bounds.
void write_constraint(JsonWriter& to, const TraceEvent& event) {
  to.key("constraint").open('{');
  to.key("name").text(event.name);
  to.key("parameters").config(event.attributes);
  to.close('}');
  if (const ConfigValue* axes = event.attributes.find("axis")) to.key("axes").value(*axes);
  if (const ConfigValue* bound = event.attributes.find("max_value")) to.key("bound").value(*bound);
}

void write_event(JsonWriter& to, const TraceEvent& event, const TracePlace& place) {
  using Kind = TraceEvent::Kind;
  const Kind kind = event.kind;
  to.line().open('{');
  to.named("kind", name_of(kind));
  write_place(to, place);
  to.nanoseconds("ns", event.seconds);
  to.nanoseconds("at", event.at);
  to.index("pass", event.pass);
  if (kind == Kind::pass) {
    to.numbers("targets", event.nodes);
    to.numbers("variables", event.variables);
    to.numbers("tensors", event.tensors);
  }
  if (kind == Kind::total) {
    to.index("tensor", event.node);
    to.numbers("reads", event.nodes);
    to.numbers("parts", event.parts);
  } else {
    to.index("node", event.node);
  }
  if (kind == Kind::backward) {
    to.index("to", event.to);
    to.index("input", event.input);
  }
  to.index("variable", event.variable);
  if (kind == Kind::total)
    to.key("gradient").number(event.gradient);
  else
    to.index("gradient", event.gradient);
  to.index("before_sum", event.before_sum);
  to.index("contribution", event.contribution);
  to.index("had", event.had);
  to.index("now", event.now);
  if (kind == Kind::loss) {
    to.key("owner").text(event.owner);
    to.named("loss", event.name);
    to.index("value", event.after);
  }
  if (kind == Kind::update || kind == Kind::step || kind == Kind::project) {
    to.key(kind == Kind::update ? "owner" : "optimizer").text(event.owner);
    to.index("before", event.before);
    to.index("after", event.after);
  }
  if (kind == Kind::step) {
    to.key("config").config(event.attributes);
    to.key("step").number(event.step);
    to.key("rate").number(event.rate);
  }
  if (kind == Kind::step_end) {
    to.key("optimizer").text(event.owner);
    to.key("step").number(event.step);
  }
  if (kind == Kind::project) {
    write_constraint(to, event);
    to.index("norms_before", event.norms_before);
    to.index("norms_after", event.norms_after);
  }
  to.close('}');
}

template <class Items, class Write>
void write_all(JsonWriter& to, std::string_view name, const Items& items, Write write) {
  to.key(name, "\n").open('[');
  for (const auto& each : items) write(each);
  to.raw("\n");
  to.close(']');
}

}  // namespace

std::string trace_json(const Trace& trace) {
  const auto sources = detail::source_lines(trace);
  const std::vector<std::string> names = detail::names_of_nodes(trace, sources);
  std::string text;
  JsonWriter to(text);
  to.open('{');
  to.key("schema").text("reel.trace/1");
  to.key("title").text(trace.title());
  to.key("made_by").text(fmt::format("reel {}", version()));
  std::size_t number = 0;
  const auto write_source = [&](const std::string& file) {
    to.line().open('{').key("file").text(file);
    to.key("lines");
    if (const auto& lines = sources[number++]) {
      to.open('[');
      for (const std::string& line : *lines) to.line().text(line);
      to.close(']');
    } else {
      to.raw("null");
    }
    to.close('}');
  };
  write_all(to, "sources", trace.sources(), write_source);
  write_all(to, "values", trace.values(), [&](const TraceValue& v) { write_value(to, v); });
  write_all(to, "variables", trace.variables(),
            [&](const TraceVariable& v) { write_variable(to, v); });
  write_all(to, "intervals", trace.intervals(),
            [&](const TraceInterval& i) { write_interval(to, i); });
  number = 0;
  write_all(to, "nodes", trace.nodes(),
            [&](const TraceNode& node) { write_node(to, node, names[number++]); });
  number = 0;
  const std::vector<TracePlace> places = detail::places_of_events(trace, sources);
  write_all(to, "events", trace.events(),
            [&](const TraceEvent& event) { write_event(to, event, places[number++]); });
  to.raw("\n");
  to.close('}');
  to.raw("\n");
  return text;
}

void write_trace(const Trace& trace, const std::filesystem::path& file) {
  write_file(file, trace_json(trace));
}

}  // namespace reel
