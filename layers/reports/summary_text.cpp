// A summary as text: names and shapes to the left, numbers to the right of their columns.
#include <fmt/format.h>

#include <algorithm>
#include <ostream>

#include <reel/core/runtime/columns.h>
#include <reel/layers/reports/summary.h>

namespace reel {
namespace {

// 1234567 as 1,234,567.
std::string grouped(Index number) {
  std::string digits = fmt::format("{}", number);
  for (int i = static_cast<int>(digits.size()) - 3; i > 0; i -= 3)
    digits.insert(digits.begin() + i, ',');
  return digits;
}

// Three digits and a unit: 89.4 k.
std::string rounded(Index number, double step, std::initializer_list<const char*> units) {
  auto value = static_cast<double>(number);
  const char* const* unit = units.begin();
  for (; value >= 999.5 && unit + 1 != units.end(); ++unit) value /= step;
  if (unit == units.begin()) return fmt::format("{} {}", number, *unit);
  return fmt::format("{:.{}f} {}", value, value < 9.995 ? 2 : value < 99.95 ? 1 : 0, *unit);
}

std::string flops_text(Index flops) { return rounded(flops, 1000, {" ", "k", "M", "G", "T"}); }
std::string bytes_text(Index bytes) {
  return rounded(bytes, 1024, {"  B", "KiB", "MiB", "GiB", "TiB"});
}

using Line = std::vector<std::string>;

void append_lines(const SummaryRow& row, std::vector<Line>& lines) {
  const std::string indent(2 * static_cast<std::size_t>(std::max(0, row.depth - 1)), ' ');
  Line line{indent + row.name,      "not called", grouped(row.parameters),
            grouped(row.trainable), "",           ""};
  if (row.output) {
    line[1] = row.output->str();
    line[4] = row.flops ? flops_text(*row.flops) : "?  ";
    line[5] = bytes_text(row.bytes);
  }
  lines.push_back(line);
  if (row.folded)
    lines.push_back({indent + "  folded", "", grouped(row.folded->parameters), "",
                     flops_text(row.folded->flops), ""});
}

}  // namespace

std::string Summary::str() const {
  std::vector<Line> lines{{"layer", "output", "parameters", "trainable", "FLOPs", "bytes"}};
  for (const SummaryRow& row : rows) {
    const bool is_net = row.depth == 0 && rows.size() > 1;
    if (!is_net || row.parameters > 0) append_lines(row, lines);  // else the title names it
  }
  lines.push_back(
      {"total", "", grouped(parameters), grouped(trainable), flops_text(flops), bytes_text(bytes)});
  if (folded)
    lines.push_back(
        {"  folded", "", grouped(folded->parameters), "", flops_text(folded->flops), ""});
  const bool one_image = input.rank() > 0 && input[0] == Shape::unknown;
  return fmt::format(
      "{}: input {}\n{}FLOPs (a multiply-add is 2) and bytes of results: {}, forward\n", name,
      input, detail::in_columns(lines, 4), one_image ? "one image" : "this input");
}

std::ostream& operator<<(std::ostream& out, const Summary& summary) { return out << summary.str(); }

}  // namespace reel
