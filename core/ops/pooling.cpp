// Pooling is linear once the positions of the maxima are known, so each gradient below is an op
// whose own gradient is the op that it belongs to: second and higher orders need nothing else.
// Read before: pooling.h, check_pool.h, naive_pooling.cpp. Read next: pooling_loops.cpp.
#include <reel/core/ops/pooling.h>

#include <algorithm>

#include <reel/core/kernels/naive/naive_pooling.h>
#include <reel/core/kernels/naive/naive_upsampling.h>
#include <reel/core/kernels/pooling/pooling_loops.h>
#include <reel/core/kernels/pooling/upsampling.h>
#include <reel/core/ops/check_pool.h>
#include <reel/core/ops/op_attributes.h>
#include <reel/core/ops/reduction.h>
#include <reel/core/ops/shape_ops.h>
#include <reel/core/ops/sums_in_range.h>
#include <reel/core/record.h>
#include <reel/core/runtime/checked_index.h>
#include <reel/core/runtime/kernel_choice.h>

namespace reel {
namespace {

using detail::kernel_in_use;
using detail::Pool;
using detail::pool_for;
using kernels::PoolGeometry;
using kernels::WindowAxis;

// Positions within a window are kept as numbers of x's dtype, and a float counts to 2^24.
void check_positions(const char* op, const Tensor& x, const Pool& pool) {
  const PoolGeometry& g = pool.geometry;
  const Index limit = x.dtype() == float32 ? Index{1} << 24 : Index{1} << 53;
  if (x.size() != 0 && g.rows.kernel > limit / g.columns.kernel)
    throw ValueError("{}: a {} window must have at most {} positions; got {} x {}", op, x.dtype(),
                     limit, g.rows.kernel, g.columns.kernel);
}

// Memory for a position a window: bytes, in the numbers of a tensor, where they do.
Tensor room_for_positions(const Pool& pool, DType dtype) {
  if (!kernels::positions_fit_bytes(pool.geometry)) return Tensor::empty(pool.out, dtype);
  return Tensor::empty({(pool.out.size() + 3) / 4}, float32);
}

// run(positions), a pointer to bytes or to numbers of type T.
template <class T, class Run>
void with_positions(const Tensor& positions, const Pool& pool, const Run& run) {
  if (kernels::positions_fit_bytes(pool.geometry))
    run(reinterpret_cast<const unsigned char*>(positions.data<float>()));
  else
    run(positions.data<T>());
}

// Whose positions they are, and for each window the position in it, row by row.
Config given(const Tensor& positions, const Pool& pool) {
  ConfigValue::List list;
  dispatch(positions.dtype(), [&](auto zero) {
    with_positions<decltype(zero)>(positions, pool, [&](const auto* at) {
      for (Index i = 0; i < pool.out.size(); ++i) list.emplace_back(static_cast<Index>(at[i]));
    });
  });
  return detail::named(detail::config_of(pool), "positions", list);
}

// kernel(0 of the dtype), which makes `to` of `from`: unless either has no elements, since kernels
// walk rows, and of those an empty tensor may have more than anybody can wait for.
void compute(const Tensor& from, Tensor& to, const auto& kernel) {
  dispatch(to.dtype(), [&](auto zero) {
    if (from.size() != 0 && to.size() != 0)
      kernel(zero);
    else
      std::fill_n(writable<decltype(zero)>(to), to.size(), zero);
  });
}

Tensor gather_maxima(const Tensor& x, const Tensor& positions, const Pool& pool);

// dy at the positions of the maxima, 0 elsewhere.
Tensor scatter_maxima(const Tensor& dy, const Tensor& positions, const Pool& pool) {
  Tensor dx = Tensor::empty(pool.in, dy.dtype());
  compute(dy, dx, [&](auto zero) {
    using T = decltype(zero);
    with_positions<T>(positions, pool, [&]<class P>(const P* at) {
      kernel_in_use(kernels::scatter_maxima<T, P>, kernels::naive::scatter_maxima<T, P>)(
          pool.geometry, dy.data<T>(), at, writable<T>(dx));
    });
  });
  if (!recording()) return dx;
  return record(
      "max_pool2d_scatter", dx,
      wrt(dy, [positions, pool](const Tensor& ddx) { return gather_maxima(ddx, positions, pool); }),
      attributes([&] { return detail::named(given(positions, pool), "shape", pool.in); }));
}

Tensor gather_maxima(const Tensor& x, const Tensor& positions, const Pool& pool) {
  Tensor y = Tensor::empty(pool.out, x.dtype());
  compute(x, y, [&](auto zero) {
    using T = decltype(zero);
    with_positions<T>(positions, pool, [&]<class P>(const P* at) {
      kernel_in_use(kernels::gather_maxima<T, P>, kernels::naive::gather_maxima<T, P>)(
          pool.geometry, x.data<T>(), at, writable<T>(y));
    });
  });
  if (!recording()) return y;
  return record(
      "max_pool2d_gather", y,
      wrt(x, [positions, pool](const Tensor& dy) { return scatter_maxima(dy, positions, pool); }),
      attributes([&] { return given(positions, pool); }));
}

// What sums do: pooling divides by the number of summands, upsampling's gradient does not.
struct Names {
  const char *sum, *spread;
  bool divide;
};
constexpr Names averages{"avg_pool2d", "avg_pool2d_gradient", true};
constexpr Names sums{"upsample2d_gradient", "upsample2d", false};

Config given(const Pair& size, DataFormat::Kind data_format, Interpolation interpolation) {
  return detail::named("size", size, "data_format", data_format, "interpolation", interpolation);
}
Config given(const Names& names, const Pool& pool) {
  if (names.divide) return detail::config_of(pool);
  const PoolGeometry& g = pool.geometry;
  return given(Pair(static_cast<int>(g.rows.kernel), static_cast<int>(g.columns.kernel)),
               pool.data_format, Interpolation::nearest);
}

Tensor spread_sums(const Names& names, const Tensor& dy, const Pool& pool);

Tensor sum_pool(const Names& names, const Tensor& x, const Pool& pool) {
  const PoolGeometry& g = pool.geometry;
  const Index most = names.divide ? g.rows.kernel * g.columns.kernel : 1;
  const Tensor y = detail::within_range(x, most, [&](const Tensor& numbers) {
    Tensor result = Tensor::empty(pool.out, x.dtype());
    compute(numbers, result, [&](auto zero) {
      using T = decltype(zero);
      kernel_in_use(kernels::sum_pool<T>, kernels::naive::sum_pool<T>)(
          g, names.divide, numbers.data<T>(), writable<T>(result));
    });
    return result;
  });
  if (!recording()) return y;
  return record(names.sum, y,
                wrt(x, [names, pool](const Tensor& dy) { return spread_sums(names, dy, pool); }),
                attributes([&] { return given(names, pool); }));
}

Tensor spread_sums(const Names& names, const Tensor& dy, const Pool& pool) {
  Tensor dx = Tensor::empty(pool.in, dy.dtype());
  compute(dy, dx, [&](auto zero) {
    using T = decltype(zero);
    kernel_in_use(kernels::spread_sums<T>, kernels::naive::spread_sums<T>)(
        pool.geometry, names.divide, dy.data<T>(), writable<T>(dx));
  });
  if (!recording()) return dx;
  return record(names.spread, dx,
                wrt(dy, [names, pool](const Tensor& ddx) { return sum_pool(names, ddx, pool); }),
                attributes([&] {
                  return names.divide ? detail::named(given(names, pool), "shape", pool.in)
                                      : given(names, pool);
                }));
}

Tensor max_pool(const Tensor& x, const Pool& pool) {
  const bool keep = recording();
  Tensor y = Tensor::empty(pool.out, x.dtype());
  Tensor positions = keep ? room_for_positions(pool, x.dtype()) : Tensor();
  compute(x, y, [&](auto zero) {
    using T = decltype(zero);
    const auto run = [&]<class P>(P* at) {
      kernel_in_use(kernels::max_pool<T, P>, kernels::naive::max_pool<T, P>)(
          pool.geometry, x.data<T>(), writable<T>(y), at);
    };
    if (keep && kernels::positions_fit_bytes(pool.geometry))
      run(reinterpret_cast<unsigned char*>(writable<float>(positions)));
    else
      run(keep ? writable<T>(positions) : nullptr);
  });
  if (!keep) return y;
  return record(
      "max_pool2d", y,
      wrt(x, [positions, pool](const Tensor& dy) { return scatter_maxima(dy, positions, pool); }),
      attributes([&] { return detail::config_of(pool); }));
}

// The first axis of the positions, for a global pool.
int first_position_axis(const char* op, const Tensor& x, const DataFormat& data_format) {
  const Pool pool = pool_for(op, x, {.pool_size = 1, .strides = 1, .data_format = data_format});
  if (pool.geometry.rows.input == 0 || pool.geometry.columns.input == 0)
    throw ValueError("{}: an image must have at least one position; got {}", op, x.shape());
  return data_format.kind(op) == DataFormat::channels_last ? 1 : 2;
}

struct Bilinear : kernels::Upsampling {
  DataFormat::Kind data_format;
};

Config given(const Bilinear& u) {
  return given(Pair(static_cast<int>(u.row_factor), static_cast<int>(u.column_factor)),
               u.data_format, Interpolation::bilinear);
}

Tensor bilinear_adjoint(const Tensor& dy, const Bilinear& u, const Shape& in);

Tensor bilinear(const Tensor& x, const Bilinear& u, const Shape& out) {
  Tensor y = Tensor::empty(out, x.dtype());
  compute(x, y, [&](auto zero) {
    using T = decltype(zero);
    kernel_in_use(kernels::upsample_bilinear<T>, kernels::naive::upsample_bilinear<T>)(
        u, x.data<T>(), writable<T>(y));
  });
  if (!recording()) return y;
  return record(
      "upsample2d", y,
      wrt(x, [u, in = x.shape()](const Tensor& dy) { return bilinear_adjoint(dy, u, in); }),
      attributes([&] { return given(u); }));
}

Tensor bilinear_adjoint(const Tensor& dy, const Bilinear& u, const Shape& in) {
  Tensor dx = Tensor::empty(in, dy.dtype());
  compute(dy, dx, [&](auto zero) {
    using T = decltype(zero);
    kernel_in_use(kernels::upsample_bilinear_adjoint<T>,
                  kernels::naive::upsample_bilinear_adjoint<T>)(u, dy.data<T>(), writable<T>(dx));
  });
  if (!recording()) return dx;
  return record("upsample2d_gradient", dx,
                wrt(dy, [u, out = dy.shape()](const Tensor& ddx) { return bilinear(ddx, u, out); }),
                attributes([&] { return given(u); }));
}

}  // namespace

Tensor max_pool2d(const Operand& operand, const PoolingOptions& options) {
  const Tensor& x = operand.tensor("max_pool2d");
  const Pool pool = pool_for("max_pool2d", x, options);
  check_positions("max_pool2d", x, pool);
  return max_pool(x, pool);
}

Tensor avg_pool2d(const Operand& operand, const PoolingOptions& options) {
  const Tensor& x = operand.tensor("avg_pool2d");
  return sum_pool(averages, x, pool_for("avg_pool2d", x, options));
}

Tensor global_max_pool2d(const Operand& operand, const DataFormat& data_format, bool keepdims) {
  const char* const op = "global_max_pool2d";
  const Tensor& x = operand.tensor(op);
  const int first = first_position_axis(op, x, data_format);
  Pool pool = pool_for(op, x, {.pool_size = 1, .strides = 1, .data_format = data_format});
  for (WindowAxis* const axis : {&pool.geometry.rows, &pool.geometry.columns})
    *axis = {axis->input, axis->input, 1};
  pool.out[first] = pool.out[first + 1] = 1;
  check_positions(op, x, pool);
  const Tensor y = max_pool(x, pool);
  return keepdims ? y : reshape(y, {x.dim(0), x.dim(first == 1 ? 3 : 1)});
}

Tensor global_avg_pool2d(const Operand& operand, const DataFormat& data_format, bool keepdims) {
  const char* const op = "global_avg_pool2d";
  const Tensor& x = operand.tensor(op);
  const int first = first_position_axis(op, x, data_format);
  return mean(x, {first, first + 1}, keepdims);
}

Tensor upsample2d(const Operand& operand, Pair size, const DataFormat& data_format,
                  Interpolation interpolation) {
  const char* const op = "upsample2d";
  const Tensor& x = operand.tensor(op);
  if (size.rows < 1 || size.columns < 1)
    throw ValueError("{}: size must be >= 1; got ({}, {})", op, size.rows, size.columns);
  Pool pool = pool_for(op, x, {.pool_size = 1, .strides = 1, .data_format = data_format});
  PoolGeometry& g = pool.geometry;
  const Bilinear u{{g.planes, g.rows.input, g.columns.input, g.lanes, size.rows, size.columns},
                   pool.data_format};
  const int first = data_format.kind(op) == DataFormat::channels_last ? 1 : 2;
  pool.in[first] = detail::checked_product(op, pool.in[first], size.rows);
  pool.in[first + 1] = detail::checked_product(op, pool.in[first + 1], size.columns);
  if (interpolation == Interpolation::bilinear) return bilinear(x, u, pool.in);
  // To repeat is the adjoint of summing windows that lie side by side.
  g.rows = {pool.in[first], size.rows, u.height, size.rows};
  g.columns = {pool.in[first + 1], size.columns, u.width, size.columns};
  return spread_sums(sums, x, pool);
}

}  // namespace reel
