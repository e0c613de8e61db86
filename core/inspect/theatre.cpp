// How traces are put into the page: as JSON that cannot end its element.
//
// Read before: theatre.h, theatre/embed.py.
#include <reel/core/inspect/theatre.h>

#include <span>
#include <string_view>

#include <reel/core/inspect/trace_json.h>
#include <reel/core/io/atomic_file.h>

namespace reel {
namespace detail {

// Written by theatre/embed.py: what stands before the traces and after them.
std::span<const std::string_view> theatre_before();
std::span<const std::string_view> theatre_after();

}  // namespace detail

namespace {

void append_trace(std::string& page, const Trace& trace, std::string_view id) {
  page += "<script type=\"application/json\" id=\"";
  page += id;
  page += "\">";
  for (const char c : trace_json(trace))
    if (c == '<')
      page += "\\u003c";
    else
      page += c;
  page += "</script>\n";
}

std::string page_of(const Trace& trace, const Trace* second) {
  std::string page;
  for (const std::string_view part : detail::theatre_before()) page += part;
  append_trace(page, trace, "trace");
  if (second) append_trace(page, *second, "trace2");
  for (const std::string_view part : detail::theatre_after()) page += part;
  return page;
}

}  // namespace

std::string theatre_page(const Trace& trace) { return page_of(trace, nullptr); }
std::string theatre_page(const Trace& trace, const Trace& second) {
  return page_of(trace, &second);
}

void theatre(const Trace& trace, const std::filesystem::path& file) {
  write_file(file, theatre_page(trace));
}
void theatre(const Trace& trace, const Trace& second, const std::filesystem::path& file) {
  write_file(file, theatre_page(trace, second));
}

}  // namespace reel
