#include <reel/layers/activation_layer.h>

#include <reel/layers/base/config_fields.h>

namespace reel::layers {
namespace {

constexpr auto visit_fields = [](auto& o, auto& field) {
  field("activation", o.activation);
  detail::visit_common_fields(o, field);
};

}  // namespace

Activation::Activation(Options options)
    : Layer(layer_options(options)), options_(std::move(options)) {
  options_.activation = resolve(options_.activation, path() + ": activation");
}

Tensor Activation::call(const Tensor& x, const Call&) { return options_.activation(x); }

Activation Activation::from_config(const Config& config) {
  return Activation(detail::options_from<Options>(config, "activation", visit_fields));
}

Config Activation::get_config() const { return detail::config_of(*this, options_, visit_fields); }

}  // namespace reel::layers
