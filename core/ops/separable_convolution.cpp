// One op and three ways to compute it: the loops of the definition, the fused kernels, and, under a
// tape that records the backward pass, the ops that it is made of, which have gradients. All three
// share the checks and the window, and a rule keeps the arguments alone, and y where relu needs its
// sign. Read before: naive_separable.cpp, check_window.h. Read next: lowering.h.
#include <reel/core/ops/separable_convolution.h>

#include <reel/core/kernels/convolution/depthwise_blocks.h>
#include <reel/core/kernels/convolution/depthwise_planes.h>
#include <reel/core/kernels/naive/naive_separable.h>
#include <reel/core/ops/check_window.h>
#include <reel/core/ops/elementwise.h>
#include <reel/core/ops/factories.h>
#include <reel/core/ops/fused_or.h>
#include <reel/core/ops/op_attributes.h>
#include <reel/core/ops/reduction.h>
#include <reel/core/runtime/kernel_choice.h>

namespace reel {
namespace {

using kernels::Window;

const char* const op = "separable_conv2d";

// Everything but x's values: what a rule keeps.
struct Separable {
  Tensor d, p, b;  // depthwise, pointwise, bias
  ConvolutionOptions options;
  bool relu;
  Window window;

  Index channels() const { return d.dim(2); }
  Index multiplier() const { return d.dim(3); }
  Index filters() const { return p.dim(3); }

  template <class T>
  kernels::naive::Separable<T> naive(const Tensor& x) const {
    return {.window = window,
            .channels = channels(),
            .multiplier = multiplier(),
            .filters = filters(),
            .x = x.data<T>(),
            .d = d.data<T>(),
            .w = p.data<T>(),
            .b = b.defined() ? b.data<T>() : nullptr,
            .relu = relu};
  }

  // f(the lowering that serves best), on the way forward or back. A single channel is a plane in
  // either data format.
  template <class T, class F>
  void lowered(bool back, const F& f) const {
    Window planes = window;
    planes.channels_first = true;
    if (kernels::on_planes<T>(window, channels(), multiplier()))
      f(kernels::DepthwisePlanes<T>(planes, channels(), multiplier(), d.data<T>()));
    else
      f(kernels::DepthwiseBlocks<T>(window, channels(), multiplier(), d.data<T>(), back));
  }

  Tensor forward(const Tensor& x) const {
    Tensor y = Tensor::empty(detail::output_shape(window, filters()), x.dtype());
    if (y.size() == 0) return y;
    dispatch(x.dtype(), [&](auto zero) {
      using T = decltype(zero);
      if (detail::naive_kernels()) return kernels::naive::separable(naive<T>(x), writable<T>(y));
      const kernels::Finish<T> finish{b.defined() ? b.data<T>() : nullptr, relu};
      const auto images = kernels::output_images(window, writable<T>(y), filters());
      lowered<T>(false, [&](const auto& blocks) {
        kernels::lowered_forward<T>(blocks, x.data<T>(), p.data<T>(), finish, images);
      });
    });
    return y;
  }

  // One pass; y is the result if relu was applied to it.
  Gradients backward(const Tensor& x, const Tensor& y, const Tensor& dy,
                     const NeedsGradient& needs) const {
    const auto gradient_of = [&](int argument, const Tensor& tensor) {
      if (!needs[argument]) return Tensor();
      return dy.size() > 0 ? Tensor::empty(tensor.shape(), dy.dtype())
                           : zeros(tensor.shape(), dy.dtype());
    };
    Tensor dx = gradient_of(0, x), dd = gradient_of(1, d), dp = gradient_of(2, p);
    Tensor db = needs[3] ? gradient_of(3, b) : Tensor();
    if (dy.size() == 0) return {dx, dd, dp, db};
    dispatch(dy.dtype(), [&](auto zero) {
      using T = decltype(zero);
      const auto data = [](Tensor& t) { return t.defined() ? writable<T>(t) : nullptr; };
      const T* const relu_y = relu ? y.data<T>() : nullptr;
      if (detail::naive_kernels())
        return kernels::naive::separable_gradients<T>(naive<T>(x), relu_y, dy.data<T>(),
                                                      {data(dx), data(dd), data(dp), data(db)});
      const auto images = kernels::output_images(window, dy.data<T>(), filters());
      lowered<T>(true, [&](const auto& blocks) {
        kernels::Scratch<T> parameters(dd.defined() ? blocks.parameters : 0);
        kernels::lowered_backward<T>(blocks, x.data<T>(), p.data<T>(), relu_y, images,
                                     {data(dx), parameters.data(), data(dp), data(db)});
        if (dd.defined()) blocks.take_gradient(parameters.data(), writable<T>(dd));
      });
    });
    return {dx, dd, dp, db};
  }

  // The same of recorded ops, for a backward pass that is itself differentiated.
  Gradients composed(const Tensor& x, const Tensor& y, const Tensor& dy,
                     const NeedsGradient& needs) const {
    const ConvolutionOptions pointwise{.data_format = options.data_format};
    const Tensor dz = relu ? dy * greater(y, 0.0) : dy;
    const Tensor middle = depthwise_conv2d(x, d, options);
    const Tensor dmiddle = conv2d_input_gradient(middle.shape(), p, dz, pointwise);
    Gradients gradients;
    if (needs[0]) gradients[0] = depthwise_conv2d_input_gradient(x.shape(), d, dmiddle, options);
    if (needs[1]) gradients[1] = depthwise_conv2d_filter_gradient(x, d.shape(), dmiddle, options);
    if (needs[2]) gradients[2] = conv2d_filter_gradient(middle, p.shape(), dz, pointwise);
    if (needs[3]) gradients[3] = sum(dz, window.channels_first ? Axes{0, 2, 3} : Axes{0, 1, 2});
    return gradients;
  }
};

}  // namespace

Tensor separable_conv2d(const Operand& x_in, const Operand& depthwise_in,
                        const Operand& pointwise_in, const Operand& bias_in,
                        const ConvolutionOptions& options, FusedActivation activation) {
  const Tensor x = x_in.like(depthwise_in, op), d = depthwise_in.like(x_in, op);
  const Tensor p = pointwise_in.like(x_in, op);
  const bool with_bias = bias_in.is_number() || bias_in.tensor(op).defined();
  const Tensor b = with_bias ? bias_in.like(x_in, op) : Tensor();
  const Window window = detail::checked_window(op, x.shape(), d.shape(), options);
  const Index depth = d.dim(2) * d.dim(3);
  if (p.rank() != 4 || p.shape() != Shape{1, 1, depth, p.dim(-1)})
    throw ValueError("{}: the pointwise kernel must have shape (1, 1, {}, filters); got {}", op,
                     depth, p.shape());
  if (with_bias) detail::check_shape(op, "bias", b, {p.dim(3)});

  const bool relu = activation == FusedActivation::relu;
  const Separable separable{d, p, b, options, relu, window};
  const Tensor y = separable.forward(x);
  if (!recording()) return y;
  const char* const recorded_as = relu ? "separable_conv2d_relu" : op;
  return record(recorded_as, y,
                wrt({x, d, p, b},
                    [separable, x, y = relu ? y : Tensor()](
                        const Tensor& dy, const NeedsGradient& needs) -> Gradients {
                      return fused_or([&] { return separable.backward(x, y, dy, needs); },
                                      [&] { return separable.composed(x, y, dy, needs); });
                    }),
                attributes([&] {
                  return detail::named(detail::config_of(options), "activation", activation);
                }));
}

}  // namespace reel
