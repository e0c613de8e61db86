// Layer: weights with a name, a forward computation, and what both leave behind.
//
// A layer is made without its weights, because their shapes depend on the input: the first call
// builds them. Calling checks the inputs, builds if needed, runs `call`, then the activity
// regularizer. A parent owns its children: their variables are named under its path
// (`cnn/separable_conv2d/depthwise_kernel`), and its lists of variables, losses and updates contain
// theirs. Losses and updates of calls live in the ledger (ledger.h), with the outermost tape.
// Layers stay where they are made, so `child` may return a reference. A built layer may be called
// from several threads; all else needs one. No member bears an op's name: `add(x, y)` in a user's
// `call` is the op. Read before: layer_options.h, call_frame.h. Read next: layer.cpp,
// layer_variables.cpp.
#pragma once

#include <atomic>
#include <concepts>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <reel/core/tape.h>
#include <reel/layers/base/layer_options.h>
#include <reel/layers/base/ledger.h>

namespace reel {

class Config;
struct LedgerTable;

namespace detail {
// Whether `child<T>(args...)` means T's options: given as such, or left out.
template <class T, class... Args>
concept MadeFromOptions = std::constructible_from<T, typename T::Options> &&
    (sizeof...(Args) == 0 ||
     (sizeof...(Args) == 1 && (std::convertible_to<Args, typename T::Options> && ...)));
}  // namespace detail

class Layer {
 public:
  using Options = LayerOptions;

  explicit Layer(const LayerOptions& options = {});
  explicit Layer(EmptyBraces) : Layer() {}
  /// A template, so that GCC never takes the braces of `Layer({.name = "x"})` for a string.
  template <std::convertible_to<std::string> Name>
  explicit Layer(const Name& name) : Layer(LayerOptions{.name = name}) {}
  Layer(const Layer&) = delete;
  Layer& operator=(const Layer&) = delete;
  virtual ~Layer();

  // --- calling and building ------------------------------------------------------------------

  /// Checks the inputs, builds if needed, computes. Errors carry the layer's path.
  Tensor operator()(ListOf<Tensor> xs, const Call& call = {}, CallSite site = {});
  Tensor operator()(std::initializer_list<Tensor> xs, const Call& call = {}, CallSite site = {}) {
    return (*this)(std::span(xs.begin(), xs.size()), call, site);
  }
  Tensor operator()(const Tensor& x, const Call& call = {}, CallSite site = {}) {
    return (*this)(std::span(&x, 1), call, site);
  }
  template <class Inputs = std::initializer_list<Tensor>>
  Tensor apply(const Inputs& xs, const Call& call = {}, CallSite site = {}) {
    return (*this)(xs, call, site);
  }

  /// The computation of one input, or of several: override one of the two.
  virtual Tensor call(const Tensor& x, const Call& call);
  virtual Tensor call(std::span<const Tensor> xs, const Call& call);

  /// Makes the weights for inputs of these shapes, in which extents may be unknown. Children that
  /// the class does not build itself are built by a call on one sample of zeros: ValueError when
  /// another extent than the batch is unknown then, or that call leaves a child unbuilt.
  void build(const Shape& input) { build(std::span(&input, 1)); }
  void build(std::span<const Shape> inputs);
  void build(std::initializer_list<Shape> inputs) { build(ListOf(inputs)); }
  bool built() const { return built_; }
  const std::vector<Shape>& build_shapes() const { return build_shapes_; }

  /// The output's shape for inputs of these shapes, with unknown extents; builds nothing.
  virtual Shape compute_output_shape(const Shape& input) const;
  virtual Shape compute_output_shape(std::span<const Shape> inputs) const;
  Shape compute_output_shape(std::initializer_list<Shape> inputs) const {
    return compute_output_shape(ListOf(inputs));
  }
  /// The same with the dtype: the layer's, else the input's.
  TensorSpec compute_output_signature(const TensorSpec& input) const;

  /// Additions, multiplications and comparisons of a call for inference that made y from xs,
  /// without the layers below: a multiply-add is two, a function of an element one. None: not
  /// known.
  virtual std::optional<Index> flops(std::span<const Tensor> xs, const Tensor& y) const;

  // --- identity ------------------------------------------------------------------------------

  /// As given, else from the class: `dense_1`, `dense_2` (a child: as in its path).
  const std::string& name() const;
  /// Where its variables are, `cnn/dense`. ValueError before the first use of the layer.
  const std::string& scope_name() const;
  /// `scope_name`, or the name that it will be made from: for messages.
  std::string path() const;
  /// Of the weights; none until it is given or the first input shows it.
  std::optional<DType> dtype() const;
  /// The number of the outermost tape of the last call; none without one.
  [[deprecated("graph_serial() of core/inspect/graph.h")]] std::optional<std::uint64_t> graph()
      const;
  /// The fields that make an equal layer. RuntimeError when the class does not say.
  virtual Config get_config() const;

  // --- children ------------------------------------------------------------------------------

  /// Makes a layer that this one owns: `Dense& head = child<Dense>({.units = 10});`. It knows its
  /// parent while it is constructed, so its errors carry the whole path.
  template <class T>
  requires detail::MadeFromOptions<T> T& child(typename T::Options options = {}) {
    return adopt<T>(std::move(options));
  }
  template <class T, class... Args>
  requires(!detail::MadeFromOptions<T, Args...>) T& child(Args&&... args) {
    return adopt<T>(std::forward<Args>(args)...);
  }

  /// Counts a layer that somebody else owns, and that lives longer, among the children too: its
  /// variables, losses and updates are then part of this layer's. It keeps its own path. ValueError
  /// for a layer that this one is below.
  template <class T>
  T& share(T& layer) {
    add_shared(layer);
    return layer;
  }

  /// In the order in which they were made.
  const std::vector<Layer*>& children() const { return children_; }
  /// Who owns this layer; null for a root.
  const Layer* parent() const { return parent_; }
  /// This layer, then all below it, depth first, each once.
  std::vector<Layer*> flatten_layers() const;

  // --- variables -----------------------------------------------------------------------------

  /// Own variables, then the children's; each once. Trainable ones first.
  std::vector<Variable> variables() const;
  std::vector<Variable> trainable_variables() const;
  std::vector<Variable> non_trainable_variables() const;
  std::vector<Variable> weights() const { return variables(); }
  std::vector<Variable> trainable_weights() const { return trainable_variables(); }
  std::vector<Variable> non_trainable_weights() const { return non_trainable_variables(); }

  /// Values: of the variables that were made trainable, then of the others; each kind in the order
  /// of the layers. Freezing changes nothing in that order, which is the present one of `variables`
  /// only while nothing is frozen.
  std::vector<Tensor> get_weights() const;
  /// ValueError or TypeError when number, shapes or dtypes differ; nothing is assigned then.
  void set_weights(const std::vector<Tensor>& values);
  /// The number of weights, each variable once. ValueError when a layer is not built.
  Index count_params() const;

  bool trainable() const { return owner_->trainable; }
  /// For this layer and all below. A frozen layer lists no trainable variables and no updates; its
  /// losses stay, and variables stay watched by tapes. Weights made while frozen stay so for good.
  void set_trainable(bool trainable);

  // --- losses and updates --------------------------------------------------------------------

  const Regularizer& activity_regularizer() const { return options_.activity_regularizer; }
  /// ValueError for an unknown name.
  void set_activity_regularizer(const Regularizer& regularizer);

  /// Of the last computation: a layer's tensors, its penalties on weights, its functions (both
  /// evaluated now), then the children's. Read after the call that makes them.
  std::vector<Tensor> losses(CallSite site = {}) const;
  /// Their sum, that of all elements of those with many; 0 in the layer's dtype without any.
  Tensor total_loss(CallSite site = {}) const;
  /// Those that were computed from one of these tensors.
  std::vector<Tensor> get_losses_for(const std::vector<Tensor>& inputs, CallSite site = {}) const;
  std::vector<Tensor> get_losses_for(const Tensor& x, CallSite site = {}) const {
    return get_losses_for(std::vector{x}, site);
  }
  /// Those that depend on no input.
  std::vector<Tensor> get_losses_for(std::nullptr_t, CallSite site = {}) const;

  /// As for losses; none of a frozen layer.
  std::vector<Update> updates() const;
  std::vector<Update> get_updates_for(const std::vector<Tensor>& inputs) const;
  std::vector<Update> get_updates_for(const Tensor& x) const {
    return get_updates_for(std::vector{x});
  }
  std::vector<Update> get_updates_for(std::nullptr_t) const;
  /// Assigns what calls queued, in their order, each once; not recorded. When an update throws,
  /// none is made.
  void apply_updates();

  // --- for the layer's own code --------------------------------------------------------------

  /// `call.training`, asked by a layer that computes something else in training: when no call said
  /// which it is, the next step on its net warns.
  bool in_training(const Call& call);

  /// A variable of this layer, `path/name`; after the build, the existing one of that name.
  Variable add_weight(const std::string& name, const Shape& shape,
                      const WeightOptions& options = {});
  [[deprecated("add_weight")]] Variable add_variable(const std::string& name, const Shape& shape,
                                                     const WeightOptions& options = {}) {
    return add_weight(name, shape, options);
  }

  /// A term of `losses`. With `inputs` (any of the call's tensors) it counts as depending on them.
  /// A number or function given outside a call is kept with the layer and evaluated at each read, a
  /// function given in one at each read in its scope and mode; a tensor belongs to the computation
  /// that made it: ValueError while building or without one.
  void add_loss(const Tensor& loss, const Tensor& inputs = {});
  void add_loss(double loss, const Tensor& inputs = {});
  void add_loss(const std::function<Tensor()>& loss, const Tensor& inputs = {});
  void add_loss(const std::vector<Tensor>& losses, const Tensor& inputs = {});

  /// A change of a variable that `apply_updates` makes: a function from the old to the new value.
  /// It depends on `from`, else on the inputs of the call that it is added in, in whose scope and
  /// mode the function runs, else (added outside a call) on none.
  void add_update(const Variable& variable, detail::NextValue next,
                  const std::vector<Tensor>& from = {});

 protected:
  /// `add_update` of a function that calls no layers: without a scope, it asks no heap.
  void queue_update(const Variable& variable, detail::NextValue next,
                    const std::vector<Tensor>& from = {});
  /// A child that `make` constructs, for one whose class is known at run time only.
  Layer& child_made_by(const std::function<std::unique_ptr<Layer>()>& make);

  /// Makes the weights with `add_weight`; override one of the two (the first gets the first
  /// input's shape), or none.
  virtual void create_weights(const Shape&) {}
  virtual void create_weights(std::span<const Shape> inputs);

  /// What the inputs must be; may be changed in `create_weights`. ValueError for an axis that the
  /// rank does not have.
  void set_input_spec(InputSpec spec);

 private:
  friend LedgerTable ledger(const Layer& layer, const Tape& tape);
  void build_once(std::span<const Shape> inputs, DType inferred);
  void call_on_zeros(std::span<const Shape> inputs);
  void check_inputs(std::span<const Tensor> xs) const;
  void add_activity_loss(const Tensor& y);
  void note_losses();
  void remind(detail::Reminder::Kind kind, const std::shared_ptr<detail::Owner>& of) const;
  void warn_of_early_read() const;
  void add_term(detail::LossTerm::Kind kind, detail::PoolFunction<Tensor()> value,
                bool conditional);
  template <class T, class... Args>
  T& adopt(Args&&... args) {
    const auto make = [&] { return std::make_unique<T>(std::forward<Args>(args)...); };
    return static_cast<T&>(child_made_by(make));
  }
  void add_shared(Layer& layer);
  static Layer* take_parent();
  void append_layers(memory::Vector<Layer*>& layers) const;
  std::string base_name() const;
  void choose_segment();
  void find_stray(const detail::CallFrame& frame);
  void find_lost() const;
  void capture_scope(const std::string& scope = {});
  std::vector<Variable> variables_as_made() const;
  const Layer& root() const { return parent_ ? parent_->root() : *this; }

  using LossTerms = memory::Vector<detail::LossTerm>;
  using LossReader = std::function<void(const Layer&, const detail::LossTerm&, const Tensor&)>;
  using LossFilter = std::function<bool(const detail::LossTerm&, const Tensor&)>;
  void read_losses(const LossTerms& of_calls, const LossReader& read) const;
  std::vector<Tensor> losses_that(const LossFilter& are_wanted) const;
  memory::Vector<Update*> updates_in(detail::Entries& entries) const;

  struct OwnWeight {
    Variable variable;
    bool trainable;  // when it was made; freezing the layer does not change it
    bool created;    // by this layer, not found
    bool penalised;  // by this layer, which was given a regularizer for it
    std::shared_ptr<detail::Owner> penalty;  // whose loss its penalty is, if it has one
  };

  Layer* const parent_ = take_parent();
  std::vector<std::unique_ptr<Layer>> owned_;
  std::vector<Layer*> children_;
  LayerOptions options_;  // its dtype and regularizer as they are now
  std::optional<InputSpec> input_spec_;
  mutable std::string name_;  // as shown
  std::string segment_;       // of a child's path
  std::optional<Scope> scope_;
  std::shared_ptr<detail::Names> names_;
  std::shared_ptr<detail::Owner> owner_;
  std::vector<OwnWeight> weights_;
  std::vector<detail::LossTerm> kept_losses_;  // given outside of calls
  std::vector<Shape> build_shapes_;
  bool built_ = false;
  bool building_ = false;
  std::atomic<std::uint64_t> graph_ = 0;
};

}  // namespace reel
