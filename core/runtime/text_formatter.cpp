// Writing a text with a format spec that was kept for it.
//
// Without a spec, as in nearly every message, the text is copied and fmt need not parse anything.
// With one, a format string is put together around it ("{:>12}") and fmt reads that, so widths and
// fills mean for a shape what they mean for a string. Price: a short string is made each time.
// Read before: text_formatter.h. Read next: dtype.h, shape.h.
#include <reel/core/runtime/text_formatter.h>

#include <fmt/format.h>

#include <algorithm>

namespace reel::detail {

fmt::format_context::iterator TextFormatter::write(std::string_view text,
                                                   fmt::format_context& context) const {
  if (spec_.empty()) return std::copy(text.begin(), text.end(), context.out());
  return fmt::vformat_to(context.out(), fmt::format("{{:{}}}", spec_), fmt::make_format_args(text));
}

}  // namespace reel::detail
