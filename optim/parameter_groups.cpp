#include <reel/optim/parameter_groups.h>

#include <algorithm>

#include <reel/core/runtime/joined.h>
#include <reel/optim/optimizer.h>

namespace reel {

void detail::check_clipping(const std::string& op, const ClippingOptions& clipping) {
  const auto check = [&](const char* parameter, const std::optional<double>& value) {
    if (value) check_not_negative(op, parameter, *value);
  };
  check("clipnorm", clipping.clipnorm);
  check("clipvalue", clipping.clipvalue);
  check("global_clipnorm", clipping.global_clipnorm);
  if (clipping.clipnorm && clipping.global_clipnorm)
    throw ValueError("{}: clipnorm and global_clipnorm cannot both be given; got {} and {}", op,
                     *clipping.clipnorm, *clipping.global_clipnorm);
}

void detail::check_groups(const std::string& optimizer, std::vector<ParameterGroup>& groups) {
  for (std::size_t i = 0; i < groups.size(); ++i) {
    ParameterGroup& group = groups[i];
    const std::string op = fmt::format("{}: group {}", optimizer, i);
    if (!group.where)
      throw ValueError("{}: where must say which variables are meant; got nothing", op);
    group.where = resolve(group.where, op + ": where");
    check_not_negative(op, "learning_rate_factor", group.learning_rate_factor);
    if (group.weight_decay) check_not_negative(op, "weight_decay", *group.weight_decay);
    check_clipping(op, clipping_of(group));
  }
}

void detail::clip_by_groups(const ClippingOptions& clipping,
                            const std::vector<ParameterGroup>& groups,
                            const std::vector<GroupedSettings>& settings,
                            std::vector<VariableGradient>& gradients) {
  const auto is_clipped_by = [&](std::size_t i, std::size_t group) {
    const auto own = settings[i].group;
    return own && clips(clipping_of(groups[*own])) ? *own == group : group == groups.size();
  };
  memory::Vector<VariableGradient> members;
  for (std::size_t group = 0; group <= groups.size(); ++group) {
    members.clear();
    for (std::size_t i = 0; i < gradients.size(); ++i)
      if (is_clipped_by(i, group)) members.push_back(gradients[i]);
    clip_gradients(group < groups.size() ? clipping_of(groups[group]) : clipping, members);
    auto clipped = members.begin();
    for (std::size_t i = 0; i < gradients.size(); ++i)
      if (is_clipped_by(i, group)) gradients[i] = *clipped++;
  }
}

void Optimizer::clip() {
  detail::clip_by_groups(options_.clipping, options_.groups, settings_, pending_);
}

// Which group each variable of the step is in. Predicates may throw: nothing has moved yet.
void Optimizer::sort_into_groups() {
  settings_.clear();
  for (const VariableGradient& pair : pending_) {
    const Variable& variable = pair.variable;
    detail::GroupedSettings settings;
    if (!options_.decayed || options_.decayed(variable))
      settings.weight_decay = options_.weight_decay;
    for (std::size_t i = 0; i < options_.groups.size() && !settings.group; ++i)
      if (const ParameterGroup& group = options_.groups[i]; group.where(variable))
        settings = {i, group.learning_rate_factor,
                    group.weight_decay.value_or(settings.weight_decay)};
    settings_.push_back(settings);
  }
  if (!is_fresh_) return;
  for (std::size_t i = 0; i < options_.groups.size(); ++i) {
    if (std::any_of(settings_.begin(), settings_.end(),
                    [&](const auto& settings) { return settings.group == i; }))
      continue;
    std::vector<std::string> names;
    for (const VariableGradient& pair : pending_) names.push_back(pair.variable.name());
    throw ValueError(
        "{}: group {} must have a variable in the first step, which no group before it has; got {}",
        name(), i, detail::joined(names));
  }
}

}  // namespace reel
