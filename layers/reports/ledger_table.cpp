#include <reel/layers/reports/ledger_table.h>

#include <fmt/format.h>

#include <algorithm>
#include <ostream>

namespace reel {
namespace {

using Row = std::vector<std::string>;

// Columns as wide as their longest cell; the last `right` ones are flush right.
std::string aligned(const std::vector<Row>& rows, std::size_t right) {
  std::vector<std::size_t> widths(rows[0].size());
  for (const Row& row : rows)
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
  std::string text;
  for (const Row& row : rows) {
    std::string line;
    for (std::size_t i = 0; i < row.size(); ++i)
      line += i + right < row.size() ? fmt::format("{:<{}}  ", row[i], widths[i])
                                     : fmt::format("{:>{}}  ", row[i], widths[i]);
    text += line.substr(0, line.find_last_not_of(' ') + 1) + "\n";
  }
  return text;
}

}  // namespace

std::string LedgerTable::str() const {
  const auto count = [](std::size_t n, const char* one, const char* several) {
    return fmt::format("{} {}", n, n == 1 ? one : several);
  };
  std::string text =
      fmt::format("{}: {}, total {:.6g}; {}\n", name, count(losses.size(), "loss", "losses"), total,
                  count(updates.size(), "update", "updates"));
  if (!losses.empty()) {
    std::vector<Row> rows{{"loss", "owner", "conditional on", "value", "share"}};
    for (const LedgerLoss& loss : losses)
      rows.push_back(
          {loss.name, loss.owner, loss.conditional_on.empty() ? "-" : loss.conditional_on,
           fmt::format("{:.6g}", loss.value), fmt::format("{:.1f} %", 100 * loss.share)});
    text += aligned(rows, 2);
  }
  if (updates.empty()) return text;
  std::vector<Row> rows{{"update", "owner", "applied"}};
  std::size_t waiting = 0;
  for (const LedgerUpdate& update : updates) {
    rows.push_back({update.variable.name(), update.owner, update.applied ? "yes" : "no"});
    waiting += !update.applied;
  }
  text += aligned(rows, 0);
  if (waiting > 0)
    text += fmt::format("{} not applied: call apply_updates() on {}\n",
                        count(waiting, "update", "updates"), name);
  return text;
}

std::ostream& operator<<(std::ostream& out, const LedgerTable& table) { return out << table.str(); }

}  // namespace reel

fmt::format_context::iterator fmt::formatter<reel::LedgerTable>::format(
    const reel::LedgerTable& table, format_context& context) const {
  return write(table.str(), context);
}
