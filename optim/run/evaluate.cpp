#include <reel/optim/run/evaluate.h>

#include <reel/core/error.h>
#include <reel/core/ops/elementwise.h>
#include <reel/core/ops/shape_ops.h>
#include <reel/core/recording.h>
#include <reel/core/runtime/joined.h>

namespace reel {

void detail::check_metrics(const char* op, const std::vector<Metric*>& metrics) {
  for (const Metric* metric : metrics)
    if (!metric) throw ValueError("{}: metrics must be there; got a null pointer", op);
}

std::vector<Figure> evaluate(Layer& net, const Dataset& data, const EvaluateOptions& options) {
  const PauseRecording pause;
  if (!options.loss && options.metrics.empty())
    throw ValueError("evaluate: a loss or a metric is needed; got none");
  if (data.size() == 0)
    throw ValueError("evaluate: {} must have samples; it has none", data.name());
  detail::check_metrics("evaluate", options.metrics);
  Mean loss;
  for (Metric* metric : options.metrics) metric->reset();
  for (const Batch& batch : data.batches({.size = options.batch_size})) {
    const Tensor y = net(batch.features(), {.training = false});
    for (Metric* metric : options.metrics) metric->update(y, batch);
    if (!options.loss) continue;
    const Tensor value = options.loss(y, batch);
    loss.update((value + net.total_loss()).item(), static_cast<double>(batch.size()));
  }
  std::vector<Figure> figures;
  if (options.loss) figures.emplace_back("loss", loss.result());
  for (const Metric* metric : options.metrics)
    figures.emplace_back(metric->name(), metric->result());
  return figures;
}

Tensor predict(Layer& net, const Dataset& data, Index batch_size) {
  const PauseRecording pause;
  if (data.size() == 0) throw ValueError("predict: {} must have samples; it has none", data.name());
  std::vector<Tensor> parts;
  for (const Batch& batch : data.batches({.size = batch_size}))
    parts.push_back(net(batch.features(), {.training = false}));
  return concat(parts, 0);
}

double figure(ListOf<Figure> figures, std::string_view name) {
  std::vector<std::string_view> names;
  for (const Figure& present : figures) {
    if (present.name == name) return present.value;
    names.push_back(present.name);
  }
  throw ValueError("figure: there is no '{}'; there are {}", name, detail::joined(names));
}

}  // namespace reel
