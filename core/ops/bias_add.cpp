// bias_add: a number for each channel, in either layout of images.
//
// It is an addition under broadcasting with an axis that is not the last one, so the rule for x
// passes dy on and the rule for the bias sums over all axes but the channels'. An op of its own for
// its loop: whole images are handed to the kernel as blocks with a row a channel or a row a
// position, and neither layout needs a walk. Read before: arithmetic.cpp, convolution.h. Read next:
// separable_convolution.cpp.
#include <reel/core/kernels/elementwise/elementwise_loops.h>
#include <reel/core/ops/convolution.h>
#include <reel/core/ops/op_attributes.h>
#include <reel/core/ops/reduction.h>
#include <reel/core/record.h>
#include <reel/core/runtime/parallel.h>

namespace reel {

// Long because of its three loops: one channel, channels last, channels first.
Tensor bias_add(const Operand& x_in, const Operand& bias_in, const DataFormat& data_format) {
  const char* const op = "bias_add";
  const Tensor x = x_in.like(bias_in, op), bias = bias_in.like(x_in, op);
  const bool channels_first = data_format.kind(op) == DataFormat::channels_first;
  if (x.rank() < 2) throw ValueError("{}: x must have rank >= 2; got {}", op, x.shape());
  const int axis = channels_first ? 1 : x.rank() - 1;
  const Index channels = x.dim(axis);
  if (bias.shape() != Shape{channels})
    throw ValueError("{}: bias must have shape {}, one number a channel; got {}", op,
                     Shape{channels}, bias.shape());

  const Index inner = x.shape().around(axis).inner;  // neighbours of one channel
  Tensor y = Tensor::empty(x.shape(), x.dtype());
  dispatch(x.dtype(), [&](auto zero) {
    using T = decltype(zero);
    const auto plus = kernels::elementwise<T>().binary[static_cast<int>(kernels::BinaryOp::add)];
    const T* from = x.data<T>();
    const T* add = bias.data<T>();
    T* to = writable<T>(y);
    const Index image = channels * inner;
    if (image == 0) return;
    if (channels == 1)  // in either data format one long row
      return parallel_ranges(x.size(), 16384, [&](Index begin, Index end) {
        plus(from + begin, {0, 1}, add, {0, 0}, to + begin, 1, end - begin);
      });
    // Blocks of about 16,000 numbers, in whole rows of channels.
    parallel_ranges(x.size() / image, 16384 / image, [&](Index begin, Index end) {
      if (inner == 1)
        return plus(from + begin * channels, {channels, 1}, add, {0, 1}, to + begin * channels,
                    end - begin, channels);
      for (Index i = begin; i < end; ++i)
        plus(from + i * image, {inner, 1}, add, {1, 0}, to + i * image, channels, inner);
    });
  });

  if (!recording()) return y;
  return record(
      op, y, wrt(x, pass_on),
      wrt(bias, [axis](const Tensor& dy) { return sum(dy, Axes::all_but(axis, dy.rank())); }),
      attributes([&] { return detail::named("data_format", data_format.name()); }));
}

}  // namespace reel
