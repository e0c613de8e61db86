// How times are added up. Read before: profile.h, trace_words.h.
#include <reel/core/inspect/profile.h>

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <ostream>

#include <reel/core/inspect/trace_words.h>
#include <reel/core/runtime/columns.h>

namespace reel {
namespace {

using Sums = std::map<std::string, ProfileRow>;

// The innermost layer that a node was made in.
std::string layer_of(const Trace& trace, const TraceNode& node) {
  for (int i = node.interval; i >= 0;) {
    const TraceInterval& interval = trace.intervals()[static_cast<std::size_t>(i)];
    if (interval.kind == "layer") return interval.path;
    i = interval.outer;
  }
  return {};
}

std::vector<ProfileRow> longest_first(const Sums& sums) {
  std::vector<ProfileRow> rows;
  for (const auto& [name, row] : sums) rows.push_back(row);
  std::ranges::stable_sort(rows, std::greater(), &ProfileRow::seconds);
  return rows;
}

std::string table(const char* what, const std::vector<ProfileRow>& rows, const Profile& of) {
  const double steps = std::max(of.computations, 1);
  std::vector<std::vector<std::string>> cells{
      {what, "calls", "forward", "backward", "bytes", "GFLOP/s", "share"}};
  for (const ProfileRow& row : rows)
    cells.push_back(
        {row.name.empty() ? "(outside of layers)" : row.name,
         fmt::format("{:.4g}", static_cast<double>(row.calls) / steps),
         detail::time_text(row.forward / steps),
         row.backward > 0 ? detail::time_text(row.backward / steps) : "",
         detail::bytes_text(row.bytes / steps),
         row.flops > 0 && row.forward > 0 ? fmt::format("{:.1f}", row.flops / row.forward * 1e-9)
                                          : "",
         fmt::format("{:.1f} %", of.seconds > 0 ? 100 * row.seconds() / of.seconds : 0)});
  return detail::in_columns(cells, 6);
}

}  // namespace

Profile profile(const Trace& trace) {
  Profile result;
  result.computations = trace.computations();
  Sums ops, layers;
  const auto rows_of = [&](int index) {
    const TraceNode& node = trace.nodes()[static_cast<std::size_t>(index)];
    ProfileRow &op = ops[node.op], &layer = layers[layer_of(trace, node)];
    op.name = node.op;
    layer.name = layer_of(trace, node);
    return std::array{&op, &layer};
  };
  for (std::size_t i = 0; i < trace.nodes().size(); ++i) {
    const TraceNode& node = trace.nodes()[i];
    if (node.inputs.empty() && node.seconds == 0) continue;
    for (ProfileRow* row : rows_of(static_cast<int>(i))) {
      ++row->calls;
      row->forward += node.seconds;
      row->bytes += static_cast<double>(node.bytes);
      row->flops += node.flops;
    }
  }
  for (const TraceEvent& event : trace.events()) {
    using Kind = TraceEvent::Kind;
    if (event.kind == Kind::backward)
      for (ProfileRow* row : rows_of(event.node)) row->backward += event.seconds;
    if (event.kind == Kind::step || event.kind == Kind::project || event.kind == Kind::update)
      result.optimizer += event.seconds;
  }
  result.ops = longest_first(ops);
  result.layers = longest_first(layers);
  result.seconds = result.optimizer;
  for (const ProfileRow& row : result.ops) result.seconds += row.seconds();
  return result;
}

std::string Profile::str() const {
  const double steps = std::max(computations, 1);
  return fmt::format("{}\n{}\nsteps and updates {}, all {}; for each of {} computation(s)\n",
                     table("op", ops, *this), table("layer", layers, *this),
                     detail::time_text(optimizer / steps), detail::time_text(seconds / steps),
                     computations);
}

std::ostream& operator<<(std::ostream& out, const Profile& profile) { return out << profile.str(); }

}  // namespace reel
