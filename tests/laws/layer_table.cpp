#include "layer_table.h"

#include <utility>

#include <reel/reel.h>

#include "op_table.h"

using namespace reel;
using op_table::spread;

namespace layer_table {
namespace {

using Rows = std::vector<Row>;

template <class T>
void add(Rows& rows, const char* name, const typename T::Options& options,
         std::vector<Tensor> inputs, bool training = false) {
  rows.push_back(
      {name, [options] { return std::make_unique<T>(options); }, std::move(inputs), training});
}

// An image of 4 x 5 with 2 channels.
Tensor image(const std::string& data_format) {
  return spread(data_format == "channels_last" ? Shape{1, 4, 5, 2} : Shape{1, 2, 4, 5});
}

void add_images(Rows& rows, const char* data_format) {
  const Tensor x = image(data_format);
  add<Conv2D>(rows, "Conv2D",
              {.filters = 3,
               .kernel_size = {2, 3},
               .strides = {1, 2},
               .padding = "same",
               .data_format = data_format,
               .activation = "tanh"},
              {x});
  add<Conv2D>(rows, "Conv2D",
              {.filters = 2,
               .kernel_size = 2,
               .data_format = data_format,
               .dilation_rate = {2, 3},
               .use_bias = false},
              {x});
  add<Conv2D>(rows, "Conv2D",
              {.filters = 4,
               .kernel_size = 2,
               .data_format = data_format,
               .groups = 2,
               .activation = "tanh"},
              {x});
  add<DepthwiseConv2D>(rows, "DepthwiseConv2D",
                       {.kernel_size = {2, 3},
                        .strides = 2,
                        .padding = "same",
                        .depth_multiplier = 2,
                        .data_format = data_format,
                        .activation = "tanh"},
                       {x});
  for (const char* activation : {"tanh", "relu"})
    add<SeparableConv2D>(rows, "SeparableConv2D",
                         {.filters = 3,
                          .kernel_size = {2, 3},
                          .padding = "same",
                          .data_format = data_format,
                          .depth_multiplier = 2,
                          .activation = activation},
                         {x});
  for (const char* padding : {"valid", "same"})
    add<Conv2DTranspose>(rows, "Conv2DTranspose",
                         {.filters = 3,
                          .kernel_size = {2, 3},
                          .strides = {3, 2},
                          .padding = padding,
                          .data_format = data_format,
                          .activation = "tanh"},
                         {x});
  add<Conv2DTranspose>(rows, "Conv2DTranspose",
                       {.filters = 2,
                        .kernel_size = {3, 2},
                        .strides = 2,
                        .padding = "same",
                        .output_padding = Pair(0, 1),
                        .data_format = data_format},
                       {x});
  add<Conv2DTranspose>(rows, "Conv2DTranspose",
                       {.filters = 2,
                        .kernel_size = 2,
                        .data_format = data_format,
                        .dilation_rate = {2, 3},
                        .use_bias = false},
                       {x});
  const Pooling2DOptions pooling{
      .pool_size = {3, 2}, .strides = 2, .padding = "same", .data_format = data_format};
  add<MaxPooling2D>(rows, "MaxPooling2D", pooling, {x});
  add<AveragePooling2D>(rows, "AveragePooling2D", pooling, {x});
  add<GlobalMaxPooling2D>(rows, "GlobalMaxPooling2D", {.data_format = data_format}, {x});
  add<GlobalAveragePooling2D>(rows, "GlobalAveragePooling2D", {.data_format = data_format}, {x});
  for (const char* interpolation : {"nearest", "bilinear"})
    add<UpSampling2D>(rows, "UpSampling2D",
                      {.size = {2, 3}, .data_format = data_format, .interpolation = interpolation},
                      {x});
  add<ZeroPadding2D>(rows, "ZeroPadding2D",
                     {.padding = Margins({1, 0}, {0, 2}), .data_format = data_format}, {x});
  add<Cropping2D>(rows, "Cropping2D",
                  {.cropping = Margins({1, 0}, {1, 2}), .data_format = data_format}, {x});
  add<Flatten>(rows, "Flatten", {.data_format = data_format}, {x});
  const int axis = std::string(data_format) == "channels_last" ? -1 : 1;
  for (bool training : {true, false})
    add<BatchNormalization>(rows, "BatchNormalization", {.axis = axis}, {x}, training);
  add<BatchNormalization>(rows, "BatchNormalization",
                          {.axis = axis, .center = false, .scale = false}, {x}, true);
  add<LayerNormalization>(rows, "LayerNormalization", {.axis = {axis}}, {x});
  add<LayerNormalization>(rows, "LayerNormalization",
                          {.axis = {1, 2}, .center = false, .scale = false}, {x});
}

}  // namespace

Rows rows() {
  Rows rows;
  const Tensor x = spread({3, 4}), other = spread({3, 4}, -1, 1, 1);
  add<Dense>(rows, "Dense", {.units = 2, .activation = "tanh"}, {x});
  add<Dense>(rows, "Dense", {.units = 2, .use_bias = false}, {spread({2, 2, 3})});
  add<layers::Activation>(rows, "Activation", {.activation = "swish"}, {x});
  add<Add>(rows, "Add", {}, {x, other, spread({4})});
  add<Subtract>(rows, "Subtract", {}, {x, spread({4})});
  add<Multiply>(rows, "Multiply", {}, {x, other, spread({4})});
  add<Average>(rows, "Average", {}, {x, other, spread({4})});
  add<Maximum>(rows, "Maximum", {}, {x, other, spread({4}, -1, 1, 2)});
  add<Minimum>(rows, "Minimum", {}, {x, other, spread({4}, -1, 1, 2)});
  add<Concatenate>(rows, "Concatenate", {.axis = 1}, {x, other, spread({3, 1})});
  add<Dropout>(rows, "Dropout", {.rate = 0.4}, {x}, true);
  add<GaussianNoise>(rows, "GaussianNoise", {.stddev = 0.4}, {x}, true);
  add<LayerNormalization>(rows, "LayerNormalization", {}, {x});
  add<Embedding>(rows, "Embedding", {.input_dim = 3, .output_dim = 2},
                 {Tensor({{2, 0}, {1, 2}}, float64)});
  rows.back().of_inputs = false;
  add<Rescaling>(rows, "Rescaling", {.scale = 0.5, .offset = -1}, {x});
  add<Permute>(rows, "Permute", {.dims = {3, 1, 2}}, {spread({2, 2, 3, 2})});
  add<Reshape>(rows, "Reshape", {.target_shape = {2, -1}}, {x});
  add<InputLayer>(rows, "InputLayer", {.input_shape = Shape{4}}, {x});
  add<ReLU>(rows, "ReLU", {.max_value = 0.7, .negative_slope = 0.2, .threshold = 0.1}, {x});
  add<LeakyReLU>(rows, "LeakyReLU", {}, {x});
  add<ThresholdedReLU>(rows, "ThresholdedReLU", {.theta = 0.1}, {x});
  add<ELU>(rows, "ELU", {.alpha = 0.5}, {x});
  add<Softmax>(rows, "Softmax", {}, {x});
  add<PReLU>(rows, "PReLU", {.alpha_initializer = constant(0.2)}, {x});
  add_images(rows, "channels_last");
  add_images(rows, "channels_first");
  rows.push_back({"Sequential",
                  [] {
                    auto net = std::make_unique<Sequential>();
                    net->add<Conv2D>({.filters = 2, .kernel_size = 2, .activation = "tanh"});
                    net->add<BatchNormalization>();
                    net->add<Flatten>();
                    net->add<Dense>({.units = 2});
                    return net;
                  },
                  {spread({2, 3, 3, 1})},
                  true});
  return rows;
}

}  // namespace layer_table
