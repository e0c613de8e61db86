#include <reel/optim/adamax.h>

#include <cmath>

#include <reel/optim/moments_of_members.h>

namespace reel {

Adamax::Adamax(const AdamaxOptions& options) : MomentsOf(options) {}

void Adamax::update(const Variable& variable, const Tensor& gradient, double learning_rate) {
  const double t = static_cast<double>(iterations() + 1);
  const double rate = learning_rate / (1 - std::pow(options_.beta_1, t));
  detail::one_pass(variable, gradient, weight_factor(), {slot(variable, 0), slot(variable, 1)},
                   [&]<class T>(const kernels::UpdateRange<T>& range) {
                     kernels::update_rules<T>().adamax(
                         range,
                         {static_cast<T>(rate), static_cast<T>(1 - options_.beta_1),
                          static_cast<T>(options_.beta_2), static_cast<T>(options_.epsilon)});
                   });
}

void visit_own_fields(AdamaxOptions& o, auto& field) {
  field("beta_1", o.beta_1);
  field("beta_2", o.beta_2);
  field("epsilon", o.epsilon);
}

template class OptimizerOf<Adamax, AdamaxOptions>;
template class MomentsOf<Adamax, AdamaxOptions>;

}  // namespace reel
