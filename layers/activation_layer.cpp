#include <reel/layers/activation_layer.h>

#include <reel/layers/base/layer_of_members.h>
#include <reel/layers/base/weighted_layer.h>

namespace reel::layers {

void visit_fields(ActivationOptions& o, auto& field) { field("activation", o.activation); }

Activation::Activation(Options options) : LayerOf(std::move(options)) { resolve_functions(); }

std::optional<Index> Activation::flops(std::span<const Tensor>, const Tensor& y) const {
  return detail::flops_of(options_.activation, y);
}

}  // namespace reel::layers

template class reel::LayerOf<reel::layers::Activation, reel::layers::ActivationOptions>;
