// Tensors as small pictures in the terminal: images, feature maps, kernels.
//
//   fmt::print("{}", picture_text(images));
//   fmt::print("{}", picture_text(kernel, {.layout = PictureLayout::kernel}));
//
// Read before: tensor.h. Read next: picture_text.cpp, listing.h.
#pragma once

#include <string>

#include <reel/core/runtime/named_enum.h>
#include <reel/core/tensor.h>

namespace reel {

/// What the axes mean. `image`: (H, W), (H, W, C) or (N, H, W, C), where three channels are red,
/// green and blue and any other number are planes; `kernel`: (R, S, C, M), a plane for each pair.
enum class PictureLayout { image, kernel };
constexpr std::string_view name_of(PictureLayout layout) {
  return detail::name_in({"image", "kernel"}, layout);
}

/// Half blocks in 24-bit colours, or plain characters; automatic: colours when standard output is a
/// terminal.
enum class PictureColours { automatic, always, never };
constexpr std::string_view name_of(PictureColours colours) {
  return detail::name_in({"automatic", "always", "never"}, colours);
}

struct PictureTextOptions {
  PictureLayout layout = PictureLayout::image;
  PictureColours colours = PictureColours::automatic;
  int columns = 80;  ///< of the terminal; planes that do not fit go to the next line
  int planes = 16;   ///< at most; what is left out is counted
};

/// Planes side by side, on one scale from 0 to the largest size: grey where nothing is negative,
/// else blue for negative and red for positive numbers. In plain characters a pixel is two: a shade
/// from "  " to "@@", or sign and digit (-9 to 9 on that scale); NaN is "??", in colours magenta;
/// an infinity is at the end of the scale. ValueError for another rank, or fewer than 2 columns or
/// 1 plane.
std::string picture_text(const Tensor& x, const PictureTextOptions& options = {});

}  // namespace reel
