// The members of MomentsOf: for the one source of an optimizer that instantiates them.
// Read before: moments_of.h, optimizer_of_members.h.
#pragma once

#include <cmath>

#include <reel/optim/moments_of.h>
#include <reel/optim/optimizer_of_members.h>

namespace reel {

template <class Self, class Options>
MomentsOf<Self, Options>::MomentsOf(const Options& options) : OptimizerOf<Self, Options>(options) {
  set_beta_1(options.beta_1);
  set_beta_2(options.beta_2);
  set_epsilon(options.epsilon);
}

template <class Self, class Options>
void MomentsOf<Self, Options>::set_beta_1(double beta_1) {
  detail::check_share(this->name(), "beta_1", beta_1, true);
  this->options_.beta_1 = beta_1;
}

template <class Self, class Options>
void MomentsOf<Self, Options>::set_beta_2(double beta_2) {
  detail::check_share(this->name(), "beta_2", beta_2, true);
  this->options_.beta_2 = beta_2;
}

template <class Self, class Options>
void MomentsOf<Self, Options>::set_epsilon(double epsilon) {
  this->options_.epsilon = detail::checked_epsilon(this->name(), epsilon);
}

template <class Self, class Options>
void MomentsOf<Self, Options>::create_slots(const std::vector<VariableGradient>& gradients) {
  const auto add = [&](const char* moment) {
    for (const VariableGradient& pair : gradients) this->add_slot(pair.variable, moment);
  };
  add("m");
  add("v");
  if constexpr (requires { this->options_.amsgrad; })
    if (this->options_.amsgrad) add("vhat");
}

template <class Self, class Options>
void MomentsOf<Self, Options>::adam_update(const Variable& variable, const Tensor& gradient,
                                           double learning_rate) {
  if constexpr (requires { this->options_.amsgrad; }) {
    const auto& o = this->options_;
    const double t = static_cast<double>(this->iterations() + 1);
    const double rate =
        learning_rate * std::sqrt(1 - std::pow(o.beta_2, t)) / (1 - std::pow(o.beta_1, t));
    const auto step = [&]<class T>(const kernels::UpdateRange<T>& range) {
      const kernels::UpdateRules<T>& rules = kernels::update_rules<T>();
      (o.amsgrad ? rules.amsgrad : rules.adam)(
          range, {static_cast<T>(rate), static_cast<T>(1 - o.beta_1), static_cast<T>(1 - o.beta_2),
                  static_cast<T>(o.epsilon)});
    };
    const Variable &m = this->slot(variable, 0), &v = this->slot(variable, 1);
    if (o.amsgrad)
      detail::one_pass(variable, gradient, this->weight_factor(), {m, v, this->slot(variable, 2)},
                       step);
    else
      detail::one_pass(variable, gradient, this->weight_factor(), {m, v}, step);
  }
}

}  // namespace reel
