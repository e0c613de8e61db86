#include <reel/layers/advanced_activations.h>

#include <reel/layers/base/layer_of_members.h>

namespace reel {

void visit_fields(ReLUOptions& o, auto& field) {
  field("max_value", o.max_value);
  field("negative_slope", o.negative_slope);
  field("threshold", o.threshold);
}
void visit_fields(LeakyReLUOptions& o, auto& field) { field("alpha", o.alpha); }
void visit_fields(ThresholdedReLUOptions& o, auto& field) { field("theta", o.theta); }
void visit_fields(ELUOptions& o, auto& field) { field("alpha", o.alpha); }
void visit_fields(SoftmaxOptions& o, auto& field) { field("axis", o.axis); }

namespace {

Activation activation_of(const ReLUOptions& o) {
  return activations::relu(
      {.alpha = o.negative_slope, .max_value = o.max_value, .threshold = o.threshold});
}
Activation activation_of(const LeakyReLUOptions& o) { return activations::leaky_relu(o.alpha); }
Activation activation_of(const ThresholdedReLUOptions& o) {
  return activations::relu({.threshold = o.theta});
}
Activation activation_of(const ELUOptions& o) { return activations::elu(o.alpha); }
Activation activation_of(const SoftmaxOptions& o) { return activations::softmax(o.axis); }

}  // namespace

template <class Self, class Options>
void AdvancedActivation<Self, Options>::make_activation() {
  activation_ = detail::with_path(this->path(), [&] { return activation_of(this->options_); });
}

template class LayerOf<ReLU, ReLUOptions>;
template class LayerOf<LeakyReLU, LeakyReLUOptions>;
template class LayerOf<ThresholdedReLU, ThresholdedReLUOptions>;
template class LayerOf<ELU, ELUOptions>;
template class LayerOf<Softmax, SoftmaxOptions>;
template class AdvancedActivation<ReLU, ReLUOptions>;
template class AdvancedActivation<LeakyReLU, LeakyReLUOptions>;
template class AdvancedActivation<ThresholdedReLU, ThresholdedReLUOptions>;
template class AdvancedActivation<ELU, ELUOptions>;
template class AdvancedActivation<Softmax, SoftmaxOptions>;

}  // namespace reel
