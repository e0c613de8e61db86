// A layer's weights: how they are made, listed, read and set as a whole.
// Read before: layer.h. Read next: get_variable.h.
#include <algorithm>

#include <reel/layers/base/assign_all.h>
#include <reel/layers/base/layer.h>
#include <reel/layers/base/naming.h>
#include <reel/layers/functions/regularizers.h>
#include <reel/layers/scope/get_variable.h>

namespace reel {

// The variable store makes the weight or finds it; the layer lists it, and counts a penalty among
// its losses only when it was made here with a regularizer of its own: a shared weight has one
// penalty.
Variable Layer::add_weight(const std::string& name, const Shape& shape,
                           const WeightOptions& options) {
  capture_scope();
  try {
    const DType dtype = options.dtype.value_or(this->dtype().value_or(float32));
    WeightOptions asked = options;
    asked.dtype = dtype;
    asked.trainable = options.trainable && trainable();
    if (options.trainable && !trainable()) owner_->made_frozen = true;
    const detail::Names::Obtained obtained = detail::obtain_weight(
        *names_, *scope_, built_ ? Reuse(Reuse::yes) : scope_->options.reuse, name, shape, asked);
    if (!this->dtype()) options_.dtype = dtype;
    const Variable& variable = obtained.variable;
    const bool penalised = obtained.created && options.regularizer;
    if (obtained.created) names_->set_owner(variable, owner_);
    if (penalised) names_->set_penalised(variable, owner_);
    const bool listed = std::any_of(weights_.begin(), weights_.end(), [&](const OwnWeight& weight) {
      return weight.variable == variable;
    });
    if (!listed)
      weights_.push_back({.variable = variable,
                          .trainable = asked.trainable && variable.trainable(),
                          .created = obtained.created,
                          .penalised = penalised,
                          .penalty = names_->penalised(variable)});
    return variable;
  } catch (const Error&) {
    detail::rethrow_with_path(path());
  }
}

// --- variables -------------------------------------------------------------------------------

namespace {

void append_new(std::vector<Variable>& variables, const std::vector<Variable>& more) {
  for (const Variable& variable : more)
    if (std::find(variables.begin(), variables.end(), variable) == variables.end())
      variables.push_back(variable);
}

}  // namespace

std::vector<Variable> Layer::trainable_variables() const {
  std::vector<Variable> result;
  if (!trainable()) return result;
  for (const OwnWeight& weight : weights_)
    if (weight.trainable) append_new(result, {weight.variable});
  for (const Layer* child : children_) append_new(result, child->trainable_variables());
  return result;
}

std::vector<Variable> Layer::non_trainable_variables() const {
  std::vector<Variable> result;
  for (const bool wanted : {true, false}) {  // of a frozen layer, the trainable ones come first
    if (wanted && trainable()) continue;
    for (const OwnWeight& weight : weights_)
      if (weight.trainable == wanted) append_new(result, {weight.variable});
  }
  for (const Layer* child : children_)
    append_new(result, trainable() ? child->non_trainable_variables() : child->variables());
  return result;
}

std::vector<Variable> Layer::variables() const {
  std::vector<Variable> result = trainable_variables();
  append_new(result, non_trainable_variables());
  return result;
}

void Layer::set_trainable(bool trainable) {
  for (Layer* layer : flatten_layers()) layer->owner_->trainable = trainable;
}

// Not the order of `variables`, which freezing changes: values read before would go elsewhere.
std::vector<Variable> Layer::variables_as_made() const {
  std::vector<Variable> result;
  const std::vector<Layer*> layers = flatten_layers();
  for (const bool wanted : {true, false})
    for (const Layer* layer : layers)
      for (const OwnWeight& weight : layer->weights_)
        if (weight.variable.trainable() == wanted) append_new(result, {weight.variable});
  return result;
}

std::vector<Tensor> Layer::get_weights() const {
  std::vector<Tensor> values;
  for (const Variable& variable : variables_as_made()) values.push_back(variable.stored());
  return values;
}

namespace {

void check_built(const std::vector<Layer*>& layers, const char* what) {
  for (const Layer* layer : layers)
    if (!layer->built())
      detail::throw_at<ValueError>(
          layer->path(),
          "the layer must be built before its {}; it is not; call it or build(shape)", what);
}

}  // namespace

void Layer::set_weights(const std::vector<Tensor>& values) {
  const std::vector<Variable> variables = variables_as_made();
  if (values.size() > variables.size()) check_built(flatten_layers(), "weights are set");
  detail::assign_all(path(), variables, values);
}

Index Layer::count_params() const {
  check_built(flatten_layers(), "parameters are counted");
  Index count = 0;
  for (const Variable& variable : variables()) count += variable.size();
  return count;
}

}  // namespace reel
