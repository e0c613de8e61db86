#include <reel/layers/input_layer.h>

#include <reel/layers/base/layer_of_members.h>

namespace reel {

void visit_fields(InputLayerOptions&, auto&) {}  // none of its own

std::vector<detail::FixedEntry> fixed_entries(const InputLayerOptions&) {
  return {{"sparse", false, "false, since tensors are dense"},
          {"ragged", false, "false, since tensors are dense"}};
}

InputLayer::InputLayer(Options options) : LayerOf(std::move(options)) {
  InputSpec spec{.dtype = options_.dtype};
  if (const std::optional<Shape>& shape = options_.input_shape) {
    spec.rank = shape->rank() + 1;
    for (int axis = 0; axis < shape->rank(); ++axis)
      if ((*shape)[axis] != Shape::unknown)
        spec.axes.push_back({.axis = axis + 1, .size = (*shape)[axis], .what = "extent"});
  }
  set_input_spec(std::move(spec));
}

template class LayerOf<InputLayer, InputLayerOptions>;

}  // namespace reel
