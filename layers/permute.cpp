#include <reel/layers/permute.h>

#include <fmt/format.h>

#include <algorithm>

#include <reel/core/ops/shape_ops.h>
#include <reel/core/runtime/joined.h>
#include <reel/layers/base/image_shapes.h>
#include <reel/layers/base/layer_of_members.h>

namespace reel {

void visit_fields(PermuteOptions& o, auto& field) { field("dims", o.dims); }

Permute::Permute(Options options) : LayerOf(std::move(options)) {
  const std::vector<int>& dims = options_.dims;
  const auto n = static_cast<int>(dims.size());
  std::vector<int> sorted = dims;
  std::sort(sorted.begin(), sorted.end());
  bool complete = n > 0 && n < Shape::max_rank;
  for (int i = 0; complete && i < n; ++i) complete = sorted[static_cast<std::size_t>(i)] == i + 1;
  if (!complete)
    throw ValueError(
        "{}: dims must be the axes 1 to n of a sample in some order, n from 1 to {}; got ({})",
        path(), Shape::max_rank - 1, detail::joined(dims));
  permutation_ = {0};
  permutation_.insert(permutation_.end(), dims.begin(), dims.end());
  set_input_spec({.rank = n + 1});
}

Tensor Permute::call(const Tensor& x, const Call&) { return transpose(x, permutation_); }

Shape Permute::output_shape(const Shape& input) const {
  detail::check_rank(input, static_cast<int>(options_.dims.size()) + 1);
  Shape output{input[0]};
  for (const int axis : options_.dims) output.push_back(input[axis]);
  return output;
}

template class LayerOf<Permute, PermuteOptions>;

}  // namespace reel
