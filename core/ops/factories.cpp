// How tensors of constants and of equal steps are filled.
//
// Each is a function from a position to a value, which `generate` calls for every element; zeros
// alone, the one that training asks for again and again, is a memset. Counts are checked before
// they become an Index: a double may be far beyond it. Read before: factories.h.
#include <reel/core/ops/factories.h>

#include <algorithm>
#include <cmath>
#include <cstring>

namespace reel {
namespace {

template <class F>
Tensor generate(const Shape& shape, DType dtype, F value_at) {
  Tensor result = Tensor::empty(shape, dtype);
  dispatch(dtype, [&](auto zero) {
    using T = decltype(zero);
    T* to = writable<T>(result);
    for (Index i = 0; i < result.size(); ++i) to[i] = static_cast<T>(value_at(i));
  });
  return result;
}

}  // namespace

Tensor zeros(const Shape& shape, DType dtype) {
  Tensor result = Tensor::empty(shape, dtype);
  dispatch(dtype,
           [&](auto zero) { std::memset(writable<decltype(zero)>(result), 0, result.bytes()); });
  return result;
}

Tensor ones(const Shape& shape, DType dtype) { return full(shape, 1.0, dtype); }

Tensor full(const Shape& shape, double value, DType dtype) {
  return generate(shape, dtype, [value](Index) { return value; });
}

Tensor zeros_like(const Tensor& x) { return zeros(x.shape(), x.dtype()); }
Tensor ones_like(const Tensor& x) { return ones(x.shape(), x.dtype()); }

Tensor arange(Index stop, DType dtype) {
  return generate({std::max<Index>(stop, 0)}, dtype,
                  [](Index i) { return static_cast<double>(i); });
}

Tensor arange(double start, double stop, double step, DType dtype) {
  if (step == 0 || !std::isfinite(start) || !std::isfinite(stop) || !std::isfinite(step))
    throw ValueError("arange: bounds must be finite and step not 0; got {}, {}, {}", start, stop,
                     step);
  const double count = std::max(0.0, std::ceil((stop - start) / step));
  if (count > static_cast<double>(Tensor::max_size))
    throw ValueError("arange: at most {} values fit any memory; got {}, from {} to {} by {}",
                     Tensor::max_size, count, start, stop, step);
  return generate({static_cast<Index>(count)}, dtype,
                  [=](Index i) { return start + static_cast<double>(i) * step; });
}

Tensor linspace(double start, double stop, Index count, DType dtype) {
  if (count < 0) throw ValueError("linspace: count must be >= 0; got {}", count);
  const double step = count > 1 ? (stop - start) / static_cast<double>(count - 1) : 0.0;
  return generate({count}, dtype, [=](Index i) {
    return i + 1 == count && count > 1 ? stop : start + static_cast<double>(i) * step;
  });
}

}  // namespace reel
