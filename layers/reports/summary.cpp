#include <reel/layers/reports/summary.h>

#include <map>
#include <set>

#include <reel/core/ops/factories.h>
#include <reel/core/ops/random.h>
#include <reel/core/tape.h>
#include <reel/layers/base/call_observer.h>
#include <reel/layers/base/weighted_layer.h>
#include <reel/layers/separable_conv2d.h>

namespace reel {
namespace {

Index size_of_all(const std::vector<Variable>& variables) {
  Index size = 0;
  for (const Variable& variable : variables) size += variable.size();
  return size;
}

// The variables that no layer below has.
Index own_size(const Layer& layer, std::vector<Variable> variables) {
  for (const Layer* child : layer.children())
    for (const Variable& variable : child->variables()) std::erase(variables, variable);
  return size_of_all(variables);
}

// The full convolution that `fold(layer)` is the kernel of, in a call that made y.
FoldedCost folded_cost(const SeparableConv2D& layer, const Tensor& y) {
  const Variable& d = layer.depthwise_kernel();
  const Index filters = layer.options().filters, products = detail::taps_of(d) * d.shape()[2];
  return {products * filters + (layer.bias().defined() ? filters : 0),
          detail::flops_of_sums(layer, products, y)};
}

// What the calls of each layer showed.
class Observations {
 public:
  void add(const Layer& layer, std::span<const Tensor> xs, const Tensor& y) {
    for (const Tensor& x : xs) is_new(x);
    const auto [found, first] = rows_.try_emplace(&layer);
    SummaryRow& row = found->second;
    row.output = y.shape();
    const std::optional<Index> flops = layer.flops(xs, y), before = first ? 0 : row.flops;
    row.flops = flops && before ? std::optional(*before + *flops) : std::nullopt;
    if (is_new(y)) row.bytes += static_cast<Index>(y.bytes());
    if (const auto* separable = dynamic_cast<const SeparableConv2D*>(&layer)) {
      const Index folded = row.folded ? row.folded->flops : 0;
      row.folded = folded_cost(*separable, y);
      row.folded->flops += folded;
    }
  }

  /// An empty row when the layer was not called.
  SummaryRow of(const Layer& layer) const {
    const auto found = rows_.find(&layer);
    return found == rows_.end() ? SummaryRow() : found->second;
  }

 private:
  // Whether no tensor before lay in this one's memory, which is kept, lest it be used again.
  bool is_new(const Tensor& tensor) {
    const void* const data = dispatch(
        tensor.dtype(), [&](auto zero) -> const void* { return tensor.data<decltype(zero)>(); });
    if (!memory_.insert(data).second) return false;
    kept_.push_back(tensor);
    return true;
  }

  std::map<const Layer*, SummaryRow> rows_;
  std::set<const void*> memory_;
  std::vector<Tensor> kept_;
};

Observations observed_call(Layer& net, const Shape& input) {
  Shape known = input;
  for (int axis = 0; axis < known.rank(); ++axis)
    if (known[axis] == Shape::unknown) known[axis] = 1;
  Observations observations;
  const PauseRecording pause;
  const Rehearsal rehearsal;
  const CallObserver observer([&](const Layer& layer, std::span<const Tensor> xs, const Tensor& y) {
    observations.add(layer, xs, y);
  });
  net(zeros(known, net.dtype().value_or(float32)));
  return observations;
}

// A layer that stands in several places has its row, with what all its calls cost, in the first.
void append_rows(const Layer& layer, int depth, const Observations& observations,
                 std::set<const Layer*>& shown, Summary& summary) {
  if (!shown.insert(&layer).second) return;
  const std::string path = layer.path();
  SummaryRow row = observations.of(layer);
  row.name = path.substr(path.rfind('/') + 1);
  row.depth = depth;
  row.parameters = own_size(layer, layer.variables());
  row.trainable = own_size(layer, layer.trainable_variables());
  const bool unknown_batch = summary.input.rank() > 0 && summary.input[0] == Shape::unknown;
  if (unknown_batch && row.output && row.output->rank() > 0 && (*row.output)[0] == 1)
    (*row.output)[0] = Shape::unknown;
  summary.rows.push_back(std::move(row));
  for (const Layer* child : layer.children())
    append_rows(*child, depth + 1, observations, shown, summary);
}

void add_up(Summary& summary) {
  FoldedCost change;
  bool any = false;
  for (const SummaryRow& row : summary.rows) {
    summary.flops += row.flops.value_or(0);
    summary.bytes += row.bytes;
    if (!row.folded) continue;
    any = true;
    change.parameters += row.folded->parameters - row.parameters;
    change.flops += row.folded->flops - *row.flops;
  }
  if (any) summary.folded = {summary.parameters + change.parameters, summary.flops + change.flops};
}

}  // namespace

Summary summary(Layer& net, const Shape& input) {
  const Observations observations = observed_call(net, input);
  Summary result{.name = net.path(),
                 .input = input,
                 .parameters = size_of_all(net.variables()),
                 .trainable = size_of_all(net.trainable_variables())};
  std::set<const Layer*> shown;
  append_rows(net, 0, observations, shown, result);
  add_up(result);
  return result;
}

}  // namespace reel
