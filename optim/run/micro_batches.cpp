#include <reel/optim/run/micro_batches.h>

#include <algorithm>

#include <reel/core/error.h>
#include <reel/core/ops/elementwise.h>
#include <reel/core/ops/reduction.h>
#include <reel/core/ops/shape_ops.h>

namespace reel {

Tensor detail::rows(const Tensor& x, Index first, Index count) {
  if (!x.defined()) return x;
  std::vector<Index> begin(static_cast<std::size_t>(x.rank()), 0), size;
  for (int axis = 0; axis < x.rank(); ++axis) size.push_back(x.shape()[axis]);
  begin[0] = first;
  size[0] = count;
  return slice(x, begin, size);
}

namespace {

std::vector<std::int32_t> rows(const std::vector<std::int32_t>& x, Index first, Index count) {
  if (x.empty()) return x;
  return {x.begin() + first, x.begin() + first + count};
}

}  // namespace

std::vector<Batch> micro_batches(const Batch& batch, Index pieces) {
  if (pieces < 1) throw ValueError("micro_batches: pieces must be at least 1; got {}", pieces);
  const Index n = batch.size(), most = std::clamp<Index>(n, 1, pieces);
  if (most == 1) return {batch};
  std::vector<Batch> result;
  for (Index first = 0, p = 0; p < most; ++p) {
    const Index size = n / most + (p < n % most);
    result.push_back({.images = detail::rows(batch.images, first, size),
                      .labels = rows(batch.labels, first, size),
                      .targets = detail::rows(batch.targets, first, size),
                      .positions = rows(batch.positions, first, size)});
    first += size;
  }
  return result;
}

Tensor loss_of_piece(const Layer& net, const Tensor& loss, const Batch& piece, bool is_first,
                     double share) {
  if (share == 1) return loss + net.total_loss();
  Tensor value = loss;
  for (const Tensor& of_samples : net.get_losses_for(piece.features()))
    value = value + sum(of_samples);
  value = value * share;
  if (is_first)
    for (const Tensor& penalty : net.get_losses_for(nullptr)) value = value + sum(penalty);
  return value;
}

void add_gradients(std::vector<VariableGradient>& sum, std::vector<VariableGradient> gradients) {
  if (sum.empty()) {
    sum = std::move(gradients);
    return;
  }
  for (VariableGradient& pair : gradients) {
    if (!pair.gradient.defined()) continue;
    const auto same = std::find_if(sum.begin(), sum.end(), [&](const VariableGradient& other) {
      return other.variable == pair.variable;
    });
    if (same == sum.end())
      sum.push_back(std::move(pair));
    else
      same->gradient =
          same->gradient.defined() ? same->gradient + pair.gradient : std::move(pair.gradient);
  }
}

}  // namespace reel
