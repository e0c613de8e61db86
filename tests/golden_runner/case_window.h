// The options of convolutions and pooling, read from a case's configuration.
#pragma once

#include <reel/core/ops/convolution.h>
#include <reel/core/ops/pooling.h>

#include "golden_set.h"

namespace golden {

inline reel::Pair pair_of(const Json& json) { return {json.at(0), json.at(1)}; }

inline reel::DataFormat data_format_of(const Problem& p) {
  return p.config().at("data_format").get<std::string>();
}

inline reel::ConvolutionOptions convolution_options(const Problem& p) {
  return {.strides = pair_of(p.config().at("strides")),
          .padding = p.config().at("padding").get<std::string>(),
          .data_format = data_format_of(p),
          .dilations = pair_of(p.config().at("dilation_rate"))};
}

inline reel::PoolingOptions pooling_options(const Problem& p) {
  return {.pool_size = pair_of(p.config().at("pool_size")),
          .strides = pair_of(p.config().at("strides")),
          .padding = p.config().at("padding").get<std::string>(),
          .data_format = data_format_of(p)};
}

}  // namespace golden
