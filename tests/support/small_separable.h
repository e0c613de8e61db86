// The smallest separable layer, for tests of names and of who shares variables.
#pragma once

#include <reel/core/ops.h>
#include <reel/layers/scope/collections.h>
#include <reel/layers/separable_conv2d.h>

namespace reel::test {

inline const SeparableConv2DOptions small{.filters = 2, .kernel_size = 1, .use_bias = false};

inline SeparableConv2DOptions named(const char* name, Reuse reuse = {}) {
  SeparableConv2DOptions options = small;
  options.name = name;
  options.reuse = reuse;
  return options;
}

inline const Tensor image = ones({1, 1, 1, 3});

/// Trainable variables of the store in scope.
inline std::size_t count() { return collections::trainable_variables().size(); }

}  // namespace reel::test
