// LayerOf: what a layer class has because it was made with options.
//
// The library's layers derive from LayerOf<Self, Options> and get the options, the config in both
// directions and, around `output_shape`, the path in errors. Their sources name the fields of the
// options once (`visit_fields`, config_fields.h) and end with an instantiation of this class; that
// keeps the machinery of configs out of the headers that users include. Price: the members are
// defined for the library alone (layer_of_members.h); a user's class derives from Layer.
// Read before: layer.h. Read next: dense.h, the simplest with weights.
#pragma once

#include <utility>

#include <reel/core/runtime/config.h>
#include <reel/layers/base/layer.h>
#include <reel/layers/functions/custom_objects.h>

namespace reel {

template <class Self, class OptionsOfSelf>
class LayerOf : public Layer {
 public:
  using Options = OptionsOfSelf;

  /// The layer that a config describes; functions that it names are looked for among
  /// `custom_objects` first. TypeError for an entry that is no argument.
  static Self from_config(const Config& config, const CustomObjects& custom_objects = {});

  /// As given, with functions looked up by their names.
  const Options& options() const { return options_; }
  Config get_config() const override;

  using Layer::compute_output_shape;
  Shape compute_output_shape(const Shape& input) const override;

 protected:
  explicit LayerOf(Options options) : Layer(layer_options(options)), options_(std::move(options)) {}

  /// Looks up what was given by name, in the order of the arguments. To be called in the
  /// constructor of Self, where the class, and so the path in errors, is known.
  void resolve_functions();

  /// The output's shape for one input; errors need no path. An extent that is unknown stays so.
  virtual Shape output_shape(const Shape& input) const {
    return Layer::compute_output_shape(input);
  }

  Options options_;
};

}  // namespace reel
