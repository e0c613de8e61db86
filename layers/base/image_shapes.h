// Checks and shapes that the layers on images share: what becomes of rows and columns.
//
// Read before: window_options.h. Read next: pooling2d.h, zero_padding2d.h, convolution_shapes.h.
#pragma once

#include <string>

#include <reel/core/ops/window_options.h>
#include <reel/core/shape.h>

namespace reel::detail {

/// ValueError "path: argument must be at least ..." when one of the two numbers is below `least`.
void check_pair(const std::string& path, const char* argument, const Pair& pair, int least);

/// ValueError when a shape that is asked about does not have this rank.
void check_rank(const Shape& input, int rank);

/// "(2, 3)"
std::string text_of(const Pair& pair);

/// The axis of the rows of an image batch; the columns follow.
int rows_axis(const DataFormat& data_format);

/// `input` with f(rows, a.rows, b.rows) rows and likewise columns; unknown ones stay so.
template <class F>
Shape with_rows_and_columns(const Shape& input, const DataFormat& data_format, const Pair& a,
                            const Pair& b, F f) {
  const int rows = rows_axis(data_format), columns = rows + 1;
  Shape output = input;
  if (input[rows] != Shape::unknown) output[rows] = f(input[rows], a.rows, b.rows);
  if (input[columns] != Shape::unknown) output[columns] = f(input[columns], a.columns, b.columns);
  return output;
}

}  // namespace reel::detail
