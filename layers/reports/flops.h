// The arithmetic of a layer, counted by hand: what a summary shows.
//
// A FLOP is one addition, multiplication or comparison of a forward pass for inference, so a
// multiply-add is two. Taps that fall on padding count, as everywhere in the literature; a function
// of an element counts as one, whatever it takes. Counted from shapes, so exact and free; the price
// is that only the library's own classes are known. Internal: included by summary.cpp.
#pragma once

#include <optional>
#include <span>

#include <reel/layers/separable_conv2d.h>

namespace reel::detail {

/// Of a call that made y from xs, without the layers below; none for a class that a user wrote.
std::optional<Index> flops(const Layer& layer, std::span<const Tensor> xs, const Tensor& y);

/// Of the full convolution that `fold(layer)` is the kernel of, with the layer's bias and
/// activation; and the weights that it has.
Index folded_flops(const SeparableConv2D& layer, const Tensor& y);
Index folded_parameters(const SeparableConv2D& layer);

}  // namespace reel::detail
