#include <reel/layers/base/reminders.h>

#include <fmt/format.h>

#include <algorithm>
#include <utility>
#include <vector>

#include <reel/core/inspect/graph.h>
#include <reel/core/recording.h>
#include <reel/core/runtime/joined.h>
#include <reel/core/runtime/log.h>
#include <reel/layers/base/ledger.h>

namespace reel::detail {
namespace {

// Modes are told of once a layer, losses once a net.
std::atomic<bool>& told(const Reminder& reminder) {
  return reminder.kind == Reminder::mode ? reminder.layer->told->of_mode
                                         : reminder.net->told->of_losses;
}

// Of no layer's variables each is a net of its own.
Owner& stepped_as(const Reminder& reminder) {
  return reminder.net->path.empty() ? *reminder.layer : *reminder.net;
}

// The nets that a step is on: those under whose names it has variables, wherever these were made,
// and those in which the layers that have its variables ran last. To ask for an owner costs more
// than a step on a small variable, so layers are asked only where names say nothing.
class SteppedNets {
 public:
  explicit SteppedNets(std::span<const VariableGradient> stepped) : stepped_(stepped) {}

  bool have(const Reminder& reminder) {
    const Owner& net = stepped_as(reminder);
    return reminder.alone || has_name_under(net.path) || have_run(net);
  }

 private:
  bool has_name_under(const std::string& path) const {
    return std::any_of(stepped_.begin(), stepped_.end(), [&](const VariableGradient& pair) {
      const std::string& name = pair.variable.name();
      return name.starts_with(path) && (name.size() == path.size() || name[path.size()] == '/');
    });
  }

  bool have_run(const Owner& net) {
    if (!asked_)
      for (const VariableGradient& pair : stepped_) {
        const auto owner = Names::current()->owner_of(pair.variable);
        const Owner* const ran_in = owner ? owner->ran_in.load() : nullptr;
        if (ran_in && std::find(nets_.begin(), nets_.end(), ran_in) == nets_.end())
          nets_.push_back(ran_in);
      }
    asked_ = true;
    return std::find(nets_.begin(), nets_.end(), &net) != nets_.end();
  }

  const std::span<const VariableGradient> stepped_;
  memory::Vector<const Owner*> nets_;
  bool asked_ = false;
};

void warn(Reminder::Kind kind, const std::string& root, const std::vector<std::string>& layers,
          bool can_be_asked) {
  if (!can_be_asked)
    logging::warning(
        "{}: a step was taken without these losses, which nobody read: {}; write loss = loss + "
        "add_n(collections::regularization_losses()) after the call and before the gradient",
        root.empty() ? "variables" : root, detail::joined(layers));
  else if (kind == Reminder::mode)
    logging::warning(
        "{}: a step was taken, but these layers ran as in inference, since no call said whether it "
        "trains: {}; write net(x, {{.training = true}}), or {{.training = false}} where that is "
        "meant",
        root, detail::joined(layers));
  else
    logging::warning(
        "{}: a step was taken without the losses of these layers, which nobody read: {}; write "
        "loss = loss + net.total_loss() after the call and before the gradient",
        root, detail::joined(layers));
}

}  // namespace

// What is left of nets that are gone, or that any step may be on, is not of this computation.
void Reminders::begin() {
  std::erase_if(notes_, [](const Reminder& note) {
    return note.alone || note.net->gone || note.layer.use_count() == 1;
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

void Reminders::forget_losses() { losses_read_at_ = next_moment(); }

// Whether it was done in any computation since the net's last step: gradients of several may be
// added, and a step on another net is none of this one's.
bool Reminders::is_settled(const Reminder& reminder) const {
  const Owner& layer = *reminder.layer;
  const std::uint64_t done = reminder.kind == Reminder::mode
                                 ? layer.trained_at.load()
                                 : std::max(layer.losses_read_at.load(), losses_read_at_);
  return done > stepped_as(reminder).told->stepped_at;
}

// One warning a net, with all its layers in it: it may have dozens.
void Reminders::warn_of(const Reminder& first, const memory::Vector<Reminder>& due) const {
  std::vector<std::string> layers;
  bool can_be_asked = true;
  for (const Reminder& reminder : due) {
    if (reminder.kind != first.kind || reminder.net != first.net || is_settled(reminder)) continue;
    told(reminder) = true;
    if (std::find(layers.begin(), layers.end(), reminder.layer->path) != layers.end()) continue;
    layers.push_back(reminder.layer->path);
    if (reminder.kind == Reminder::losses && reminder.layer->gone) can_be_asked = false;
  }
  warn(first.kind, first.net->path, layers, can_be_asked);
}

void Reminders::at_step(std::span<const VariableGradient> stepped) {
  if (notes_.empty()) return;
  SteppedNets nets(stepped);
  memory::Vector<Reminder> due, others;
  for (Reminder& note : notes_) (nets.have(note) ? due : others).push_back(std::move(note));
  notes_.swap(others);
  for (const Reminder& note : due)
    if (!told(note) && !is_settled(note)) warn_of(note, due);
  const std::uint64_t now = next_moment();
  for (const Reminder& note : due) stepped_as(note).told->stepped_at = now;
}

}  // namespace reel::detail
