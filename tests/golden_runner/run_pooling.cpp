// Pooling over windows and over whole images, by the ops and by the layers.

#include <reel/core/ops.h>
#include <reel/layers/global_pooling2d.h>
#include <reel/layers/pooling2d.h>

#include "case_window.h"
#include "operation.h"
#include "through_layer.h"

namespace golden {

namespace {

template <class Layer>
Results window_layer(const Problem& p) {
  const reel::PoolingOptions options = pooling_options(p);
  Layer layer({.pool_size = options.pool_size,
               .strides = options.strides,
               .padding = options.padding,
               .data_format = options.data_format,
               .dtype = p.dtype()});
  return differentiate(p, layer, {});
}

template <class Layer>
Results global_layer(const Problem& p) {
  Layer layer({.data_format = data_format_of(p),
               .keepdims = p.config().at("keepdims"),
               .dtype = p.dtype()});
  return differentiate(p, layer, {});
}

}  // namespace

void add_pooling(Operations& operations) {
  add(operations, "max_pool2d",
      [](const Problem& p) { return reel::max_pool2d(p["x"], pooling_options(p)); });
  add(operations, "average_pool2d",
      [](const Problem& p) { return reel::avg_pool2d(p["x"], pooling_options(p)); });
  add(operations, "global_max_pool2d", [](const Problem& p) {
    return reel::global_max_pool2d(p["x"], data_format_of(p), p.config().at("keepdims"));
  });
  add(operations, "global_average_pool2d", [](const Problem& p) {
    return reel::global_avg_pool2d(p["x"], data_format_of(p), p.config().at("keepdims"));
  });
  operations.emplace("max_pool2d", Operation{"layer", window_layer<reel::MaxPooling2D>});
  operations.emplace("average_pool2d", Operation{"layer", window_layer<reel::AveragePooling2D>});
  operations.emplace("global_max_pool2d",
                     Operation{"layer", global_layer<reel::GlobalMaxPooling2D>});
  operations.emplace("global_average_pool2d",
                     Operation{"layer", global_layer<reel::GlobalAveragePooling2D>});
}

}  // namespace golden
