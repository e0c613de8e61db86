#include <reel/layers/embedding.h>

#include <cmath>
#include <cstdint>
#include <limits>

#include <reel/core/ops/shape_ops.h>
#include <reel/core/runtime/memory.h>
#include <reel/layers/base/image_shapes.h>
#include <reel/layers/base/layer_of_members.h>

namespace reel {

void visit_fields(EmbeddingOptions& o, auto& field) {
  field("input_dim", o.input_dim);
  field("output_dim", o.output_dim);
  field("embeddings_initializer", o.embeddings_initializer);
  field("embeddings_regularizer", o.embeddings_regularizer);
  field("activity_regularizer", o.activity_regularizer);
  field("embeddings_constraint", o.embeddings_constraint);
}

// The reference makes its input's shape from it, which stands in the config too.
std::vector<std::string> ignored_entries(const EmbeddingOptions&) { return {"input_length"}; }

std::vector<detail::FixedEntry> fixed_entries(const EmbeddingOptions&) {
  return {{"mask_zero", false, "false, since layers take no masks"}};
}

namespace {

constexpr Index most = std::numeric_limits<std::int32_t>::max();

// Where element i of a tensor of this shape lies, as a shape is written.
Shape place_of(Index i, const Shape& shape) {
  Shape place = shape;
  for (int axis = shape.rank() - 1; axis >= 0; --axis) {
    place[axis] = i % shape[axis];
    i /= shape[axis];
  }
  return place;
}

// The numbers of x as integers. In double, which holds every bound: in float32 the largest of
// 2^24 + 1 things would be as large as their number.
memory::Vector<std::int32_t> positions_in(const Tensor& x, Index input_dim) {
  memory::Vector<std::int32_t> positions(static_cast<std::size_t>(x.size()));
  dispatch(x.dtype(), [&](auto zero) {
    const auto* values = x.data<decltype(zero)>();
    for (std::size_t i = 0; i < positions.size(); ++i) {
      const auto value = static_cast<double>(values[i]);
      if (!(value >= 0 && value < static_cast<double>(input_dim)) || value != std::floor(value))
        throw ValueError("the input must hold whole numbers in [0, {}); got {} at {}", input_dim,
                         values[i], place_of(static_cast<Index>(i), x.shape()));
      positions[i] = static_cast<std::int32_t>(value);
    }
  });
  return positions;
}

}  // namespace

Embedding::Embedding(Options options) : LayerOf(std::move(options)) {
  resolve_functions();
  const std::string path = this->path();
  detail::check_positive(path, "input_dim", options_.input_dim);
  if (options_.input_dim > most)
    throw ValueError("{}: input_dim must be <= {}; got {}", path, most, options_.input_dim);
  detail::check_positive(path, "output_dim", options_.output_dim);
  set_input_spec({.max_rank = Shape::max_rank - 1});
}

void Embedding::create_weights(const Shape&) {
  embeddings_ = add_weight("embeddings", {options_.input_dim, options_.output_dim},
                           {.initializer = options_.embeddings_initializer,
                            .regularizer = options_.embeddings_regularizer,
                            .constraint = options_.embeddings_constraint});
}

Tensor Embedding::call(const Tensor& x, const Call&) {
  const Tensor vectors = gather(embeddings_, positions_in(x, options_.input_dim));
  return reshape(vectors, output_shape(x.shape()));
}

Shape Embedding::output_shape(const Shape& input) const {
  if (input.rank() >= Shape::max_rank)
    throw ValueError("the input must have rank {} or less; got shape {}", Shape::max_rank - 1,
                     input);
  Shape output = input;
  output.push_back(options_.output_dim);
  return output;
}

template class LayerOf<Embedding, EmbeddingOptions>;

}  // namespace reel
