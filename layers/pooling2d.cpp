#include <reel/layers/pooling2d.h>

#include <reel/core/kernels/convolution/window.h>
#include <reel/layers/base/config_fields.h>
#include <reel/layers/base/convolution_shapes.h>
#include <reel/layers/base/naming.h>
#include <reel/layers/base/output_shape.h>

namespace reel {
namespace {

constexpr auto visit_fields = [](auto& o, auto& field) {
  field("pool_size", o.pool_size);
  field("strides", o.strides);
  field("padding", o.padding);
  field("data_format", o.data_format);
  detail::visit_common_fields(o, field);
};

}  // namespace

Pooling2D::Pooling2D(Options options)
    : Layer(layer_options(options)), options_(std::move(options)) {}

void Pooling2D::check_options() {
  const std::string path = this->path();
  detail::check_pair(path, "pool_size", options_.pool_size, 1);
  detail::check_pair(path, "strides", options_.strides, 0);
  options_.padding.kind(path.c_str());
  options_.data_format.kind(path.c_str());
  if (options_.strides.rows == 0) options_.strides.rows = options_.pool_size.rows;
  if (options_.strides.columns == 0) options_.strides.columns = options_.pool_size.columns;
  set_input_spec({.rank = 4});
}

PoolingOptions Pooling2D::op_options() const {
  return {.pool_size = options_.pool_size,
          .strides = options_.strides,
          .padding = options_.padding,
          .data_format = options_.data_format};
}

Shape Pooling2D::compute_output_shape(const Shape& input) const {
  return detail::with_path(path(), [&] {
    detail::check_rank(input, 4);
    const bool same = options_.padding.kind("padding") == Padding::same;
    const auto length_of = [&](Index n, Index window, Index stride) {
      if (n == Shape::unknown) return n;
      const Index length = kernels::WindowAxis::make(n, window, stride, 1, same).output;
      if (length < 0)
        throw ValueError("the input must not be smaller than the pool {}; got shape {}",
                         detail::text_of(options_.pool_size), input);
      return length;
    };
    const int rows = detail::rows_axis(options_.data_format);
    Shape output = input;
    output[rows] = length_of(input[rows], options_.pool_size.rows, options_.strides.rows);
    output[rows + 1] =
        length_of(input[rows + 1], options_.pool_size.columns, options_.strides.columns);
    return output;
  });
}

Pooling2D::Options Pooling2D::options_of(const Config& config, const char* layer) {
  return detail::options_from<Options>(config, layer, visit_fields);
}

Config Pooling2D::get_config() const { return detail::config_of(*this, options_, visit_fields); }

}  // namespace reel
