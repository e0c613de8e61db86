// Pooling over windows and over whole images.

#include <reel/core/ops.h>

#include "operation.h"
#include "window.h"

namespace golden {

using reel::Tensor;

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
}

}  // namespace golden
