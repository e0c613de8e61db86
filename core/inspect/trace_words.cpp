// Read before: trace_words.h.
#include <reel/core/inspect/trace_words.h>

#include <fmt/format.h>

#include <filesystem>

namespace reel::detail {
namespace {

constexpr Index most_elements = 4;  // of a value that stands in a line

std::string number(double x) { return fmt::format("{:.6g}", x); }

// Of what is not shown, " from -1 to 1, 2 nan".
std::string range(const TraceValue& v) {
  std::string text;
  if (v.nans + v.infinities < v.shape.size())
    text = fmt::format(" from {} to {}", number(v.least), number(v.greatest));
  if (v.infinities > 0) text += fmt::format(", {} infinite", v.infinities);
  if (v.nans > 0) text += fmt::format(", {} nan", v.nans);
  return text;
}

}  // namespace

TraceWords::TraceWords(const Trace& trace)
    : trace_(trace), sources_(source_lines(trace)), names_(names_of_nodes(trace, sources_)) {}

std::string TraceWords::name(int node) const {
  const std::string& name = names_[static_cast<std::size_t>(node)];
  return name.empty() ? fmt::format("{}", node) : name;
}

std::string TraceWords::label(int node) const {
  const std::string& name = names_[static_cast<std::size_t>(node)];
  return name.empty() ? fmt::format("{}", node) : fmt::format("{} {}", node, name);
}

std::string TraceWords::shape(int value) const {
  return value < 0 ? std::string("?")
                   : trace_.values()[static_cast<std::size_t>(value)].shape.str();
}

std::string TraceWords::value(int value) const {
  if (value < 0) return "?";
  const TraceValue& v = trace_.values()[static_cast<std::size_t>(value)];
  if (!v.whole.defined() && !v.described) return v.shape.str();
  if (!v.whole.defined()) return fmt::format("{}{}", v.shape, range(v));
  if (v.shape.size() > most_elements) return v.shape.str();
  const std::vector<double> elements = v.whole.to_vector();
  if (v.shape.rank() == 0) return number(elements[0]);
  std::string text;
  for (const double x : elements) text += (text.empty() ? "" : ", ") + number(x);
  return v.shape.rank() == 1 ? "[" + text + "]" : fmt::format("{} of {}", text, v.shape);
}

std::string TraceWords::place(const TracePlace& place) const {
  if (place.source < 0) return {};
  const std::filesystem::path file = trace_.sources()[static_cast<std::size_t>(place.source)];
  return fmt::format("{}:{}", file.filename().string(), place.line);
}

std::string TraceWords::path(int interval) const {
  return interval < 0 ? std::string() : trace_.intervals()[static_cast<std::size_t>(interval)].path;
}

namespace {

std::string in_units(double x, std::initializer_list<const char*> units, double step) {
  auto unit = units.begin();
  while (x >= step && unit + 1 != units.end()) {
    x /= step;
    ++unit;
  }
  return x < 10 && unit != units.begin() ? fmt::format("{:.1f} {}", x, *unit)
                                         : fmt::format("{:.0f} {}", x, *unit);
}

}  // namespace

std::string bytes_text(double bytes) { return in_units(bytes, {"B", "kB", "MB", "GB"}, 1000); }
std::string time_text(double seconds) {
  return in_units(seconds * 1e9, {"ns", "us", "ms", "s"}, 1000);
}

}  // namespace reel::detail
