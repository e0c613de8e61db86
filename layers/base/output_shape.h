// Checks and axes that the layers on images share when they work out shapes.
//
// Read next: pooling2d.h, zero_padding2d.h.
#pragma once

#include <string>

#include <reel/core/ops/window_options.h>
#include <reel/core/shape.h>

namespace reel::detail {

/// ValueError "path: argument must be at least ..." when one of the two numbers is below `least`.
void check_pair(const std::string& path, const char* argument, const Pair& pair, int least);

/// ValueError when a shape that is asked about does not have this rank.
void check_rank(const Shape& input, int rank);

/// The axis of the rows of an image batch; the columns follow.
int rows_axis(const DataFormat& data_format);

}  // namespace reel::detail
