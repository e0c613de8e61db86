// Checks that a pool fits an input, and the geometry that follows: for all pooling alike.
//
// The geometry is what kernels take. Beside it stand the two names that cannot be read off it, so
// that a gradient can still say the options that it goes back to. Read before: pooling_loops.h,
// check_window.h. Read next: pooling.cpp.
#pragma once

#include <reel/core/error.h>
#include <reel/core/kernels/pooling/pooling_loops.h>
#include <reel/core/ops/check_window.h>
#include <reel/core/ops/op_attributes.h>
#include <reel/core/ops/pooling.h>
#include <reel/core/tensor.h>

namespace reel::detail {

/// The shape of x and what is cut out of it.
struct Pool {
  kernels::PoolGeometry geometry;
  Shape in, out;
  Padding::Kind padding;
  DataFormat::Kind data_format;
};

inline kernels::WindowAxis pool_axis(const char* op, Index in, Index window, Index stride,
                                     bool same, const char* extent) {
  const kernels::WindowAxis axis = kernels::WindowAxis::make(in, window, stride, 1, same);
  if (axis.output < 0)
    throw ValueError("{}: the window must fit into the input; got {} {} and window {}", op, extent,
                     in, window);
  return axis;
}

/// ValueError that starts with `op` for a rank other than 4, a pool_size or strides below 1, a
/// window beyond the input, unknown names of padding or data format.
inline Pool pool_for(const char* op, const Tensor& x, const PoolingOptions& options) {
  const DataFormat::Kind data_format = options.data_format.kind(op);
  const Padding::Kind padding = options.padding.kind(op);
  const bool last = data_format == DataFormat::channels_last, same = padding == Padding::same;
  const auto [window, strides] = std::pair(options.pool_size, options.strides);
  if (x.rank() != 4)
    throw ValueError("{}: x must have rank 4, {}; got {}", op,
                     last ? "(N, H, W, C)" : "(N, C, H, W)", x.shape());
  check_pair(op, "pool_size", window);
  check_pair(op, "strides", strides);

  const Shape& in = x.shape();
  const int first = last ? 1 : 2;
  Pool pool{{}, in, in, padding, data_format};
  kernels::PoolGeometry& g = pool.geometry;
  g.planes = last ? in[0] : in[0] * in[1];
  g.lanes = last ? in[3] : 1;
  g.rows = pool_axis(op, in[first], window.rows, strides.rows, same, "height");
  g.columns = pool_axis(op, in[first + 1], window.columns, strides.columns, same, "width");
  pool.out[first] = g.rows.output;
  pool.out[first + 1] = g.columns.output;
  return pool;
}

/// Two extents as a Pair would be: [rows, columns].
inline ConfigValue pair_of(Index rows, Index columns) { return ConfigValue::List{rows, columns}; }

/// The PoolingOptions that stand for it.
inline Config config_of(const Pool& pool) {
  const kernels::WindowAxis &rows = pool.geometry.rows, &columns = pool.geometry.columns;
  return named("pool_size", pair_of(rows.kernel, columns.kernel), "strides",
               pair_of(rows.stride, columns.stride), "padding", pool.padding, "data_format",
               pool.data_format);
}

}  // namespace reel::detail
