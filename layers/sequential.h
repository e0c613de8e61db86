// Sequential: layers one after the other, each fed with the result of the one before.
//
// `net.add<Dense>({.units = 10})` makes a child and puts it at the end of the chain; the call hands
// its options (`training`) to every layer. An empty chain gives its input back. Its config holds
// the configs of its layers; `from_config` finds their classes by name (layer_registry.h).
// Read before: layer_options.h. Read next: layer.h.
#pragma once

#include <reel/core/runtime/config.h>
#include <reel/layers/base/layer.h>
#include <reel/layers/functions/custom_objects.h>

namespace reel {

namespace detail {
class ChainCopy;
}

class Sequential : public Layer {
 public:
  using Layer::Layer;

  /// The chain that a config describes, also one that Keras saved with `to_json`; functions that it
  /// names are looked for among `custom_objects` first. ValueError for a layer of an unknown class,
  /// TypeError for an entry that means nothing.
  static Sequential from_config(const Config& config, const CustomObjects& custom_objects = {}) {
    const detail::CustomObjectScope scope(custom_objects);
    return Sequential(FromConfig{config});
  }
  /// ValueError for a layer that belongs to another parent; RuntimeError for one without a config.
  Config get_config() const override;

  /// Makes a layer at the end of the chain and returns it.
  template <class T>
  requires detail::MadeFromOptions<T> T& add(typename T::Options options = {}) {
    return child<T>(std::move(options));
  }
  template <class T, class... Args>
  requires(!detail::MadeFromOptions<T, Args...>) T& add(Args&&... args) {
    return child<T>(std::forward<Args>(args)...);
  }

  int size() const { return static_cast<int>(children().size()); }
  /// The layer at that position. ValueError when there is none.
  Layer& operator[](int position) const;

  Tensor call(const Tensor& x, const Call& call) override;
  std::optional<Index> flops(std::span<const Tensor>, const Tensor&) const override { return 0; }

  using Layer::compute_output_shape;
  Shape compute_output_shape(const Shape& input) const override;

 protected:
  /// `build(shape)` builds the whole chain; a call builds each layer when the data reaches it.
  void create_weights(const Shape& input) override;

 private:
  friend class detail::ChainCopy;  // fold_batch_normalization.cpp
  struct FromConfig {
    const Config& config;
  };
  explicit Sequential(FromConfig from);
};

}  // namespace reel
