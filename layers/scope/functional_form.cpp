#include <reel/layers/scope/functional_form.h>

#include <atomic>
#include <typeinfo>
#include <utility>

#include <reel/core/runtime/log.h>
#include <reel/layers/base/naming.h>

namespace reel::layers {
namespace {

void warn_of_functional_form(const std::type_info& layer) {
  const std::string name = detail::class_name(layer);
  logging::warning("layers::{}: the functional form is deprecated; make a {} and call it",
                   detail::snake_case(name), name);
}

// The first call for a class in a process warns.
template <class T>
Tensor call_with(const Tensor& x, typename T::Options options, const Call& call) {
  static std::atomic<bool> told = false;
  if (!told.exchange(true)) warn_of_functional_form(typeid(T));
  if (!options.scope.given()) options.scope = options.name;
  T layer(std::move(options));
  const Tensor y = layer(x, call);
  for (const Variable& variable : layer.variables()) detail::Names::current()->keep(variable);
  return y;
}

}  // namespace

Tensor dense(const Tensor& x, DenseOptions options, const Call& call) {
  return call_with<Dense>(x, std::move(options), call);
}

Tensor conv2d(const Tensor& x, Conv2DOptions options, const Call& call) {
  return call_with<Conv2D>(x, std::move(options), call);
}

Tensor separable_conv2d(const Tensor& x, SeparableConv2DOptions options, const Call& call) {
  return call_with<SeparableConv2D>(x, std::move(options), call);
}

Tensor batch_normalization(const Tensor& x, BatchNormalizationLayerOptions options,
                           const Call& call) {
  return call_with<BatchNormalization>(x, std::move(options), call);
}

}  // namespace reel::layers
