// The nets and data of the examples in small, for the doctor to look at.
#pragma once

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include <reel/core/io/drawn_shapes.h>
#include <reel/core/io/generated_sets.h>
#include <reel/core/io/loader.h>
#include <reel/core/io/standardization.h>
#include <reel/core/ops.h>
#include <reel/layers/activation_layer.h>
#include <reel/layers/batch_normalization.h>
#include <reel/layers/conv2d.h>
#include <reel/layers/dense.h>
#include <reel/layers/dropout.h>
#include <reel/layers/flatten.h>
#include <reel/layers/functions/constraints.h>
#include <reel/layers/functions/regularizers.h>
#include <reel/layers/global_pooling2d.h>
#include <reel/layers/pooling2d.h>
#include <reel/layers/separable_conv2d.h>
#include <reel/layers/sequential.h>

namespace reel::test {

/// What flats cost: area, distance, floor, river; not scaled. The target is near 1.
inline Dataset flats(Index count, std::uint64_t seed) {
  const auto random = uniform({count, 4}, 0, 1, float64, {.seed = seed}).to_vector();
  std::vector<float> features, targets;
  for (std::size_t i = 0; i < random.size(); i += 4) {
    const double area = 20 + 100 * random[i], distance = 10 * random[i + 1];
    const double floor = std::floor(6 * random[i + 2]), river = random[i + 3] < 0.2;
    for (const double number : {area, distance, floor, river})
      features.push_back(static_cast<float>(number));
    const double price = 3 * area * (river != 0 ? 1.5 : 1.0) / (1 + distance / 10) + 2 * floor;
    targets.push_back(static_cast<float>(price / 100));
  }
  return Dataset(
      {.features = Tensor(features, {count, 4}), .targets = Tensor(targets, {count, 1})});
}

inline Dataset standardized(const Dataset& data) { return data.map(Standardization(data)); }

/// Drawings of ten kinds, pixels in [0, 1].
inline Dataset drawings(Index count, std::uint64_t seed) {
  return drawn_shapes({.train = count, .test = 1, .seed = seed}).train;
}

/// The same in colours, one a picture.
inline Dataset coloured_drawings(Index count, std::uint64_t seed) {
  const Dataset plain = drawings(count, seed);
  const auto colours = uniform({count, 6}, 0, 1, float64, {.seed = seed}).to_vector();
  DatasetContents contents{.image_shape = {28, 28, 3}, .class_names = plain.class_names()};
  contents.labels.assign(plain.labels().begin(), plain.labels().end());
  for (Index i = 0; i < count; ++i)
    for (const std::uint8_t pixel : plain.image(i))
      for (Index c = 0; c < 3; ++c) {
        const double dark = colours[static_cast<std::size_t>(6 * i + c)] * 0.4;
        const double light = 0.6 + colours[static_cast<std::size_t>(6 * i + 3 + c)] * 0.4;
        contents.images.push_back(static_cast<std::uint8_t>(255 * dark + pixel * (light - dark)));
      }
  return Dataset(std::move(contents));
}

inline Tensor squares(const Tensor& y, const Batch& batch) {
  return mean_squared_error(y, batch.targets);
}

inline Tensor crossed(const Tensor& y, const Batch& batch) {
  return softmax_cross_entropy(y, batch.labels);
}

/// Two hidden layers.
struct DenseNet : Sequential {
  DenseNet(Index units, const std::string& activation, Index outputs) : Sequential("dense_net") {
    add<Flatten>();
    add<Dense>({.units = units, .activation = activation});
    add<Dense>({.units = units, .activation = activation});
    add<Dense>({.units = outputs});
  }
};

/// As the residual net of the example, two blocks deep.
struct ResidualNet : Layer {
  struct Block : Layer {
    Conv2D& first =
        child<Conv2D>({.filters = 8, .kernel_size = 3, .padding = "same", .activation = "relu"});
    Conv2D& second = child<Conv2D>({.filters = 8, .kernel_size = 3, .padding = "same"});
    Tensor call(const Tensor& x, const Call& call) override {
      return relu(x + second(first(x, call), call));
    }
  };
  Conv2D& stem =
      child<Conv2D>({.filters = 8, .kernel_size = 5, .strides = 3, .activation = "relu"});
  Block &first = child<Block>(), &second = child<Block>();
  Dense& head = child<Dense>({.units = 10});

  Tensor call(const Tensor& x, const Call& call) override {
    return head(mean(second(first(stem(x, call), call), call), {1, 2}), call);
  }
};

/// As that for photographs: batch normalization, a separable convolution, dropout.
struct PhotoNet : Sequential {
  PhotoNet() : Sequential("photos") {
    for (const Index filters : {8, 16}) {
      add<Conv2D>({.filters = filters, .kernel_size = 3, .padding = "same", .use_bias = false});
      add<BatchNormalization>({.momentum = 0.9});
      add<layers::Activation>({.activation = "relu"});
      add<MaxPooling2D>({.pool_size = 2});
    }
    add<SeparableConv2D>(
        {.filters = 32, .kernel_size = 3, .padding = "same", .activation = "relu"});
    add<GlobalAveragePooling2D>();
    add<Dropout>({.rate = 0.2});
    add<Dense>({.units = 10});
  }
};

/// A trunk that may be frozen, and a head.
struct TrunkAndHead : Layer {
  struct Trunk : Sequential {
    Trunk() : Sequential("trunk") {
      for (const Index filters : {8, 16}) {
        add<SeparableConv2D>(
            {.filters = filters, .kernel_size = 3, .padding = "same", .use_bias = false});
        add<BatchNormalization>({.momentum = 0.9});
        add<layers::Activation>({.activation = "relu"});
        add<MaxPooling2D>({.pool_size = 2});
      }
      add<Dropout>(0.2);
      add<Flatten>();
    }
  };
  Trunk& trunk = child<Trunk>();
  Dense& head = child<Dense>({.units = 10});
  Tensor call(const Tensor& x, const Call& call) override { return head(trunk(x, call), call); }
};

/// As the ClothingNetwork of the example, narrower.
struct ClothingNet : Sequential {
  ClothingNet() : Sequential("clothing") {
    add_convolution({.filters = 8, .kernel_size = 5, .depth_multiplier = 4});
    add<MaxPooling2D>({.pool_size = 2});
    add_activation();
    add_convolution({.filters = 16, .kernel_size = 3});
    add_activation();
    add_convolution({.filters = 16, .kernel_size = 3});
    add<MaxPooling2D>({.pool_size = 2});
    add_activation();
    add_convolution({.filters = 32, .kernel_size = 3});
    add_activation();
    add<GlobalAveragePooling2D>();
    add<Dense>({.units = 10});
  }

 private:
  void add_convolution(SeparableConv2DOptions options) {
    options.padding = "same";
    options.use_bias = false;
    options.pointwise_regularizer = l2(1e-4);
    options.depthwise_constraint = max_norm(2.0, per_filter());
    options.pointwise_constraint = max_norm(2.0, per_filter());
    add<SeparableConv2D>(options);
  }
  void add_activation() {
    add<BatchNormalization>({.momentum = 0.9});
    add<layers::Activation>({.activation = "relu"});
  }
};

}  // namespace reel::test
