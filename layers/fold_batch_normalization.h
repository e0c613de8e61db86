// A net for inference in which no batch normalization follows a layer that can do its work.
//
//   gamma ((x w + b) - mean) / sqrt(variance + epsilon) + beta = x (w s) + ((b - mean) s + beta)
//   with s = gamma / sqrt(variance + epsilon), a factor a channel
//
// In inference the statistics are constants, so that a layer which is linear in its kernel takes
// them into kernel and bias, and the activation behind them along: one pass over the data in place
// of three. Decision: the result is a net of its own, an ordinary chain; the source is left as it
// is, to be trained on. Price: what the folded statistics were is lost in it, so training it
// further is the training of a net without batch normalization. Source: Jacob et al. (2018),
// "Quantization and training of neural networks", section 3.2. Read before: batch_normalization.h,
// sequential.h. Read next: folded_layer.h.
#pragma once

#include <memory>

#include <reel/layers/sequential.h>

namespace reel {

/// A copy of a built chain that computes the same in inference, but for rounding, with fewer
/// layers. Each BatchNormalization directly behind a Conv2D, SeparableConv2D, DepthwiseConv2D,
/// Conv2DTranspose or Dense without an activation, and over its channels, is folded into that
/// layer's kernel and bias (which it gets if it has none); an Activation, ReLU, LeakyReLU,
/// ThresholdedReLU, ELU or Softmax directly behind that becomes the layer's activation. So it is in
/// the chains inside the chain, not in layers of other classes.
///
/// A folded layer keeps its name, dtype and data format and whether it is frozen. Its kernel is
/// another than the one that was trained, so it has neither regularizers nor constraints, except
/// the activity regularizer of the last layer that is folded into it. All others are copied by
/// their configs, with their weights. Left as they are: layers that the net uses more than once
/// (the copy shares them as the source does), and those whose folded numbers would not be finite.
/// Nothing is shared with the source, which is not changed; nothing is recorded, so no gradient
/// reaches it. A class derived from Sequential counts as the chain of its layers.
///
/// Functions that configs name are looked for among `custom_objects` first. RuntimeError for a
/// layer that is not built, or whose class has no config; ValueError for one of a class that is not
/// registered, for a function without a name, and where a copy by config has other weights.
std::unique_ptr<Sequential> fold_batch_normalization(const Sequential& net,
                                                     const CustomObjects& custom_objects = {});

}  // namespace reel
