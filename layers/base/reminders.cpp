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
  return reminder.kind == Reminder::mode ? reminder.layer->told->of_mode
                                         : reminder.net->told->of_losses;
}

// Whether a step on these variables is one of the net of that root; of no layer's variables each is
// its own.
bool is_of(const Reminder& reminder, std::span<const VariableGradient> stepped) {
  const std::string& path = (reminder.net->path.empty() ? reminder.layer : reminder.net)->path;
  return reminder.alone || std::any_of(stepped.begin(), stepped.end(), [&](const auto& pair) {
           const std::string& name = pair.variable.name();
           return name.starts_with(path) &&
                  (name.size() == path.size() || name[path.size()] == '/');
         });
}

void warn(Reminder::Kind kind, const std::string& root, const std::vector<std::string>& layers,
          bool can_be_asked) {
  if (!can_be_asked)
    logging::warning(
        "{}: a step was taken without these losses, which nobody read: {}; write loss = loss + "
        "add_n(collections::regularization_losses()) after the call and before the gradient",
        root.empty() ? "variables" : root, fmt::join(layers, ", "));
  else if (kind == Reminder::mode)
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

// What is left of layers that are gone, or that any step may be on, is not of this computation.
void Reminders::begin(std::uint64_t serial) {
  last_ = serial;
  std::erase_if(notes_, [](const Reminder& note) {
    return note.alone || note.layer.use_count() == 1 || note.net.use_count() == 1;
  });
}

void Reminders::add(Reminder reminder) {
  constexpr std::size_t most = 1000;  // of a loop that never takes a step
  if (!recording() || told(reminder) || notes_.size() == most) return;
  const auto is_same = [&](const Reminder& note) {
    return note.kind == reminder.kind && note.layer == reminder.layer && note.net == reminder.net;
  };
  if (std::none_of(notes_.begin(), notes_.end(), is_same)) notes_.push_back(std::move(reminder));
}

void Reminders::forget_losses() { losses_read_in_ = graph_serial(); }

// Whether it was done in any computation since the last step: gradients of several may be added.
bool Reminders::is_settled(const Reminder& reminder) const {
  const Owner& layer = *reminder.layer;
  if (reminder.kind == Reminder::mode) return layer.trained_in > at_last_step_;
  return std::max(layer.losses_read_in.load(), losses_read_in_) > at_last_step_;
}

// One warning a net, with all its layers in it: it may have dozens.
void Reminders::at_step(std::span<const VariableGradient> stepped) {
  std::vector<std::string> layers;
  for (const Reminder& first : notes_) {
    if (told(first) || is_settled(first) || !is_of(first, stepped)) continue;
    layers.clear();
    bool can_be_asked = true;
    for (const Reminder& reminder : notes_)
      if (reminder.kind == first.kind && reminder.net == first.net && !is_settled(reminder) &&
          is_of(reminder, stepped) &&
          std::find(layers.begin(), layers.end(), reminder.layer->path) == layers.end()) {
        layers.push_back(reminder.layer->path);
        if (reminder.kind == Reminder::losses && reminder.layer->gone) can_be_asked = false;
      }
    warn(first.kind, first.net->path, layers, can_be_asked);
    for (const Reminder& reminder : notes_)
      if (reminder.kind == first.kind && reminder.net == first.net) told(reminder) = true;
  }
  notes_.clear();
  at_last_step_ = last_;
}

}  // namespace reel::detail
