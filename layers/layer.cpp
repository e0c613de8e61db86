#include <reel/layers/layer.h>

#include <algorithm>

#include <reel/core/tape.h>
#include <reel/layers/config.h>
#include <reel/layers/initializers.h>
#include <reel/layers/naming.h>

namespace reel {
namespace {

thread_local Layer* next_parent = nullptr;  // of the layer that is about to be constructed

}  // namespace

// --- construction and children ---------------------------------------------------------------

Layer::Layer(const LayerOptions& options)
    : options_(options),
      activity_regularizer_(options.activity_regularizer),
      dtype_(options.dtype),
      name_(options.name),
      owner_(std::make_shared<detail::Owner>()),
      parent_(std::exchange(next_parent, nullptr)) {
  owner_->trainable = options.trainable;
  if (!options.scope.empty() && !parent_) capture_scope();
}

Layer::~Layer() = default;

Layer::Adoption::Adoption(Layer& parent) { next_parent = &parent; }
Layer::Adoption::~Adoption() { next_parent = nullptr; }

void Layer::keep(std::unique_ptr<Layer> made) {
  made->choose_segment();
  children_.push_back(made.get());
  owned_.push_back(std::move(made));
}

std::vector<Layer*> Layer::flatten_layers() const {
  std::vector<Layer*> layers{const_cast<Layer*>(this)};
  for (const Layer* child : children_)
    for (Layer* layer : child->flatten_layers())
      if (std::find(layers.begin(), layers.end(), layer) == layers.end()) layers.push_back(layer);
  return layers;
}

// --- names -----------------------------------------------------------------------------------

std::string Layer::base_name() const {
  return options_.name.empty() ? detail::snake_case(detail::class_name(typeid(*this)))
                               : options_.name;
}

// A child's part of the path: unique among its siblings, unless it asks for one scope exactly.
void Layer::choose_segment() {
  if (!segment_.empty()) return;
  const std::string base = options_.scope.empty() ? base_name() : options_.scope;
  const auto taken = [&](const std::string& segment) {
    return std::any_of(parent_->children_.begin(), parent_->children_.end(),
                       [&](const Layer* sibling) { return sibling->segment_ == segment; });
  };
  segment_ = base;
  if (options_.scope.empty() && options_.reuse == Reuse::no)
    for (int i = 1; taken(segment_); ++i) segment_ = fmt::format("{}_{}", base, i);
}

const std::string& Layer::name() const {
  if (name_.empty() && parent_) name_ = segment_.empty() ? base_name() : segment_;
  if (name_.empty())
    name_ =
        fmt::format("{}_{}", base_name(), detail::Names::current()->next_layer_number(base_name()));
  return name_;
}

const std::string& Layer::scope_name() const {
  if (!scope_)
    throw ValueError("{}: the layer must be used before it has a scope name; it was not called yet",
                     path());
  return scope_->path;
}

std::string Layer::path() const {
  if (scope_) return scope_->path;
  const std::string own = segment_.empty() ? base_name() : segment_;
  return parent_ ? parent_->path() + "/" + own : own;
}

// The scope is fixed at first use. A root follows TensorFlow 1: the exact scope that it was given,
// else its name, made unique in the scope that is open now. A child's place is under its parent.
void Layer::capture_scope(const std::string& scope) {
  if (scope_) return;
  names_ = detail::Names::current();
  if (parent_) {
    parent_->capture_scope(scope);
    choose_segment();
    names_ = parent_->names_;
    scope_ = Scope{parent_->scope_->join(segment_), parent_->scope_->options};
  } else if (const std::string exact = options_.scope.empty() ? scope : options_.scope;
             !exact.empty() || options_.reuse != Reuse::no) {
    scope_ = VariableScope(exact.empty() ? base_name() : exact).scope();
  } else {
    scope_ = VariableScope::unique(base_name()).scope();
  }
  if (options_.reuse != Reuse::no) scope_->options.reuse = options_.reuse;
  owner_->path = scope_->path;
}

std::optional<DType> Layer::dtype() const { return dtype_ || !parent_ ? dtype_ : parent_->dtype(); }

std::optional<std::uint64_t> Layer::graph() const {
  return graph_ ? std::optional(graph_) : std::nullopt;
}

Config Layer::get_config() const {
  throw RuntimeError("{}: get_config must be overridden by the layer's class; it is not", path());
}

// --- calling ---------------------------------------------------------------------------------

Tensor Layer::operator()(const Tensor& x, const Call& call) { return run(std::span(&x, 1), call); }

Tensor Layer::operator()(std::span<const Tensor> xs, const Call& call) { return run(xs, call); }

Tensor Layer::operator()(std::initializer_list<Tensor> xs, const Call& call) {
  return run(std::span(xs.begin(), xs.size()), call);
}

Tensor Layer::call(const Tensor&, const Call&) {
  throw RuntimeError("call must be overridden by the layer's class; it is not");
}

Tensor Layer::call(std::span<const Tensor> xs, const Call& call) {
  if (xs.size() != 1) throw ValueError("there must be 1 input; got {}", xs.size());
  return this->call(xs[0], call);
}

Tensor Layer::run(std::span<const Tensor> xs, const Call& options) {
  capture_scope(options.scope);
  try {
    const detail::LedgerCall in_call(xs);
    // What `call` itself makes by name is found again from the second call on.
    const detail::OpenScope open(*scope_, built_ ? Reuse(Reuse::automatic) : scope_->options.reuse);
    check_inputs(xs);
    if (!built_) {
      std::vector<Shape> shapes;
      for (const Tensor& x : xs) shapes.push_back(x.shape());
      const auto dtype_before = dtype_;
      if (!dtype()) dtype_ = xs[0].dtype();
      try {
        build_once(shapes);
      } catch (...) {
        dtype_ = dtype_before;
        throw;
      }
      check_inputs(xs);
    }
    graph_ = graph_serial();
    const Tensor y = xs.size() == 1 ? call(xs[0], options) : call(xs, options);
    if (!y.defined()) throw ValueError("call must return a tensor; got none");
    if (activity_regularizer_) add_activity_loss(y);
    return y;
  } catch (const Error&) {
    detail::rethrow_with_path(path());
  }
}

void Layer::check_inputs(std::span<const Tensor> xs) const {
  if (xs.empty()) throw ValueError("there must be an input; got none");
  for (const Tensor& x : xs) {
    if (!x.defined()) throw TypeError("an input must be a tensor; got an undefined one");
    input_spec_.check(x.shape(), x.dtype());
  }
}

// --- building --------------------------------------------------------------------------------

void Layer::build(std::span<const Shape> inputs) {
  capture_scope();
  try {
    if (!built_) build_once(inputs);
  } catch (const Error&) {
    detail::rethrow_with_path(path());
  }
}

void Layer::build_once(std::span<const Shape> inputs) {
  const std::size_t weights_before = weights_.size();
  building_ = true;
  try {
    create_weights(inputs);
    build_shapes_.assign(inputs.begin(), inputs.end());
    building_ = false;
    built_ = true;
    if (!options_.weights.empty()) set_weights(options_.weights);
  } catch (...) {
    building_ = built_ = false;
    weights_.resize(weights_before);
    throw;
  }
  options_.weights.clear();
}

void Layer::create_weights(const Shape&) {}

void Layer::create_weights(std::span<const Shape> inputs) {
  if (inputs.size() == 1) create_weights(inputs[0]);
}

Shape Layer::compute_output_shape(const Shape&) const {
  throw RuntimeError("{}: compute_output_shape must be overridden by the layer's class; it is not",
                     path());
}

Shape Layer::compute_output_shape(std::span<const Shape> inputs) const {
  if (inputs.size() != 1)
    throw ValueError("{}: there must be 1 input shape; got {}", path(), inputs.size());
  return compute_output_shape(inputs[0]);
}

Variable Layer::add_weight(const std::string& name, const Shape& shape,
                           const WeightOptions& options) {
  capture_scope();
  try {
    if (!shape.known()) throw ValueError("weight {} must have a known shape; got {}", name, shape);
    const ScopeOptions& scope = scope_->options;
    const DType dtype = options.dtype.value_or(this->dtype().value_or(float32));
    const auto first_value = [&] {
      Initializer initializer = options.initializer ? options.initializer : scope.initializer;
      if (!initializer) initializer = glorot_uniform();
      return resolve(initializer, name + ": initializer")(shape, dtype);
    };
    const auto [variable, created] = names_->obtain(
        {.name = scope_->join(name),
         .shape = shape,
         .dtype = dtype,
         .trainable = options.trainable && trainable(),
         .constraint = options.constraint ? options.constraint : scope.constraint,
         .kernel_kind = options.kind,
         .regularizer = options.regularizer ? options.regularizer : scope.regularizer,
         .reuse = built_ ? Reuse(Reuse::yes) : scope.reuse},
        first_value);
    if (!this->dtype()) dtype_ = dtype;
    const bool listed = std::any_of(weights_.begin(), weights_.end(),
                                    [&](const Weight& w) { return w.variable == variable; });
    if (!listed)
      weights_.push_back({variable, variable.trainable(), created ? options.regularizer : nullptr});
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
  for (const Weight& weight : weights_)
    if (weight.trainable) append_new(result, {weight.variable});
  for (const Layer* child : children_) append_new(result, child->trainable_variables());
  return result;
}

std::vector<Variable> Layer::non_trainable_variables() const {
  std::vector<Variable> result;
  for (const bool wanted : {true, false}) {  // of a frozen layer, the trainable ones come first
    if (wanted && trainable()) continue;
    for (const Weight& weight : weights_)
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

std::vector<Tensor> Layer::get_weights() const {
  std::vector<Tensor> values;
  for (const Variable& variable : variables()) values.push_back(variable.stored());
  return values;
}

void Layer::set_weights(std::span<const Tensor> values) {
  const std::vector<Variable> variables = this->variables();
  if (values.size() != variables.size())
    throw ValueError("{}: there must be {} weights; got {}", path(), variables.size(),
                     values.size());
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (values[i].shape() != variables[i].shape())
      throw ValueError("{}: weight {} must have shape {}; got {}", path(), variables[i].name(),
                       variables[i].shape(), values[i].shape());
    if (values[i].dtype() != variables[i].dtype())
      throw TypeError("{}: weight {} must be {}; got {}", path(), variables[i].name(),
                      variables[i].dtype(), values[i].dtype());
  }
  for (std::size_t i = 0; i < values.size(); ++i) variables[i].assign(values[i]);
}

Index Layer::count_params() const {
  for (const Layer* layer : flatten_layers())
    if (!layer->built_)
      throw ValueError(
          "{}: the layer must be built before its parameters are counted; it is not; "
          "call it or build(shape)",
          layer->path());
  Index count = 0;
  for (const Variable& variable : variables()) count += variable.size();
  return count;
}

}  // namespace reel
