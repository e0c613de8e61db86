#include <reel/core/runtime/columns.h>

#include <fmt/core.h>

#include <algorithm>

namespace reel::detail {
namespace {

constexpr std::size_t most_bytes = 160;

// In one line, and no command to a terminal.
std::string in_one_line(std::string text) {
  const auto is_control = [](unsigned char c) { return c < 0x20 || c == 0x7f; };
  if (std::none_of(text.begin(), text.end(), is_control)) return text;
  std::string shown;
  for (const char c : text)
    if (c == '\n')
      shown += "\\n";
    else if (is_control(static_cast<unsigned char>(c)))
      shown += fmt::format("\\x{:02x}", c);
    else
      shown += c;
  return shown;
}

// No letter in UTF-8 is cut in two.
std::string cut(std::string text) {
  if (text.size() <= most_bytes) return text;
  std::size_t end = most_bytes - 3;
  while (end > most_bytes - 7 && (text[end] & 0xc0) == 0x80) --end;
  return fmt::format("{}...", std::string_view(text).substr(0, end));
}

// In columns of a terminal, as fmt counts them when it fills up.
std::size_t width_of(const std::string& cell) {
  return 2 * cell.size() - fmt::format("{:<{}}", cell, cell.size()).size();
}

}  // namespace

std::string in_columns(const std::vector<std::vector<std::string>>& rows, std::size_t right) {
  const std::size_t count = rows.at(0).size();
  std::vector<std::vector<std::string>> cells = rows;
  std::vector<std::size_t> widths(count);
  for (auto& row : cells)
    for (std::size_t i = 0; i < count; ++i) {
      row[i] = in_one_line(std::move(row[i]));
      if (i + 1 < count) row[i] = cut(std::move(row[i]));
      widths[i] = std::max(widths[i], width_of(row[i]));
    }
  std::string text;
  for (const auto& row : cells) {
    std::string line;
    for (std::size_t i = 0; i < count; ++i) {
      const bool fills_left = i + right >= count;
      if (!fills_left && i + 1 == count)
        line += row[i];
      else
        line += fills_left ? fmt::format("{:>{}}  ", row[i], widths[i])
                           : fmt::format("{:<{}}  ", row[i], widths[i]);
    }
    text += line.substr(0, line.find_last_not_of(' ') + 1) + "\n";
  }
  return text;
}

}  // namespace reel::detail
