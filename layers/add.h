// Add: the sum of several inputs.
//
// Their shapes broadcast: `sum({x, shortcut})`. Read before: merge.h.
#pragma once

#include <reel/layers/merge.h>

namespace reel {

using AddOptions = MergeOptions;

class Add : public Merge<Add> {
 public:
  explicit Add(Options options = {}) : Merge(std::move(options), "add", add) {}
  explicit Add(EmptyBraces) : Add() {}

 protected:
  /// In one pass where all have one shape.
  Tensor merged(std::span<const Tensor> xs) const override;
};

}  // namespace reel
