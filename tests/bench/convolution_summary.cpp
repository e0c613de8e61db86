// What rows come to together. Read before: convolution_report.h.
#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "convolution_report.h"
#include "workload_text.h"

namespace {

constexpr double tie = 0.95;  // from here on a row counts as not slower

struct Group {
  std::string title;
  std::vector<const Row*> rows;
};

/// Groups in the order of their first rows.
class Groups {
 public:
  void add(const std::string& title, const Row& row) {
    const auto found = std::find_if(all.begin(), all.end(),
                                    [&](const Group& group) { return group.title == title; });
    if (found != all.end())
      found->rows.push_back(&row);
    else
      all.push_back({title, {&row}});
  }
  std::vector<Group> all;
};

std::string threads_text(int threads) {
  return fmt::format("{} thread{}", threads, threads == 1 ? "" : "s");
}

std::string mean_text(const std::vector<double>& ratios) {
  double sum = 0;
  for (double ratio : ratios) sum += std::log(ratio);
  return fmt::format("{:.2f}", std::exp(sum / static_cast<double>(ratios.size())));
}

void print_group(const Group& group) {
  std::vector<double> ratios;
  std::map<std::string, std::vector<double>> by_peer;
  std::size_t below = 0, without_excuse = 0;
  for (const Row* row : group.rows) {
    ratios.push_back(row->ratio());
    if (row->ratio() < tie) ++below;
    if (row->ratio() < tie && !row->excused()) ++without_excuse;
    for (const auto& [name, milliseconds] : row->peers)
      by_peer[name].push_back(milliseconds / row->ours.p5);
  }
  std::string peers;
  for (const auto& [name, of_peer] : by_peer) {
    peers += fmt::format("{}{} {}", peers.empty() ? "" : ", ", name, mean_text(of_peer));
    if (of_peer.size() < ratios.size()) peers += fmt::format(" in {} rows", of_peer.size());
  }
  fmt::print(
      "{}: {} rows, geometric mean {} ({}), worst {:.2f}, {:.0f} % below {}, {} of them "
      "without excuse\n",
      group.title, ratios.size(), mean_text(ratios), peers,
      *std::min_element(ratios.begin(), ratios.end()),
      100.0 * static_cast<double>(below) / static_cast<double>(ratios.size()), tie, without_excuse);
}

void print_worst(std::vector<const Row*> rows) {
  const std::size_t count = std::min<std::size_t>(rows.size(), 10);
  std::partial_sort(rows.begin(), rows.begin() + static_cast<std::ptrdiff_t>(count), rows.end(),
                    [](const Row* a, const Row* b) { return a->ratio() < b->ratio(); });
  rows.resize(count);
  fmt::print("worst:\n");
  for (const Row* row : rows) {
    const Workload& w = row->workload;
    fmt::print("  {:.2f}  {} {}, {}, {}, {}, {}; {:.3f} ms, {:.0f} % bare products{}", row->ratio(),
               name_of(w.kind), w.name, pass_of(w), threads_text(w.threads), layout_of(w),
               dtype_of(w), row->ours.p5, 100 * row->blas_share, row->excused() ? ", excused" : "");
    for (const std::string& note : {row->kernel, row->network, row->part})
      if (!note.empty()) fmt::print(", {}", note);
    fmt::print("\n");
  }
}

}  // namespace

void print_summary(const std::vector<Row>& rows) {
  Groups groups, parts, filtering;
  std::vector<const Row*> compared;
  std::set<std::string> of_parts;
  for (const Row& row : rows) {
    if (row.peers.empty()) continue;
    compared.push_back(&row);
    of_parts.insert(row.part);
    const Workload& w = row.workload;
    const std::string title =
        fmt::format("{}, {}, {}, {}{}", name_of(w.kind), pass_of(w), threads_text(w.threads),
                    row.part.empty() ? std::string(layout_of(w)) + ", " : "", dtype_of(w));
    groups.add(title, row);
    if (!row.part.empty()) parts.add(title + ", " + row.part, row);
    if (w.suits_minimal_filtering()) filtering.add(title + ", suit minimal filtering", row);
  }
  if (of_parts.size() < 2) parts.all.clear();
  for (const Groups* some : {&groups, &parts, &filtering})
    for (const Group& group : some->all) print_group(group);
  if (!compared.empty()) print_worst(compared);
}
