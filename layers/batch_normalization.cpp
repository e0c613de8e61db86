#include <reel/layers/batch_normalization.h>

#include <algorithm>
#include <cmath>

#include <reel/core/ops.h>
#include <reel/layers/base/layer_of_members.h>
#include <reel/layers/base/weighted_layer.h>

namespace reel {

void visit_fields(BatchNormalizationLayerOptions& o, auto& field) {
  field("axis", o.axis);
  field("momentum", o.momentum);
  field("epsilon", o.epsilon);
  field("center", o.center);
  field("scale", o.scale);
  field("beta_initializer", o.beta_initializer);
  field("gamma_initializer", o.gamma_initializer);
  field("moving_mean_initializer", o.moving_mean_initializer);
  field("moving_variance_initializer", o.moving_variance_initializer);
  field("beta_regularizer", o.beta_regularizer);
  field("gamma_regularizer", o.gamma_regularizer);
  field("beta_constraint", o.beta_constraint);
  field("gamma_constraint", o.gamma_constraint);
  field("fused", o.fused);
  field("activity_regularizer", o.activity_regularizer);
}

namespace {

// Where the reference's fused kernel works: images, and volumes, with the channels first or last.
bool can_fuse(int axis, const Shape& input) {
  const int rank = input.rank();
  axis = normalize_axis("axis", axis, rank);
  return (rank == 4 || rank == 5) && (axis == 1 || axis == rank - 1);
}

// Bessel's correction of a variance of n elements; one element alone keeps its 0.
Tensor unbiased(const Tensor& variance, Index n) {
  const PauseRecording pause;
  return variance * (static_cast<double>(n) / static_cast<double>(std::max<Index>(n - 1, 1)));
}

// The position of the first number that is infinite or NaN; the size when there is none.
Index first_not_finite(const Tensor& x) {
  return dispatch(x.dtype(), [&](auto zero) {
    const auto values = x.span<const decltype(zero)>();
    const auto is_finite = [](auto value) { return std::isfinite(value); };
    return std::find_if_not(values.begin(), values.end(), is_finite) - values.begin();
  });
}

// The moving statistics would be lost for good.
void check_statistic(const char* name, const Tensor& statistic) {
  const Index c = first_not_finite(statistic);
  if (c < statistic.size())
    throw ValueError(
        "the {} of a batch must be a {} number; got {} in channel {}; "
        "scale the input or lower the learning rate",
        name, statistic.dtype(), std::isnan(statistic.at(c)) ? "NaN" : "one that is larger", c);
}

// old - (old - batch) * rate, also where the two are further apart than the largest number.
Tensor moved(const Tensor& old, const Tensor& batch, double rate) {
  const Tensor apart = old - batch, y = old - apart * rate;
  if (first_not_finite(apart) == apart.size()) return y;
  return where(equal(abs(apart), HUGE_VAL), old * (1 - rate) + batch * rate, y);
}

}  // namespace

BatchNormalization::BatchNormalization(Options options) : LayerOf(std::move(options)) {
  const std::string path = this->path();
  Options& o = options_;
  if (!(o.momentum >= 0 && o.momentum <= 1))
    throw ValueError("{}: momentum must be in [0, 1]; got {}", path, o.momentum);
  if (!(o.epsilon >= 0)) throw ValueError("{}: epsilon must be >= 0; got {}", path, o.epsilon);
  resolve_functions();
  set_input_spec({.min_rank = 2});
}

// The statistics are weights too, but never trainable: updates move them, not gradients.
void BatchNormalization::create_weights(const Shape& input) {
  if (input.rank() < 2) throw ValueError("the input must have rank >= 2; got shape {}", input);
  const int axis = normalize_axis("axis", options_.axis, input.rank());
  const Index channels = input[axis];
  if (channels == Shape::unknown)
    throw ValueError("axis {} of the input must be known; got shape {}", options_.axis, input);
  if (options_.fused.value_or(false) && !can_fuse(options_.axis, input))
    throw ValueError("fused needs rank 4 or 5 and axis 1 or -1; got axis {} of shape {}",
                     options_.axis, input);
  if (options_.scale)
    gamma_ = add_weight("gamma", {channels},
                        {.initializer = options_.gamma_initializer,
                         .regularizer = options_.gamma_regularizer,
                         .constraint = options_.gamma_constraint});
  if (options_.center)
    beta_ = add_weight("beta", {channels},
                       {.initializer = options_.beta_initializer,
                        .regularizer = options_.beta_regularizer,
                        .constraint = options_.beta_constraint});
  moving_mean_ = add_weight("moving_mean", {channels},
                            {.initializer = options_.moving_mean_initializer, .trainable = false});
  moving_variance_ =
      add_weight("moving_variance", {channels},
                 {.initializer = options_.moving_variance_initializer, .trainable = false});
  set_input_spec({.rank = input.rank(),
                  .axes = {{.axis = options_.axis, .size = channels, .what = "channels"}}});
}

void BatchNormalization::update_towards(const Variable& moving, const Tensor& batch) {
  queue_update(moving, [batch, rate = 1 - options_.momentum](const Tensor& old) {
    return moved(old, batch, rate);
  });
}

Tensor BatchNormalization::call(const Tensor& x, const Call& call) {
  const BatchNormalizationOptions options{.axis = options_.axis, .epsilon = options_.epsilon};
  const auto value = [](const Variable& v) { return v.defined() ? v.value() : Tensor(); };
  const Tensor gamma = value(gamma_), beta = value(beta_);
  // An empty batch has no statistics, and its y no elements.
  if (!in_training(call) || x.size() == 0)
    return batch_normalization_inference(x, gamma, beta, moving_mean_, moving_variance_, options);
  const auto [y, mean, biased] = reel::batch_normalization(x, gamma, beta, options);
  const Tensor variance = options_.fused.value_or(can_fuse(options_.axis, x.shape()))
                              ? unbiased(biased, x.size() / biased.size())
                              : biased;
  if (trainable()) {  // else there are no updates
    check_statistic("mean", mean);
    check_statistic("variance", variance);
  }
  update_towards(moving_mean_, mean);
  update_towards(moving_variance_, variance);
  return y;
}

template class LayerOf<BatchNormalization, BatchNormalizationLayerOptions>;

}  // namespace reel
