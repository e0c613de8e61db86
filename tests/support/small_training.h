// A training with a bit of everything, small enough to be run a hundred times: a convolution with a
// constraint and a penalty, batch normalization, dropout, shuffled and augmented images, momentum.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include <reel/core/io/loader.h>
#include <reel/core/ops/loss.h>
#include <reel/core/ops/random.h>
#include <reel/layers/activation_layer.h>
#include <reel/layers/batch_normalization.h>
#include <reel/layers/dense.h>
#include <reel/layers/dropout.h>
#include <reel/layers/flatten.h>
#include <reel/layers/functions/constraints.h>
#include <reel/layers/functions/regularizers.h>
#include <reel/layers/gaussian_noise.h>
#include <reel/layers/separable_conv2d.h>
#include <reel/layers/sequential.h>
#include <reel/optim/optimizers.h>
#include <reel/optim/run/class_metrics.h>
#include <reel/optim/run/fit.h>
#include <reel/optim/run/training_run.h>

namespace reel::test {

/// 6 x 6 images of three classes, each with a bright stripe of its own.
inline Dataset striped_images(Index n, std::uint64_t seed = 1) {
  DatasetContents contents{.image_shape = {6, 6, 1}, .class_names = {"left", "middle", "right"}};
  for (Index i = 0; i < n; ++i) {
    const auto label = static_cast<std::int32_t>(i % 3);
    for (Index pixel = 0; pixel < 36; ++pixel) {
      const Index column = pixel % 6;
      const Index noise =
          (i * 31 + pixel * 17 + static_cast<Index>(seed) * 7) * 2654435761 / 1024 % 64;
      contents.images.push_back(static_cast<std::uint8_t>(noise + (column / 2 == label ? 150 : 0)));
    }
    contents.labels.push_back(label);
  }
  return Dataset(std::move(contents));
}

inline Tensor class_loss(const Tensor& y, const Batch& batch) {
  return softmax_cross_entropy(y, batch.labels);
}

/// Everything that a training is made of, from one seed, as a program makes it anew each time.
struct SmallTraining {
  explicit SmallTraining(const std::string& optimizer_name = "sgd", double rate = 0.05,
                         Index samples = 37)
      : loader(striped_images(samples),
               {.size = 8, .shuffle = true, .seed = 3, .augment = {.flip = true, .shift = 1}}) {
    set_seed(5);
    net = std::make_unique<Sequential>("small");
    net->add<SeparableConv2D>({.filters = 4,
                               .kernel_size = 3,
                               .pointwise_regularizer = l2(1e-3),
                               .pointwise_constraint = max_norm(1.0, per_filter())});
    net->add<BatchNormalization>();
    net->add<layers::Activation>({.activation = "relu"});
    net->add<Dropout>({.rate = 0.3});
    net->add<GaussianNoise>(0.1);
    net->add<Flatten>();
    net->add<Dense>({.units = 3});
    net->build(Shape{8, 6, 6, 1});
    if (optimizer_name == "sgd")
      optimizer = std::make_unique<SGD>(SGDOptions{.learning_rate = rate, .momentum = 0.9});
    else
      optimizer = optimizers::get(optimizer_name);
    options = {.loss = class_loss,
               .validation = striped_images(9, 2),
               .metrics = {&accuracy},
               .interruptible = false};
  }

  History run(Index epochs) {
    options.epochs = epochs;
    return fit(*net, loader, *optimizer, options);
  }

  std::unique_ptr<Sequential> net;
  std::unique_ptr<Optimizer> optimizer;
  Loader loader;
  Accuracy accuracy;
  FitOptions options;
};

/// All weights and all that the optimizer keeps, as numbers.
inline std::vector<std::vector<double>> all_numbers(const SmallTraining& training) {
  std::vector<std::vector<double>> numbers;
  for (const Tensor& value : training.net->get_weights()) numbers.push_back(value.to_vector());
  for (const Tensor& value : training.optimizer->get_weights())
    numbers.push_back(value.to_vector());
  return numbers;
}

/// Does something at one of the moments.
class AtMoment : public Callback {
 public:
  using Work = std::function<void(TrainingRun&)>;
  explicit AtMoment(Work between_steps) : Callback("at_moment"), work_(std::move(between_steps)) {}
  void between_steps(TrainingRun& run) override { work_(run); }

 private:
  Work work_;
};

}  // namespace reel::test
