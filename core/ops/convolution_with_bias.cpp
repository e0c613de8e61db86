// Dense convolution, bias and relu as one op.
//
// The result is finished while it is in cache, and on the way back what relu let through is decided
// where dy is read, so neither direction has a pass over memory of its own. Under a tape that
// records the backward pass the gradients are the ops that this one is made of, which have
// gradients. With naive kernels, and where each group is one channel, those ops compute everything.
// Read before: convolution.cpp, fused_or.h. Read next: grouped_convolution.h.
#include <reel/core/kernels/convolution/grouped_convolution.h>
#include <reel/core/ops/check_groups.h>
#include <reel/core/ops/check_window.h>
#include <reel/core/ops/convolution.h>
#include <reel/core/ops/elementwise.h>
#include <reel/core/ops/factories.h>
#include <reel/core/ops/fused_or.h>
#include <reel/core/ops/op_attributes.h>
#include <reel/core/ops/reduction.h>
#include <reel/core/record.h>
#include <reel/core/runtime/kernel_choice.h>

namespace reel {
namespace {

using kernels::Window;

const char* const op = "conv2d_with_bias";

// Everything but x's values: what a rule keeps.
struct WithBias {
  Tensor w, b;
  ConvolutionOptions options;
  bool relu;
  Window window;
  Index groups;

  Index channels() const { return w.dim(2); }  // of a group
  Index filters() const { return w.dim(3); }

  Tensor forward(const Tensor& x) const {
    if (by_ops()) {
      const PauseRecording alone;  // the op is recorded, not what it is made of
      const Tensor y = bias_add(conv2d(x, w, options), b, options.data_format);
      return relu ? reel::relu(y) : y;
    }
    Tensor y = Tensor::empty(detail::output_shape(window, filters()), x.dtype());
    if (y.size() == 0) return y;
    dispatch(x.dtype(), [&](auto zero) {
      using T = decltype(zero);
      kernels::grouped_forward<T>(window, groups, channels(), x.data<T>(), w.data<T>(),
                                  {b.data<T>(), relu},
                                  kernels::output_images(window, writable<T>(y), filters()));
    });
    return y;
  }

  // y is the result if relu was applied to it.
  Gradients backward(const Tensor& x, const Tensor& y, const Tensor& dy,
                     const NeedsGradient& needs) const {
    if (dy.size() == 0 || x.size() == 0 || by_ops()) return composed(x, y, dy, needs);
    Gradients gradients;
    dispatch(dy.dtype(), [&](auto zero) {
      using T = decltype(zero);
      const T* const relu_y = relu ? y.data<T>() : nullptr;
      const auto images = kernels::output_images(window, dy.data<T>(), filters());
      if (needs[0]) {
        Tensor dx = Tensor::empty(x.shape(), dy.dtype());
        kernels::grouped_input_gradient<T>(window, groups, channels(), w.data<T>(), relu_y, images,
                                           writable<T>(dx));
        gradients[0] = dx;
      }
      if (!needs[1]) return;
      Tensor dw = Tensor::empty(w.shape(), dy.dtype());
      Tensor db = needs[2] ? Tensor::empty(b.shape(), dy.dtype()) : Tensor();
      kernels::grouped_filter_gradient<T>(window, groups, channels(), x.data<T>(), relu_y, images,
                                          writable<T>(dw), needs[2] ? writable<T>(db) : nullptr);
      gradients[1] = dw;
      gradients[2] = db;
    });
    if (needs[2] && !needs[1]) gradients[2] = bias_gradient(through_relu(y, dy));
    return gradients;
  }

  // The same of recorded ops, for a backward pass that is itself differentiated.
  Gradients composed(const Tensor& x, const Tensor& y, const Tensor& dy,
                     const NeedsGradient& needs) const {
    const Tensor dz = through_relu(y, dy);
    Gradients gradients;
    if (needs[0]) gradients[0] = conv2d_input_gradient(x.shape(), w, dz, options);
    if (needs[1]) gradients[1] = conv2d_filter_gradient(x, w.shape(), dz, options);
    if (needs[2]) gradients[2] = bias_gradient(dz);
    return gradients;
  }

 private:
  bool by_ops() const {
    return detail::naive_kernels() || kernels::is_depthwise(groups, channels());
  }
  Tensor through_relu(const Tensor& y, const Tensor& dy) const {
    return relu ? dy * greater(y, 0.0) : dy;
  }
  Tensor bias_gradient(const Tensor& dz) const {
    return sum(dz, window.channels_first ? Axes{0, 2, 3} : Axes{0, 1, 2});
  }
};

}  // namespace

Tensor conv2d_with_bias(const Operand& x_in, const Operand& w_in, const Operand& bias_in,
                        const ConvolutionOptions& options, FusedActivation activation) {
  const Tensor x = x_in.like(w_in, op), w = w_in.like(x_in, op), b = bias_in.like(x_in, op);
  const Window window = detail::checked_window(op, x.shape(), w.shape(), options, true);
  const Index groups = detail::checked_groups(op, x.shape(), w.shape(), window.channels_first);
  detail::check_shape(op, "bias", b, {w.dim(3)});
  const bool relu = activation == FusedActivation::relu;
  const WithBias convolution{w, b, options, relu, window, groups};
  const Tensor y = convolution.forward(x);
  if (!recording()) return y;
  const char* const recorded_as = relu ? "conv2d_with_bias_relu" : op;
  return record(recorded_as, y,
                wrt({x, w, b},
                    [convolution, x, y = relu ? y : Tensor()](
                        const Tensor& dy, const NeedsGradient& needs) -> Gradients {
                      return fused_or([&] { return convolution.backward(x, y, dy, needs); },
                                      [&] { return convolution.composed(x, y, dy, needs); });
                    }),
                attributes([&] {
                  return detail::named(detail::config_of(options), "activation", activation);
                }));
}

}  // namespace reel
