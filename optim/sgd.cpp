// Read before: sgd.h, new_value.h. Read next: norm_constraints.cpp, what a step ends with.
#include <reel/optim/sgd.h>

#include <reel/core/runtime/parallel.h>
#include <reel/optim/new_value.h>
#include <reel/optim/optimizer_fields.h>

namespace reel {
namespace {

constexpr Index grain = 16 * 1024;  // elements a range

double checked_momentum(const std::string& name, double momentum) {
  if (!(momentum >= 0 && momentum <= 1))
    throw ValueError("{}: momentum must be in [0, 1]; got {}", name, momentum);
  return momentum;
}

}  // namespace

SGD::SGD(const SGDOptions& options)
    : Optimizer(optimizer_options(options)),
      momentum_(checked_momentum(options.name, options.momentum)),
      has_velocity_(momentum_ > 0),
      nesterov_(options.nesterov) {}

void SGD::set_momentum(double momentum) {
  checked_momentum(name(), momentum);
  if (!has_velocity_)
    throw RuntimeError("{}: momentum can be changed only if it was not 0 at construction", name());
  momentum_ = momentum;
}

void SGD::create_slots(const std::vector<VariableGradient>& gradients) {
  if (!has_velocity_) return;
  for (const VariableGradient& pair : gradients) add_slot(pair.variable, "momentum");
}

// Every element is read once and written once, whichever of the three rules holds; the choice is
// made outside of the loops.
void SGD::update(const Variable& variable, const Tensor& gradient, double learning_rate) {
  detail::NewValue weights(variable);
  dispatch(variable.dtype(), [&](auto zero) {
    using T = decltype(zero);
    const T* w = weights.from<T>();
    const T* g = gradient.data<T>();
    T* new_w = weights.to<T>();
    const T rate = static_cast<T>(learning_rate), m = static_cast<T>(momentum_);
    if (!has_velocity_) {
      parallel_ranges(variable.size(), grain, [&](Index first, Index end) {
        for (Index i = first; i < end; ++i) new_w[i] = w[i] - rate * g[i];
      });
      return weights.install();
    }
    detail::NewValue velocity(slot(variable));
    const T* a = velocity.from<T>();
    T* new_a = velocity.to<T>();
    parallel_ranges(variable.size(), grain, [&](Index first, Index end) {
      if (nesterov_)
        for (Index i = first; i < end; ++i) {
          const T step = rate * g[i], v = m * a[i] - step;
          new_a[i] = v;
          new_w[i] = w[i] + (m * v - step);
        }
      else
        for (Index i = first; i < end; ++i) {
          const T v = m * a[i] - rate * g[i];
          new_a[i] = v;
          new_w[i] = w[i] + v;
        }
    });
    velocity.install();
    weights.install();
  });
}

Config SGD::get_config() const {
  Config config = Optimizer::get_config();
  config.set("momentum", momentum_);
  config.set("nesterov", nesterov_);
  return config;
}

void visit_fields(SGDOptions& o, auto& field) {
  detail::visit_optimizer_fields(o, o, field);
  field("momentum", o.momentum);
  field("nesterov", o.nesterov);
}

SGD SGD::from_config(const Config& config) {
  return SGD(detail::optimizer_options_from<SGDOptions>(config, "SGD"));
}

}  // namespace reel
