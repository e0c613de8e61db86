// A chain once more, with what can be folded left out.
//
// The layers of the copy are made first, from their configs, then built and given their weights:
// what can be refused (a class without a config, one that is not known) is refused before any
// variable has a name. Read before: folded_layer.h.
#include <reel/layers/fold_batch_normalization.h>

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include <reel/core/recording.h>
#include <reel/core/runtime/joined.h>
#include <reel/layers/base/assign_all.h>
#include <reel/layers/base/layer_registry.h>
#include <reel/layers/base/saved_weights.h>
#include <reel/layers/folded_layer.h>

namespace reel {
namespace {

LayerOptions options_of(const Sequential& chain) {
  return {.activity_regularizer = chain.activity_regularizer(),
          .trainable = chain.trainable(),
          .name = chain.name(),
          .dtype = chain.dtype()};
}

bool has_trainable(const std::vector<Variable>& variables) {
  return std::any_of(variables.begin(), variables.end(),
                     [](const Variable& variable) { return variable.trainable(); });
}

// By name: the order of a layer's list depends on what is frozen.
void copy_weights(const Layer& from, const Layer& to) {
  std::map<std::string, Tensor> values;
  for (const auto& [name, variable] : named_variables(from)) values[name] = variable.stored();
  std::vector<Variable> variables;
  std::vector<Tensor> matching;
  std::vector<std::string> names;
  for (const auto& [name, variable] : named_variables(to)) {
    names.push_back(name);
    variables.push_back(variable);
    if (const auto found = values.find(name); found != values.end())
      matching.push_back(found->second);
  }
  if (matching.size() != names.size() || names.size() != values.size())
    throw ValueError(
        "{}: a layer that is made from its config must have the weights of its source, {} of them; "
        "got {}: {}",
        from.path(), values.size(), names.size(), detail::joined(names));
  detail::assign_all(from.path(), variables, matching);
}

// A layer and all below it are frozen where those of the source are.
void copy_frozen(const Layer& from, const Layer& to) {
  const std::vector<Layer*> sources = from.flatten_layers(), copies = to.flatten_layers();
  for (std::size_t i = 0; i < std::min(sources.size(), copies.size()); ++i)
    copies[i]->set_trainable(sources[i]->trainable());
}

}  // namespace

namespace detail {

class ChainCopy {
 public:
  explicit ChainCopy(const Sequential& chain)
      : copy_(std::make_unique<Sequential>(options_of(chain))) {
    count_uses(chain);
    copy_layers(chain, *copy_);
  }

  std::unique_ptr<Sequential> built() {
    for (const Unbuilt& layer : unbuilt_) {
      layer.copy->build(layer.source->build_shapes());
      if (layer.is_chain) continue;
      if (layer.weights.empty())
        copy_weights(*layer.source, *layer.copy);
      else
        layer.copy->set_weights(layer.weights);
      copy_frozen(*layer.source, *layer.copy);
    }
    return std::move(copy_);
  }

 private:
  struct Unbuilt {
    const Layer* source;
    Layer* copy;
    bool is_chain = false;
    std::vector<Tensor> weights = {};  // of a folded layer; none: the source's
  };

  void count_uses(const Layer& layer) {
    for (const Layer* child : layer.children())
      if (++uses_[child] == 1) count_uses(*child);
  }

  void copy_layers(const Sequential& from, Sequential& to) {
    const std::vector<Layer*>& layers = from.children();
    for (std::size_t i = 0; i < layers.size();) {
      const std::size_t end = end_of_folded(layers, i, to);
      if (end == i) copy_layer(*layers[i++], to);
      i = std::max(i, end);
    }
    unbuilt_.push_back({.source = &from, .copy = &to, .is_chain = true});
  }

  // Makes one layer of that at `first` and those behind it; returns the position behind them,
  // `first` where there is nothing to fold.
  std::size_t end_of_folded(const std::vector<Layer*>& layers, std::size_t first, Sequential& to) {
    const auto once = [&](std::size_t i) {
      return i < layers.size() && uses_[layers[i]] == 1 ? layers[i] : nullptr;
    };
    const auto normalization = [&](std::size_t i) {
      return once(i) ? exactly<BatchNormalization>(*layers[i]) : nullptr;
    };
    if (!once(first) || !normalization(first + 1)) return first;
    std::optional<FoldedLayer> folded = FoldedLayer::of(*layers[first]);
    std::size_t end = first + 1;
    while (folded && normalization(end) && folded->take(*normalization(end))) ++end;
    if (end == first + 1) return first;
    if (once(end) && folded->take_activation(*layers[end])) ++end;
    Layer& copy = add(*layers[first], folded->config(), to);
    copy.set_activity_regularizer(layers[end - 1]->activity_regularizer());
    unbuilt_.back().weights = folded->weights();
    return end;
  }

  void copy_layer(const Layer& layer, Sequential& to) {
    if (const auto found = copies_.find(&layer); found != copies_.end()) {
      to.share(*found->second);
    } else if (const auto* chain = exactly<Sequential>(layer)) {
      auto& copy = to.child<Sequential>(options_of(*chain));
      copies_[&layer] = &copy;
      copy_layers(*chain, copy);
    } else {
      Layer& copy = add(layer, layer.get_config(), to);
      copies_[&layer] = &copy;
      copy.set_activity_regularizer(layer.activity_regularizer());
    }
  }

  // Weights that were made while the layer was frozen are so for good, here as there.
  Layer& add(const Layer& layer, Config config, Sequential& to) {
    const std::vector<Variable> variables = layer.variables();
    if (!variables.empty() && config.contains("trainable"))
      config.set("trainable", has_trainable(variables));
    const LayerMaker make = layer_maker(class_name(typeid(layer)), layer.path());
    Layer& copy = to.child_made_by([&] { return make(config); });
    unbuilt_.push_back({.source = &layer, .copy = &copy});
    return copy;
  }

  std::unique_ptr<Sequential> copy_;
  std::map<const Layer*, int> uses_;       // in lists of children
  std::map<const Layer*, Layer*> copies_;  // of what is not folded
  std::vector<Unbuilt> unbuilt_;           // children before their parents
};

}  // namespace detail

std::unique_ptr<Sequential> fold_batch_normalization(const Sequential& net,
                                                     const CustomObjects& custom_objects) {
  for (const Layer* layer : net.flatten_layers())
    if (!layer->built())
      detail::throw_at<RuntimeError>(
          layer->path(),
          "the layer must be built before batch normalizations are folded; it is not; call it or "
          "build(shape)");
  const PauseRecording pause;
  const detail::CustomObjectScope scope(custom_objects);
  return detail::ChainCopy(net).built();
}

}  // namespace reel
