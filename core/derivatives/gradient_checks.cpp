#include <reel/core/derivatives/gradient_checks.h>

#include <fmt/format.h>

#include <algorithm>

namespace reel::detail {

std::string (*advice_on_unlisted)(const std::vector<Variable>&) = nullptr;

namespace {

// Whether the tape has recorded how y was computed, or watches it.
bool is_recorded(const TapeValues& own, const Tensor& y) {
  const NodeIndex node = own.list.find(y.id());
  if (node == no_node) return false;
  const Node& made_by = own.list[node];  // which may be another tape's watch, that has no inputs
  if (node >= own.begin && made_by.input_count > 0 && !(made_by.paused & own.tape)) return true;
  return std::any_of(own.list.watches.begin(), own.list.watches.end(), [&](const Watch& watch) {
    return watch.tape == own.tape && watch.node == node;
  });
}

std::string described(const std::vector<Variable>& variables) {
  std::string text = variables[0].name();
  for (std::size_t i = 1; i < variables.size() && i < 3; ++i) text += ", " + variables[i].name();
  return variables.size() > 3 ? fmt::format("{} and {} more", text, variables.size() - 3) : text;
}

}  // namespace

void check_own(const TapeValues& own, std::span<const Tensor> targets,
               std::span<const TensorId> sources) {
  for (std::size_t i = 0; i < targets.size(); ++i) {
    const TensorId id = targets[i].id();
    const bool is_made_since = id > own.last_id_before && id <= last_id;
    if (is_made_since || is_recorded(own, targets[i]) ||
        std::find(sources.begin(), sources.end(), id) != sources.end())
      continue;
    throw ValueError(
        "gradient: a target must be computed under this tape; target {} of shape {} was computed "
        "before the tape began or outside of it; compute it inside the tape's block",
        i, targets[i].shape());
  }
}

void check_recorded(const TapeValues& own, std::span<const Tensor> targets) {
  for (const Tensor& target : targets)
    if (is_recorded(own, target)) return;
  if (!targets.empty())
    throw ValueError(
        "gradient: a target must be computed under this tape; target 0 of shape {} is a constant, "
        "or was computed while the tape was paused",
        targets[0].shape());
}

bool read_unwatched(const TapeValues& own, const Variable& variable) {
  bool was_read = false;
  for (const Read& read : own.list.reads()) {
    if (read.node < own.begin || read.variable != variable) continue;
    if (read.tapes & own.tape) return false;
    was_read = true;
  }
  return was_read;
}

// Which variable is read first may be the compiler's choice, hence the order in which they were
// made.
void check_unlisted(std::vector<Variable> watched, std::vector<Variable> fixed) {
  std::string advice = watched.empty() ? "" : "name those to train";
  std::vector<Variable>& unlisted = watched.empty() ? fixed : watched;
  if (advice_on_unlisted && !unlisted.empty()) advice = advice_on_unlisted(unlisted);
  if (advice.empty()) return;
  std::sort(unlisted.begin(), unlisted.end(),
            [](const Variable& a, const Variable& b) { return a.id() < b.id(); });
  const auto end = std::unique(unlisted.begin(), unlisted.end());
  throw ValueError(
      "gradient: there must be variables; got an empty list for a target that depends on {}; {}",
      described({unlisted.begin(), end}), advice);
}

}  // namespace reel::detail
