// Replays of convolutions, pools, normalizations and losses.
//
// Where maxima stood is an attribute, but no argument of a public op: so an image is made that has
// its maxima there, and the gradients of its max_pool2d are what is wanted.
// Read before: replay.h. Read next: replay_test.cpp.
#include <reel/core/kernels/convolution/window.h>
#include <reel/core/ops.h>

#include "op_table.h"
#include "replay.h"

using namespace reel;

namespace replay {
namespace {

Pair pair_of(const Config& given, const char* name) {
  const std::vector<Index> both = integers(given, name);
  return {static_cast<int>(both.at(0)), static_cast<int>(both.at(1))};
}

ConvolutionOptions convolution(const Config& given) {
  return {.strides = pair_of(given, "strides"),
          .padding = text(given, "padding"),
          .data_format = text(given, "data_format"),
          .dilations = pair_of(given, "dilations")};
}

PoolingOptions pooling(const Config& given) {
  return {.pool_size = pair_of(given, "pool_size"),
          .strides = pair_of(given, "strides"),
          .padding = text(given, "padding"),
          .data_format = text(given, "data_format")};
}

op_table::Function max_pool(const Config& given) {
  return [options = pooling(given)](const Inputs& xs) { return max_pool2d(xs[0], options); };
}

// An image of this shape in which the maximum of each window is at its position. One that is not
// yet is raised above the others of its window, until none is left: positions that come from an
// image name no circle, so every pass settles an element at least.
Tensor with_maxima(const Shape& of, DType dtype, const Config& given) {
  const PoolingOptions options = pooling(given);
  const std::vector<Index> positions = integers(given, "positions");
  const bool last = options.data_format.kind("replay") == DataFormat::channels_last;
  const bool same = options.padding.kind("replay") == Padding::same;
  const Index channels = of[last ? 3 : 1];
  const auto axis = [&](int i, int size, int stride) {
    return kernels::WindowAxis::make(of[i + (last ? 1 : 2)], size, stride, 1, same);
  };
  const kernels::Window window{of[0], axis(0, options.pool_size.rows, options.strides.rows),
                               axis(1, options.pool_size.columns, options.strides.columns), !last};
  std::vector<double> x(static_cast<std::size_t>(of.size()), 0);
  const auto at = [&](Index n, Index h, Index w, Index c) -> double& {
    if (!window.rows.holds(h) || !window.columns.holds(w))
      throw ValueError("a position is outside of the image");
    return x.at(static_cast<std::size_t>(window.input_at(channels, n, h, w, c)));
  };
  bool raised = true;
  for (Index pass = 0; raised; ++pass) {
    if (pass > of.size()) throw ValueError("there is no image that has its maxima there");
    raised = false;
    window.for_each_output([&](Index n, Index p, Index q) {
      for (Index c = 0; c < channels; ++c) {
        const auto output = static_cast<std::size_t>(window.output_at(channels, n, p, q, c));
        const Index row = positions.at(output) / window.columns.kernel;
        const Index column = positions.at(output) % window.columns.kernel;
        double& best = at(n, window.rows.source(p, row), window.columns.source(q, column), c);
        const auto raise_above = [&](Index, Index, Index h, Index w) {
          const double& other = at(n, h, w, c);
          if (&other == &best || other < best) return;
          best = other + 1;
          raised = true;
        };
        kernels::for_each_tap(window.rows, window.columns, p, q, raise_above);
      }
    });
  }
  return cast(Tensor(x, of), dtype);
}

}  // namespace

void add_windows(Replays& table) {
  table["conv2d"] = [](const Inputs& xs, const Config& given) {
    return conv2d(xs[0], xs[1], convolution(given));
  };
  table["conv2d_input_gradient"] = [](const Inputs& xs, const Config& given) {
    return conv2d_input_gradient(shape(given, "shape"), xs[0], xs[1], convolution(given));
  };
  table["conv2d_filter_gradient"] = [](const Inputs& xs, const Config& given) {
    return conv2d_filter_gradient(xs[0], shape(given, "shape"), xs[1], convolution(given));
  };
  table["depthwise_conv2d"] = [](const Inputs& xs, const Config& given) {
    return depthwise_conv2d(xs[0], xs[1], convolution(given));
  };
  table["depthwise_conv2d_input_gradient"] = [](const Inputs& xs, const Config& given) {
    return depthwise_conv2d_input_gradient(shape(given, "shape"), xs[0], xs[1], convolution(given));
  };
  table["depthwise_conv2d_filter_gradient"] = [](const Inputs& xs, const Config& given) {
    return depthwise_conv2d_filter_gradient(xs[0], shape(given, "shape"), xs[1],
                                            convolution(given));
  };
  for (const char* name : {"separable_conv2d", "separable_conv2d_relu"})
    table[name] = [](const Inputs& xs, const Config& given) {
      const bool relu = text(given, "activation") == name_of(FusedActivation::relu);
      return separable_conv2d(xs[0], xs[1], xs[2], xs[3], convolution(given),
                              relu ? FusedActivation::relu : FusedActivation::none);
    };
  for (const char* name : {"conv2d_with_bias", "conv2d_with_bias_relu"})
    table[name] = [](const Inputs& xs, const Config& given) {
      const bool relu = text(given, "activation") == name_of(FusedActivation::relu);
      return conv2d_with_bias(xs[0], xs[1], xs[2], convolution(given),
                              relu ? FusedActivation::relu : FusedActivation::none);
    };
  table["bias_add"] = [](const Inputs& xs, const Config& given) {
    return bias_add(xs[0], xs[1], text(given, "data_format"));
  };

  table["max_pool2d"] = [](const Inputs& xs, const Config& given) { return max_pool(given)(xs); };
  table["max_pool2d_scatter"] = [](const Inputs& xs, const Config& given) {
    const Tensor x = with_maxima(shape(given, "shape"), xs[0].dtype(), given);
    return op_table::gradient_of(max_pool(given))({x, xs[0]});
  };
  table["max_pool2d_gather"] = [](const Inputs& xs, const Config& given) {
    const Tensor x = with_maxima(xs[0].shape(), xs[0].dtype(), given);
    const auto scatter = op_table::gradient_of(max_pool(given));
    return op_table::gradient_of(scatter, 1)({x, zeros_like(max_pool(given)({x})), xs[0]});
  };
  table["avg_pool2d"] = [](const Inputs& xs, const Config& given) {
    return avg_pool2d(xs[0], pooling(given));
  };
  table["avg_pool2d_gradient"] = [](const Inputs& xs, const Config& given) {
    const auto average = [options = pooling(given)](const Inputs& of) {
      return avg_pool2d(of[0], options);
    };
    return op_table::gradient_of(average)({zeros(shape(given, "shape"), xs[0].dtype()), xs[0]});
  };
  const auto upsample = [](const Config& given) {
    const bool nearest = text(given, "interpolation") == name_of(Interpolation::nearest);
    return [given, interpolation = nearest ? Interpolation::nearest
                                           : Interpolation::bilinear](const Inputs& xs) {
      return upsample2d(xs[0], pair_of(given, "size"), text(given, "data_format"), interpolation);
    };
  };
  table["upsample2d"] = [=](const Inputs& xs, const Config& given) { return upsample(given)(xs); };
  table["upsample2d_gradient"] = [=](const Inputs& xs, const Config& given) {
    const Pair size = pair_of(given, "size");
    Shape small = xs[0].shape();
    const int first = text(given, "data_format") == "channels_last" ? 1 : 2;
    small[first] /= size.rows;
    small[first + 1] /= size.columns;
    return op_table::gradient_of(upsample(given))({zeros(small, xs[0].dtype()), xs[0]});
  };
}

void add_normalizations_and_losses(Replays& table) {
  table["softmax"] = [](const Inputs& xs, const Config& given) {
    if (given.contains("axis")) return softmax(xs[0], axis_of(given));
    // Over several axes it only stands in the gradient of logsumexp.
    const auto log_of_sum = [axes = positions(given, "axes")](const Inputs& of) {
      return logsumexp(of[0], axes, true);
    };
    return op_table::gradient_of(log_of_sum)({xs[0], ones_like(log_of_sum(xs))});
  };
  table["log_softmax"] = [](const Inputs& xs, const Config& given) {
    return log_softmax(xs[0], axis_of(given));
  };
  const auto options = [](const Config& given) -> BatchNormalizationOptions {
    return {.axis = axis_of(given), .epsilon = number(given, "epsilon")};
  };
  table["batch_normalization"] = [=](const Inputs& xs, const Config& given) {
    return batch_normalization(xs[0], xs[1], xs[2], options(given)).y;
  };
  table["batch_normalization_mean"] = [=](const Inputs& xs, const Config& given) {
    return batch_normalization(xs[0], Tensor(), Tensor(), options(given)).mean;
  };
  table["batch_normalization_variance"] = [=](const Inputs& xs, const Config& given) {
    return batch_normalization(xs[0], Tensor(), Tensor(), options(given)).variance;
  };
  table["batch_normalization_inference"] = [=](const Inputs& xs, const Config& given) {
    return batch_normalization_inference(xs[0], xs[1], xs[2], xs[3], xs[4], options(given));
  };
  // Losses are recorded element by element or row by row, and reduced by other ops.
  const LossOptions each{.reduction = Reduction::none};
  table["sigmoid_cross_entropy"] = [=](const Inputs& xs, const Config&) {
    return sigmoid_cross_entropy(xs[0], xs[1], each);
  };
  table["softmax_cross_entropy"] = [=](const Inputs& xs, const Config& given) {
    LossOptions smoothed = each;
    smoothed.label_smoothing = number(given, "label_smoothing");
    if (!given.contains("labels")) return softmax_cross_entropy(xs[0], xs.at(1), smoothed);
    const std::vector<std::int32_t> labels = positions(given, "labels");
    return softmax_cross_entropy(xs[0], std::span<const std::int32_t>(positions(given, "labels")),
                                 smoothed);
  };
  // The op is a function of the errors: predictions less labels.
  table["huber"] = [=](const Inputs& xs, const Config& given) {
    return huber(xs[0], zeros_like(xs[0]), number(given, "delta"), each);
  };
  table["log_cosh"] = [=](const Inputs& xs, const Config&) {
    return log_cosh(xs[0], zeros_like(xs[0]), each);
  };
}

}  // namespace replay
