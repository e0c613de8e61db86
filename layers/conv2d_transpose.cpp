#include <reel/layers/conv2d_transpose.h>

#include <algorithm>

#include <reel/core/ops/convolution.h>
#include <reel/core/runtime/checked_index.h>
#include <reel/layers/base/image_shapes.h>
#include <reel/layers/base/layer_of_members.h>
#include <reel/layers/base/weighted_layer.h>

namespace reel {

void visit_fields(Conv2DTransposeOptions& o, auto& field) {
  field("filters", o.filters);
  field("kernel_size", o.kernel_size);
  field("strides", o.strides);
  field("padding", o.padding);
  field("output_padding", o.output_padding);
  field("data_format", o.data_format);
  field("dilation_rate", o.dilation_rate);
  detail::visit_kernel_fields(o, field);
}

std::vector<detail::FixedEntry> fixed_entries(const Conv2DTransposeOptions&) {
  return {{"groups", 1, "1, since grouped convolution is not there yet"}};
}

namespace {

bool is_same(const Conv2DTransposeOptions& o) { return o.padding.kind("padding") == Padding::same; }

// How far the kernel reaches along an axis, from the first tap to the last.
Index reach_of(const Conv2DTransposeOptions& o, int Pair::*side) {
  return (Index{o.kernel_size.*side} - 1) * (o.dilation_rate.*side) + 1;
}

// With padding "same", an even kernel and no output padding y would be so short that a convolution
// of it had a position less than x has.
void check_output_padding(const std::string& path, const Conv2DTransposeOptions& o) {
  if (!o.output_padding) return;
  detail::check_pair(path, "output_padding", *o.output_padding, 0);
  for (int Pair::*side : {&Pair::rows, &Pair::columns}) {
    const int more = *o.output_padding.*side;
    if (more >= o.strides.*side)
      throw ValueError("{}: output_padding must be below strides; got {} and strides {}", path,
                       detail::text_of(*o.output_padding), detail::text_of(o.strides));
    if (more == 0 && is_same(o) && reach_of(o, side) % 2 == 0)
      throw ValueError(
          "{}: output_padding must be >= 1 where padding is 'same' and the kernel, with its "
          "dilation, is even; got {} and kernel_size {}; leave it out",
          path, detail::text_of(*o.output_padding), detail::text_of(o.kernel_size));
  }
}

}  // namespace

Conv2DTranspose::Conv2DTranspose(Options options) : LayerOf(std::move(options)) {
  resolve_functions();
  const std::string path = this->path();
  detail::check_positive(path, "filters", options_.filters);
  detail::convolution_window(options_).check(path);
  check_output_padding(path, options_);
  set_input_spec({.rank = 4});
}

// The extent of y where that of x is n.
Index Conv2DTranspose::length_of(Index n, int Pair::*side) const {
  const Index stride = options_.strides.*side, reach = reach_of(options_, side);
  const bool same = is_same(options_);
  if (!options_.output_padding)
    return detail::checked_sum("kernel_size", detail::checked_product("strides", n, stride),
                               same ? 0 : std::max<Index>(reach - stride, 0));
  const Index last = detail::checked_product("strides", n - 1, stride);
  return detail::checked_sum("kernel_size", last,
                             (same ? reach % 2 : reach) + *options_.output_padding.*side);
}

Shape Conv2DTranspose::output_shape(const Shape& input) const {
  if (input.rank() < 3) throw ValueError("input must have rank 4; got {}", input);
  Shape output =
      detail::with_rows_and_columns(input, options_.data_format, [&](Index n, int Pair::*side) {
        if (n < 1) throw ValueError("input must have rows and columns; got {}", input);
        return length_of(n, side);
      });
  output[detail::convolution_window(options_).channel_axis()] = options_.filters;
  return output;
}

void Conv2DTranspose::create_weights(const Shape& input) {
  const detail::ConvolutionWindow window = detail::convolution_window(options_);
  const Index channels = window.channels_of(input);
  output_shape(input);
  const Pair& size = options_.kernel_size;
  kernel_ =
      detail::add_kernel(*this, options_, {size.rows, size.columns, options_.filters, channels},
                         KernelKind::transposed);
  bias_ = detail::add_bias(*this, options_, options_.filters);
  set_input_spec(window.input_spec(channels));
}

Tensor Conv2DTranspose::call(const Tensor& x, const Call&) {
  Tensor y = conv2d_input_gradient(output_shape(x.shape()), kernel_, x,
                                   detail::convolution_window(options_).options);
  if (bias_.defined()) y = bias_add(y, bias_, options_.data_format);
  return options_.activation(y);
}

// Each element of x meets all taps of all filters.
std::optional<Index> Conv2DTranspose::flops(std::span<const Tensor> xs, const Tensor& y) const {
  const Index products = detail::taps_of(kernel_) * options_.filters * xs[0].size();
  return 2 * products + detail::flops_of_sums(*this, 0, y);
}

template class LayerOf<Conv2DTranspose, Conv2DTransposeOptions>;

}  // namespace reel
