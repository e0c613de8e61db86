// How a mask is drawn and applied in one pass, and dropped whole channels.
//
// Ranges of a fixed size draw their own words from their position, so the mask is the same for any
// number of threads and there is no mask in memory. A noise shape that broadcasts draws its factors
// as a tensor: it is small, and `where` does the rest. Read before: dropout_op.h, philox.h. Read
// next: loss.h.
#include <reel/core/ops/dropout_op.h>

#include <array>

#include <reel/core/kernels/elementwise/broadcast.h>
#include <reel/core/kernels/random/philox.h>
#include <reel/core/ops/elementwise.h>
#include <reel/core/ops/factories.h>
#include <reel/core/ops/op_attributes.h>
#include <reel/core/record.h>
#include <reel/core/runtime/parallel.h>

namespace reel {
namespace {

constexpr Index grain = 4096;  // elements a range, a multiple of the generator's 4 words a block

// At rate 1 the scale would be infinite, and nothing need be drawn.
Tensor dropout_each(const Tensor& x, double rate, const RandomKey& key) {
  const auto given = attributes([&] { return detail::named("rate", rate, "key", key); });
  if (rate == 1) {
    Tensor y = zeros_like(x);
    if (!recording()) return y;
    return record("dropout", y, wrt(x, zeros_like), given);
  }
  Tensor y = Tensor::empty(x.shape(), x.dtype());
  // A word below the bound drops its element: `rate` of all 2^32 words.
  const auto bound = static_cast<std::uint32_t>(rate * 0x1p32);
  dispatch(x.dtype(), [&](auto zero) {
    using T = decltype(zero);
    const T scale = static_cast<T>(1 / (1 - rate));
    const T* from = x.data<T>();
    T* to = writable<T>(y);
    parallel_ranges(x.size(), grain, [&](Index first, Index end) {
      std::array<std::uint32_t, grain> words;
      detail::random_words(key, static_cast<std::uint64_t>(first) / 4, (end - first + 3) / 4 * 4,
                           words.data());
      kernels::philox().dropout<T>()(from + first, words.data(), bound, scale, to + first,
                                     end - first);
    });
  });
  if (!recording()) return y;
  return record("dropout", y,
                wrt(x, [rate, key](const Tensor& dy) { return dropout(dy, rate, key); }), given);
}

}  // namespace

Tensor dropout(const Operand& operand, double rate, const RandomKey& key,
               const std::optional<Shape>& noise_shape) {
  const Tensor x = operand.tensor("dropout");
  if (!(rate >= 0 && rate <= 1)) throw ValueError("dropout: rate must be in [0, 1]; got {}", rate);
  Shape noise = noise_shape.value_or(x.shape());
  if (noise.rank() == x.rank())
    for (int axis = 0; axis < noise.rank(); ++axis)
      if (noise[axis] == Shape::unknown) noise[axis] = x.shape()[axis];
  if (noise == x.shape()) return dropout_each(x, rate, key);
  if (!noise.known() || broadcast_shapes("dropout", x.shape(), noise) != x.shape())
    throw ValueError("dropout: noise_shape must broadcast to {}; got {}", x.shape(), noise);
  const Tensor factors = dropout_each(ones(noise, x.dtype()), rate, key);
  return where(factors, x * factors, 0.0);  // also of an infinity nothing is left
}

}  // namespace reel
