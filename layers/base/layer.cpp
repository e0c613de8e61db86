// How a layer gets its name, is built and is called: `Layer::run` is what a call does.
//
// Read before: layer.h. Read next: layer_variables.cpp.
#include <reel/layers/base/layer.h>

#include <algorithm>
#include <functional>
#include <utility>

#include <reel/core/inspect/graph.h>
#include <reel/core/ops/factories.h>
#include <reel/core/recording.h>
#include <reel/core/runtime/config.h>
#include <reel/core/runtime/named_scope.h>
#include <reel/layers/base/call_frame.h>
#include <reel/layers/base/call_observer.h>
#include <reel/layers/base/naming.h>
#include <reel/layers/functions/regularizers.h>

namespace reel {
namespace {

// A default name of a layer without a parent. Called inside another layer it stands among that
// one's children, whose names are theirs before they are called.
Scope unique_scope(const std::string& base) {
  const auto is_a_childs = [](const std::string& path) {
    const detail::CallFrame* call = detail::CallFrame::innermost();
    if (!call) return false;
    const std::vector<Layer*>& children = call->layer.children();
    return std::any_of(children.begin(), children.end(),
                       [&](const Layer* child) { return child->path() == path; });
  };
  Scope scope = VariableScope::unique(base).scope();
  while (is_a_childs(scope.path)) scope = VariableScope::unique(base).scope();
  return scope;
}

}  // namespace

Layer::Layer(const LayerOptions& options)
    : options_(options), name_(options.name), owner_(std::make_shared<detail::Owner>()) {
  owner_->trainable = options.trainable;
  if (!options.name.empty()) detail::check_scope_name("layer", options.name);
  if (const std::string& scope = options.scope.scope().path; !scope.empty())
    detail::check_scope_name("layer", scope);
  if (const detail::CallFrame* call = detail::CallFrame::innermost()) {
    owner_->placed = true;  // a call may make what it likes, and not keep it
    call->made.push_back(owner_);
  }
  if (options.scope.given() && (!parent_ || options.scope.opened())) capture_scope();
}

// --- names -----------------------------------------------------------------------------------

std::string Layer::base_name() const {
  return options_.name.empty() ? detail::snake_case(detail::class_name(typeid(*this)))
                               : options_.name;
}

// A child's part of the path: unique among its siblings, unless it asks for one scope exactly.
void Layer::choose_segment() {
  if (!segment_.empty()) return;
  const bool exact = options_.scope.given() && !options_.scope.opened();
  const std::string base = exact ? options_.scope.scope().path : base_name();
  segment_ = base;
  if (!exact && options_.reuse == Reuse::no)
    segment_ = detail::unused_name(base, parent_->owner_->segments, std::identity());
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
    detail::throw_at<ValueError>(
        path(), "the layer must be used before it has a scope name; it was not called yet");
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
  if (options_.scope.opened()) {
    scope_ = VariableScope(options_.scope.scope()).scope();
  } else if (parent_) {
    parent_->capture_scope(scope);
    choose_segment();
    names_ = parent_->names_;
    scope_ = Scope{parent_->scope_->join(segment_), parent_->scope_->options};
  } else if (const std::string exact = options_.scope.given() ? options_.scope.scope().path : scope;
             !exact.empty() || options_.reuse != Reuse::no) {
    scope_ = VariableScope(exact.empty() ? base_name() : exact).scope();
  } else {
    scope_ = unique_scope(base_name());
  }
  if (options_.reuse != Reuse::no) scope_->options.reuse = options_.reuse;
  owner_->path = scope_->path;
  owner_->told = names_->told_of(scope_->path);
}

void Layer::set_input_spec(InputSpec spec) {
  detail::with_path(path(), [&] { spec.check_axes(); });
  input_spec_ = std::move(spec);
}

std::optional<DType> Layer::dtype() const {
  return options_.dtype || !parent_ ? options_.dtype : parent_->dtype();
}

std::optional<std::uint64_t> Layer::graph() const {
  const std::uint64_t serial = graph_;
  return serial ? std::optional(serial) : std::nullopt;
}

Config Layer::get_config() const {
  detail::throw_at<RuntimeError>(path(),
                                 "get_config must be overridden by the layer's class; it is not");
}

// --- calling ---------------------------------------------------------------------------------

// Who lives on is kept by somebody, who must be asked in the next call whose child it is.
detail::CallFrame::~CallFrame() {
  for (const std::weak_ptr<Owner>& layer : made)
    if (const std::shared_ptr<Owner> kept = layer.lock()) kept->placed = false;
}

Tensor Layer::call(const Tensor&, const Call&) {
  throw RuntimeError("call must be overridden by the layer's class; it is not");
}

Tensor Layer::call(std::span<const Tensor> xs, const Call& call) {
  if (xs.size() != 1) throw ValueError("there must be 1 input(s); got {}", xs.size());
  return this->call(xs[0], call);
}

// A call: inputs are checked before the build, which may need them to be right, and after it, since
// a build may ask for more. Whatever fails says where: the path of the innermost layer.
Tensor Layer::operator()(ListOf<Tensor> xs, const Call& options, CallSite site) {
  detail::note(site);
  capture_scope(options.scope);
  try {
    detail::Ledger& ledger = detail::Ledger::current();
    ledger.begin_call();
    detail::WholeCall whole(ledger.to_add_to());
    // What `call` itself makes by name is found again from the second call on.
    const detail::CallFrame frame(*this, xs, *scope_,
                                  built_ ? Reuse(Reuse::automatic) : scope_->options.reuse,
                                  options.training);
    const NamedScope named("layer", owner_->path, owner_->path);
    check_inputs(xs);
    if (!built_) {
      std::vector<Shape> shapes;
      for (const Tensor& x : xs) shapes.push_back(x.shape());
      build_once(shapes, xs[0].dtype());
      check_inputs(xs);
    }
    graph_ = graph_serial();
    if (recording()) owner_->ran_in = frame.net.owner_.get();
    const CallSite here = detail::last_call_site();
    const Tensor y = call(xs, {.training = frame.training, .scope = options.scope});
    detail::set_last_call_site(here);  // `call` may be a user's, with sites of its own
    if (!y.defined()) throw ValueError("call must return a tensor; got none");
    if (activity_regularizer()) add_activity_loss(y);
    note_losses();
    if (CallObserver::innermost_) CallObserver::notify(*this, xs, y);
    if (frame.outer && !owner_->placed) find_stray(frame);
    whole.done();
    return y;
  } catch (const Error&) {
    detail::rethrow_with_path(path());
  }
}

void Layer::check_inputs(std::span<const Tensor> xs) const {
  if (xs.empty()) throw ValueError("there must be an input; got none");
  if (input_spec_ && input_spec_->inputs > 0 && static_cast<int>(xs.size()) != input_spec_->inputs)
    throw ValueError("there must be {} input(s); got {}", input_spec_->inputs, xs.size());
  for (const Tensor& x : xs) {
    if (!x.defined()) throw TypeError("an input must be a tensor; got an undefined one");
    if (input_spec_) input_spec_->check(x.shape(), x.dtype());
  }
}

// --- building --------------------------------------------------------------------------------

void Layer::build(std::span<const Shape> inputs) {
  capture_scope();
  detail::WholeCall whole(detail::Ledger::current().to_add_to());
  detail::with_path(path(), [&] {
    if (!built_) build_once(inputs, float32);
    const auto not_built = [](const Layer* layer) { return !layer->built_; };
    if (std::none_of(children_.begin(), children_.end(), not_built)) return;
    call_on_zeros(inputs);
    if (const auto left = std::find_if(children_.begin(), children_.end(), not_built);
        left != children_.end())
      throw ValueError(
          "a call on one sample must build all children; it leaves {}; call the layer on a batch",
          (*left)->path());
  });
  whole.done();
}

// Only `call` knows what the children get: one sample of zeros goes through it, and nothing that it
// leaves behind is kept.
void Layer::call_on_zeros(std::span<const Shape> inputs) {
  std::vector<Tensor> xs;
  for (Shape shape : inputs) {
    if (shape.rank() > 0) shape[0] = 1;
    if (!shape.known())
      throw ValueError(
          "the children are built by a call, for which all extents but the batch must be known; "
          "got {}",
          shape);
    xs.push_back(zeros(shape, dtype().value_or(float32)));
  }
  const PauseRecording pause;
  const Rehearsal rehearsal;
  (*this)(xs);
}

void Layer::build_once(std::span<const Shape> inputs, DType inferred) {
  // Here and not in a call, which other threads may run too.
  options_.activity_regularizer = resolve(activity_regularizer(), "activity_regularizer");
  const std::size_t weights_before = weights_.size();
  const std::size_t losses_before = kept_losses_.size();
  const std::optional<DType> dtype_before = options_.dtype;
  if (!dtype()) options_.dtype = inferred;
  building_ = true;
  try {
    create_weights(inputs);
    if (owner_->placed) find_lost();  // it was made in the call that runs
    build_shapes_.assign(inputs.begin(), inputs.end());
    building_ = false;
    built_ = true;
    if (!options_.weights.empty()) set_weights(options_.weights);
  } catch (...) {
    building_ = built_ = false;
    // What was made so far must not stand in the way of another try.
    for (std::size_t i = weights_before; i < weights_.size(); ++i)
      if (weights_[i].created) names_->forget(weights_[i].variable);
    weights_.resize(weights_before);
    kept_losses_.erase(kept_losses_.begin() + static_cast<std::ptrdiff_t>(losses_before),
                       kept_losses_.end());
    options_.dtype = dtype_before;
    throw;
  }
  options_.weights.clear();
}

void Layer::create_weights(std::span<const Shape> inputs) {
  if (!inputs.empty()) create_weights(inputs[0]);
}

Shape Layer::compute_output_shape(const Shape&) const {
  detail::throw_at<RuntimeError>(
      path(), "compute_output_shape must be overridden by the layer's class; it is not");
}

Shape Layer::compute_output_shape(std::span<const Shape> inputs) const {
  if (inputs.size() != 1)
    detail::throw_at<ValueError>(path(), "there must be 1 input shape; got {}", inputs.size());
  return compute_output_shape(inputs[0]);
}

std::optional<Index> Layer::flops(std::span<const Tensor>, const Tensor&) const {
  return std::nullopt;
}

TensorSpec Layer::compute_output_signature(const TensorSpec& input) const {
  return {compute_output_shape(input.shape), dtype().value_or(input.dtype)};
}

}  // namespace reel
