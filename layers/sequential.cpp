#include <reel/layers/sequential.h>

#include <algorithm>

#include <reel/layers/base/layer_of_members.h>
#include <reel/layers/base/layer_registry.h>

namespace reel {

void visit_fields(LayerOptions& o, auto& field) {
  field("activity_regularizer", o.activity_regularizer);
}

namespace {

// Keras saves class_name, config and its own version.
const Config& chain_in(const Config& config) {
  const ConfigValue* inside = config.contains("class_name") ? config.find("config") : nullptr;
  const Config* chain = inside ? inside->get<Config>() : nullptr;
  return chain ? *chain : config;
}

}  // namespace

Sequential::Sequential(FromConfig from)
    : Layer(detail::options_from<LayerOptions>(chain_in(from.config), "sequential",
                                               {"layers", "build_input_shape"})) {
  set_activity_regularizer(activity_regularizer());
  const auto* layers = chain_in(from.config)["layers"].get<ConfigValue::List>();
  if (!layers) throw TypeError("{}: config entry layers must be a list of layers", path());
  for (const ConfigValue& layer : *layers) {
    const Config* entry = layer.get<Config>();
    const ConfigValue* name = entry ? entry->find("class_name") : nullptr;
    const ConfigValue* config = entry ? entry->find("config") : nullptr;
    if (!name || !name->get<std::string>() || !config || !config->get<Config>())
      throw TypeError(
          "{}: a layer in a config must be an object with class_name and config; got {}", path(),
          Config{{"layer", layer}}.json());
    const detail::LayerMaker make = detail::layer_maker(*name->get<std::string>(), path());
    child_made_by([&] { return make(*config->get<Config>()); });
  }
}

Config Sequential::get_config() const {
  Config config =
      detail::config_of(*this, LayerOptions{.activity_regularizer = activity_regularizer()});
  ConfigValue::List layers;
  for (const Layer* layer : children()) {
    if (layer->parent() != this)
      throw ValueError("{}: a chain must own its layers to have a config; {} belongs elsewhere",
                       path(), layer->path());
    layers.push_back(Config{{"class_name", detail::class_name(typeid(*layer))},
                            {"config", layer->get_config()}});
  }
  config.set("layers", std::move(layers));
  return config;
}

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
  // In a call each child builds itself when its data arrives.
  if (detail::Ledger::current().running_call()) return;
  const auto is_built = [](const Layer* layer) { return layer->built(); };
  if (std::all_of(children().begin(), children().end(), is_built)) return;
  Shape shape = input;
  for (Layer* layer : children()) {
    layer->build(shape);
    if (layer != children().back()) shape = layer->compute_output_shape(shape);
  }
}

}  // namespace reel
