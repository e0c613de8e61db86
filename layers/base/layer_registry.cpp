#include <reel/layers/base/layer_registry.h>

#include <map>
#include <mutex>

#include <reel/core/runtime/fork.h>
#include <reel/layers/activation_layer.h>
#include <reel/layers/add.h>
#include <reel/layers/advanced_activations.h>
#include <reel/layers/batch_normalization.h>
#include <reel/layers/concatenate.h>
#include <reel/layers/conv2d.h>
#include <reel/layers/conv2d_transpose.h>
#include <reel/layers/cropping2d.h>
#include <reel/layers/dense.h>
#include <reel/layers/depthwise_conv2d.h>
#include <reel/layers/dropout.h>
#include <reel/layers/embedding.h>
#include <reel/layers/flatten.h>
#include <reel/layers/gaussian_noise.h>
#include <reel/layers/global_pooling2d.h>
#include <reel/layers/input_layer.h>
#include <reel/layers/layer_normalization.h>
#include <reel/layers/merge.h>
#include <reel/layers/permute.h>
#include <reel/layers/pooling2d.h>
#include <reel/layers/prelu.h>
#include <reel/layers/rescaling.h>
#include <reel/layers/reshape.h>
#include <reel/layers/separable_conv2d.h>
#include <reel/layers/sequential.h>
#include <reel/layers/up_sampling2d.h>
#include <reel/layers/zero_padding2d.h>

namespace reel::detail {
namespace {

struct Registry {
  ForkMutex mutex;
  std::map<std::string, LayerMaker> makers;

  template <class... Layers>
  void add() {
    (makers.emplace(class_name(typeid(Layers)), made_from_config<Layers>), ...);
  }

  Registry() {
    add<layers::Activation, Add, Average, AveragePooling2D, BatchNormalization, Concatenate, Conv2D,
        Conv2DTranspose, Cropping2D, Dense, DepthwiseConv2D, Dropout, ELU, Embedding, Flatten,
        GaussianNoise, GlobalAveragePooling2D, GlobalMaxPooling2D, InputLayer, LayerNormalization,
        LeakyReLU, Maximum, MaxPooling2D, Minimum, Multiply, Permute, PReLU, ReLU, Rescaling,
        Reshape, SeparableConv2D, Sequential, Softmax, Subtract, ThresholdedReLU, UpSampling2D,
        ZeroPadding2D>();
    makers.emplace("SeparableConvolution2D", made_from_config<SeparableConv2D>);  // its old name
  }
};

Registry& registry() {
  static Registry& known = *new Registry;  // never destroyed: threads may outlive main
  return known;
}
[[maybe_unused]] const Registry& made_at_load = registry();  // fork.h

}  // namespace

void register_layer_maker(const std::string& class_name, LayerMaker make) {
  Registry& known = registry();
  const std::lock_guard lock(known.mutex);
  known.makers.insert_or_assign(class_name, make);
}

LayerMaker layer_maker(const std::string& class_name, const std::string& where) {
  Registry& known = registry();
  const std::lock_guard lock(known.mutex);
  if (const auto found = known.makers.find(class_name); found != known.makers.end())
    return found->second;
  throw ValueError(
      "{}: the class of a layer must be known; got '{}'; register_layer<{}>() makes "
      "it known",
      where, class_name, class_name);
}

}  // namespace reel::detail
