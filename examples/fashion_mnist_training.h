// The network of examples/fashion_mnist, and its training.
//
// Three parts of the network show what a training must not forget, and what `fit` does not: the
// regularizers (the net's own loss is part of the loss), batch normalization (its updates move its
// statistics) and the max-norm constraints (the optimizer projects each kernel right after its
// step).
#pragma once

#include <string>

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

/// Trains on `images`, but for those that it looks at after each epoch; shows on stdout how it
/// goes, and writes what the choices name.
reel::History train(reel::Layer& net, const reel::Dataset& images,
                    const FashionMnistChoices& choices);
