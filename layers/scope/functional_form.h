// The functional forms of layers: `layers::dense(x, {.units = 10})` makes a layer, calls it once,
// and returns the output.
//
// The layer itself is gone after the call; its variables stay, owned by the variable store, where a
// second call with the same name finds them (reuse). As in the reference the forms are deprecated,
// because nothing is left to ask for losses, weights or a config: a process is told so once a
// class. Read before: layer.h, variable_store.h.
#pragma once

#include <reel/layers/batch_normalization.h>
#include <reel/layers/conv2d.h>
#include <reel/layers/dense.h>
#include <reel/layers/separable_conv2d.h>

namespace reel::layers {

/// `name` is the exact variable scope; calling again with the same name needs `reuse`.
Tensor dense(const Tensor& x, DenseOptions options, const Call& call = {});
Tensor conv2d(const Tensor& x, Conv2DOptions options, const Call& call = {});
Tensor separable_conv2d(const Tensor& x, SeparableConv2DOptions options, const Call& call = {});
Tensor batch_normalization(const Tensor& x, BatchNormalizationLayerOptions options = {},
                           const Call& call = {});

}  // namespace reel::layers
