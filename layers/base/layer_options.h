// What a layer is made with, called with, and demands of its inputs: the small types around Layer.
//
// Each layer has an options struct of its own, a plain aggregate filled by designated initialisers,
// in which the fields that all layers share stand again by name; `layer_options` picks them out.
// That repeats a few lines in each struct, and keeps `{.filters = 32, .name = "conv"}` one flat
// list. Read next: layer.h.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <reel/layers/scope/variable_store.h>

namespace reel {

/// The arguments of a call besides the inputs. A layer's `call` gets `training` as it holds there.
struct Call {
  /// None: that of the call around, else inference, as in TensorFlow 1. It reads as a bool.
  Training training = {};
  std::string scope = {};  ///< variable scope to use if the layer has none yet
};

/// Which variable scope a layer takes: a path inside the one that is open, or one that was opened
/// before (`.scope = scope`), wherever the thread is then. None: one of its own, made unique.
class LayerScope {
 public:
  LayerScope() = default;
  LayerScope(const char* path) : LayerScope(std::string(path)) {}
  LayerScope(std::string path) : scope_{std::move(path), {}} {}
  LayerScope(const Scope& scope) : scope_(scope), opened_(true) {}
  LayerScope(const VariableScope& scope) : LayerScope(scope.scope()) {}

  bool given() const { return opened_ || !scope_.path.empty(); }
  bool opened() const { return opened_; }
  const Scope& scope() const { return scope_; }

 private:
  Scope scope_;
  bool opened_ = false;
};

/// What every layer can be given.
struct LayerOptions {
  Regularizer activity_regularizer = {};  ///< of the output, divided by the batch size
  bool trainable = true;                  ///< false: weights are made non-trainable, for good
  std::string name = {};                  ///< empty: from the class
  std::optional<DType> dtype = {};        ///< of the weights; none: that of the first input
  std::optional<Shape> input_shape = {};  ///< without the batch; only kept for the config
  std::vector<Tensor> weights = {};       ///< first values, set at the end of the build
  LayerScope scope = {};                  ///< exactly this variable scope, not a unique one
  Reuse reuse = {};                       ///< share variables of the same scope
};

/// The fields of a layer's own options that all layers share, and those of all with weights.
LayerOptions layer_options(const auto& o) {
  LayerOptions common{
      .trainable = o.trainable, .name = o.name, .dtype = o.dtype, .input_shape = o.input_shape};
  if constexpr (requires { o.weights; }) {
    common.activity_regularizer = o.activity_regularizer;
    common.weights = o.weights;
    common.scope = o.scope;
    common.reuse = o.reuse;
  }
  return common;
}

/// What `add_weight` is told besides name and shape.
struct WeightOptions {
  std::optional<DType> dtype = {};  ///< none: the layer's, else float32
  Initializer initializer = {};     ///< none: the scope's, else glorot_uniform
  Regularizer regularizer = {};
  bool trainable = true;
  Constraint constraint = {};
  KernelKind kind = KernelKind::none;
};

/// What is known of a tensor before there is one.
struct TensorSpec {
  Shape shape;
  DType dtype = float32;
  friend bool operator==(const TensorSpec&, const TensorSpec&) = default;
};

/// What must hold for the inputs; checked at every call. Several inputs obey the same rules.
struct InputSpec {
  struct Axis {
    int axis;  ///< may be negative
    Index size;
    std::string what = "size";  ///< for the message: "channels"
  };
  int inputs = 1;  ///< how many inputs there must be; 0 for any number
  std::optional<int> rank = {};
  std::optional<int> min_rank = {};
  std::optional<int> max_rank = {};
  std::vector<Axis> axes = {};
  std::optional<DType> dtype = {};

  /// ValueError when the rank that is asked for, or the largest, has no such axis.
  void check_axes() const;
  /// ValueError or TypeError when an input's shape or dtype does not fit; an unknown extent fits.
  void check(const Shape& shape, DType input_dtype) const;
};

}  // namespace reel
