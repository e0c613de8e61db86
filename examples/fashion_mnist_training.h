// The network of examples/fashion_mnist, its training and its test.
//
// `train` is the loop that every program with reel has: a tape, the network, a loss, a step, the
// updates. Three parts of the network show what such a loop must not forget: the regularizers
// (`net.total_loss()` is part of the loss), batch normalization (`net.apply_updates()` moves its
// statistics) and the max-norm constraints (the optimizer projects each kernel right after its
// step).
#pragma once

#include <optional>

#include <reel/reel.h>

#include "fashion_mnist_options.h"

/// 28 x 28 x 1 -> 14 x 14 x 32 -> 7 x 7 x 64 -> 128 -> 10 logits.
class ClothingNetwork : public reel::Sequential {
 public:
  ClothingNetwork();

 private:
  void add_convolution(reel::SeparableConv2DOptions options);
  void add_activation();
};

/// Where a training was stopped before its end, and by which signal.
struct Stop {
  reel::Index epoch, step, steps;
  int signal;
};

/// Trains on `data.train` and tests after each epoch; shows on stdout how it goes, and writes a
/// line an epoch to `metrics` unless that is null. ValueError when the loss is no finite number any
/// more.
std::optional<Stop> train(reel::Layer& net, const reel::DataSplit& data,
                          const FashionMnistChoices& choices, reel::JsonLines* metrics);

/// What the network takes each image of `data` for.
reel::ConfusionMatrix evaluate(reel::Layer& net, const reel::Dataset& data);
