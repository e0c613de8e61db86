// A sample is to this layer what a channel is to batch normalization, whose op does the work: of
// x as (samples, elements of one), with axis 0 for the channels. Where the axes are not the last
// ones, they are brought there and back.
#include <reel/layers/layer_normalization.h>

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include <reel/core/ops.h>
#include <reel/core/runtime/joined.h>
#include <reel/layers/base/layer_of_members.h>

namespace reel {

void visit_fields(LayerNormalizationOptions& o, auto& field) {
  field("axis", o.axis);
  field("epsilon", o.epsilon);
  field("center", o.center);
  field("scale", o.scale);
  field("beta_initializer", o.beta_initializer);
  field("gamma_initializer", o.gamma_initializer);
  field("beta_regularizer", o.beta_regularizer);
  field("gamma_regularizer", o.gamma_regularizer);
  field("beta_constraint", o.beta_constraint);
  field("gamma_constraint", o.gamma_constraint);
  field("activity_regularizer", o.activity_regularizer);
}

namespace {

// The axes of x as they are given, counted from 0.
std::vector<int> axes_in(const Shape& input, const std::vector<int>& given) {
  std::vector<int> axes;
  for (const int axis : given) {
    axes.push_back(normalize_axis("axis", axis, input.rank()));
    if (std::count(axes.begin(), axes.end(), axes.back()) > 1)
      throw ValueError("axis must name each axis once; got ({}) for an input of shape {}",
                       detail::joined(given), input);
  }
  return axes;
}

}  // namespace

LayerNormalization::LayerNormalization(Options options) : LayerOf(std::move(options)) {
  if (options_.axis.empty())
    throw ValueError("{}: axis must name at least one axis; got ()", path());
  if (!(options_.epsilon >= 0))
    throw ValueError("{}: epsilon must be >= 0; got {}", path(), options_.epsilon);
  resolve_functions();
  set_input_spec({.min_rank = 1});
}

void LayerNormalization::create_weights(const Shape& input) {
  std::vector<int> axes = axes_in(input, options_.axis);
  Shape shape;
  InputSpec spec{.rank = input.rank()};
  for (const int axis : axes) {
    if (input[axis] == Shape::unknown)
      throw ValueError("axis {} of the input must be known; got shape {}", axis, input);
    shape.push_back(input[axis]);
    spec.axes.push_back({.axis = axis, .size = input[axis], .what = "features"});
  }
  if (options_.scale)
    gamma_ = add_weight("gamma", shape,
                        {.initializer = options_.gamma_initializer,
                         .regularizer = options_.gamma_regularizer,
                         .constraint = options_.gamma_constraint});
  if (options_.center)
    beta_ = add_weight("beta", shape,
                       {.initializer = options_.beta_initializer,
                        .regularizer = options_.beta_regularizer,
                        .constraint = options_.beta_constraint});
  set_input_spec(std::move(spec));
  std::sort(axes.begin(), axes.end());
  lay_out(input, axes);
}

// The weights lie along the axes in ascending order, whatever order these were given in: as in the
// reference.
void LayerNormalization::lay_out(const Shape& input, const std::vector<int>& axes) {
  const auto is_other = [&](int axis) {
    return !std::binary_search(axes.begin(), axes.end(), axis);
  };
  along_ = input;
  for (int axis = 0; axis < input.rank(); ++axis)
    if (is_other(axis)) along_[axis] = 1;
  if (axes.front() == input.rank() - static_cast<int>(axes.size())) return;  // they are the last
  to_rows_.resize(static_cast<std::size_t>(input.rank()));
  std::iota(to_rows_.begin(), to_rows_.end(), 0);
  std::stable_partition(to_rows_.begin(), to_rows_.end(), is_other);
  back_.resize(to_rows_.size());
  for (int i = 0; i < input.rank(); ++i)
    back_[static_cast<std::size_t>(to_rows_[static_cast<std::size_t>(i)])] = i;
}

// Each of the other axes' positions is a row, if need be after its elements were brought together.
Tensor LayerNormalization::normalized(const Tensor& x) const {
  Index length = 1;
  for (const Index extent : along_) length *= extent;
  const Tensor moved = to_rows_.empty() ? x : transpose(x, to_rows_);
  const Tensor rows = reshape(moved, {x.size() / length, length});
  const Tensor y =
      batch_normalization(rows, Tensor(), Tensor(), {.axis = 0, .epsilon = options_.epsilon}).y;
  return to_rows_.empty() ? reshape(y, x.shape()) : transpose(reshape(y, moved.shape()), back_);
}

Tensor LayerNormalization::call(const Tensor& x, const Call&) {
  Tensor y = x.size() == 0 ? x : normalized(x);
  if (gamma_.defined()) y = y * reshape(gamma_, along_);
  if (beta_.defined()) y = y + reshape(beta_, along_);
  return y;
}

template class LayerOf<LayerNormalization, LayerNormalizationOptions>;

}  // namespace reel
