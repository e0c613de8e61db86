// One computed tensor against its reference.
#pragma once

#include <string>

#include <reel/core/tensor.h>

#include "golden_set.h"

namespace golden {

struct Comparison {
  double share = 0;       ///< the largest error as a share of what is allowed; 1 just passes
  std::string complaint;  ///< "" when every element passes
};

/// Shapes must be equal, and no element may be further from its reference than `tolerance` allows.
Comparison compare(const reel::Tensor& computed, const reel::Tensor& reference,
                   const Tolerance& tolerance);

}  // namespace golden
