// A training whose every bit is hashed.
//
// Hashed are the results of each step, its gradients and, at the end, all weights, with batch
// normalization, pooling, momentum and projections in between: whatever cuts its work by the number
// of threads, or adds up in the order in which they finish, shows here.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <reel/reel.h>

#include "random_convolution.h"

namespace reel::test {

// FNV-1a over the bytes.
class Hash {
 public:
  void add(const Tensor& x) {
    dispatch(x.dtype(), [&](auto zero) {
      for (const std::byte b : std::as_bytes(x.span<decltype(zero)>()))
        value_ = (value_ ^ static_cast<std::uint64_t>(b)) * 1099511628211u;
    });
  }
  std::uint64_t value() const { return value_; }

 private:
  std::uint64_t value_ = 14695981039346656037u;
};

struct Bits {
  std::uint64_t results = 0, gradients = 0, weights = 0;
  friend bool operator==(const Bits&, const Bits&) = default;
};

struct Net : Sequential {
  Net(const char* format, DType dtype) : Sequential("net") {
    const bool first = std::string(format) == "channels_first";
    for (const int filters : {24, 40}) {
      add<SeparableConv2D>({.filters = filters,
                            .kernel_size = 3,
                            .padding = "same",
                            .data_format = format,
                            .depth_multiplier = 2,
                            .activation = "relu",
                            .depthwise_constraint = max_norm(0.5, per_filter()),
                            .pointwise_constraint = max_norm(0.9, per_filter()),
                            .dtype = dtype});
      add<BatchNormalization>({.axis = first ? 1 : -1, .dtype = dtype});
      add<MaxPooling2D>({.pool_size = 2, .data_format = format});
    }
    add<Flatten>();
    add<Dense>({.units = 10, .dtype = dtype});
  }
};

/// The hashes of `steps` steps on a batch of 23 random images, large enough to be cut everywhere.
inline Bits bits_of_training(const char* format, DType dtype, int steps) {
  const VariableStore store;
  const RandomScope draws({.seed = 5});
  Net net(format, dtype);
  const bool first = std::string(format) == "channels_first";
  const Tensor x = randn(naive::Convolution::shape(first, 23, 29, 27, 16), dtype);
  std::vector<std::int32_t> labels;
  for (std::int32_t i = 0; i < 23; ++i) labels.push_back(i % 10);
  SGD sgd({.learning_rate = 0.05, .momentum = 0.9, .global_clipnorm = 5});
  Hash results, gradients, weights;
  for (int step = 0; step < steps; ++step) {
    Tape tape;
    const Tensor logits = net(x, {.training = true});
    const Tensor loss = softmax_cross_entropy(logits, labels);
    const auto pairs = tape.gradient(loss, net.trainable_variables());
    results.add(logits);
    results.add(loss);
    for (const VariableGradient& pair : pairs) gradients.add(pair.gradient);
    sgd.apply_gradients(pairs);
    net.apply_updates();
  }
  for (const Tensor& weight : net.get_weights()) weights.add(weight);
  return {results.value(), gradients.value(), weights.value()};
}

}  // namespace reel::test
