#include <reel/layers/base/reminders.h>

#include <fmt/format.h>

#include <algorithm>
#include <utility>
#include <vector>

#include <reel/core/inspect/graph.h>
#include <reel/core/recording.h>
#include <reel/core/runtime/log.h>
#include <reel/layers/base/ledger.h>

namespace reel::detail {
namespace {

// Modes are told of once a layer, losses once a net.
std::atomic<bool>& told(const Reminder& reminder) {
  return reminder.kind == Reminder::mode ? reminder.layer->told_of_mode
                                         : reminder.root->told_of_losses;
}

// Whether a step on these variables is one of the net of that root.
bool is_of(const Reminder& reminder, std::span<const VariableGradient> stepped) {
  const std::string& path = reminder.root->path;
  return reminder.alone || std::any_of(stepped.begin(), stepped.end(), [&](const auto& pair) {
           const std::string& name = pair.variable.name();
           return name.size() > path.size() && name.starts_with(path) && name[path.size()] == '/';
         });
}

void warn(Reminder::Kind kind, const std::string& root, const std::vector<std::string>& layers) {
  if (kind == Reminder::mode)
    logging::warning(
        "{}: a step was taken, but these layers ran as in inference, since no call said whether it "
        "trains: {}; write net(x, {{.training = true}}), or {{.training = false}} where that is "
        "meant",
        root, fmt::join(layers, ", "));
  else
    logging::warning(
        "{}: a step was taken without the losses of these layers, which nobody read: {}; write "
        "loss = loss + net.total_loss() after the call and before the gradient",
        root, fmt::join(layers, ", "));
}

}  // namespace

void Reminders::add(Reminder reminder) {
  if (!recording() || told(reminder)) return;
  serial_ = graph_serial();
  notes_.push_back(std::move(reminder));
}

void Reminders::forget_losses() {
  for (const Reminder& reminder : notes_)
    if (reminder.kind == Reminder::losses) reminder.layer->losses_read_in = serial_;
}

bool Reminders::is_settled(const Reminder& reminder) const {
  const Owner& layer = *reminder.layer;
  return serial_ == (reminder.kind == Reminder::mode ? layer.trained_in : layer.losses_read_in);
}

// One warning a net, with all its layers in it: it may have dozens.
void Reminders::at_step(std::span<const VariableGradient> stepped) {
  if (const std::uint64_t now = graph_serial(); now != 0 && now != serial_) return;
  std::vector<std::string> layers;
  for (const Reminder& first : notes_) {
    if (told(first) || is_settled(first) || !is_of(first, stepped)) continue;
    layers.clear();
    for (const Reminder& reminder : notes_)
      if (reminder.kind == first.kind && reminder.root == first.root && !is_settled(reminder) &&
          std::find(layers.begin(), layers.end(), reminder.layer->path) == layers.end())
        layers.push_back(reminder.layer->path);
    warn(first.kind, first.root->path, layers);
    for (const Reminder& reminder : notes_)
      if (reminder.kind == first.kind && reminder.root == first.root) told(reminder) = true;
  }
}

}  // namespace reel::detail
