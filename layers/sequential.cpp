#include <reel/layers/sequential.h>

namespace reel {

Layer& Sequential::operator[](int position) const {
  if (position < 0 || position >= size())
    throw ValueError("{}: there are {} layers; got position {}", path(), size(), position);
  return *children()[static_cast<std::size_t>(position)];
}

Tensor Sequential::call(const Tensor& x, const Call& call) {
  Tensor y = x;
  for (Layer* layer : children()) y = (*layer)(y, call);
  return y;
}

Shape Sequential::compute_output_shape(const Shape& input) const {
  Shape shape = input;
  for (const Layer* layer : children()) shape = layer->compute_output_shape(shape);
  return shape;
}

void Sequential::create_weights(const Shape& input) {
  if (detail::Ledger::current().in_call()) return;
  Shape shape = input;
  for (Layer* layer : children()) {
    layer->build(shape);
    if (layer != children().back()) shape = layer->compute_output_shape(shape);
  }
}

}  // namespace reel
