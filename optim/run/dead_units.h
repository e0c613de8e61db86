// Units that give 0 for every sample, look after look: no gradient reaches their weights any more.
//
// Looked at is what comes out of a layer with weights or of an activation, and what is made of a
// layer's output before the next layer gets it (`relu(dense(x))`), where nothing is negative. A
// unit is the last axis, or axis 1 of images where more is dead along that. Said is what holds for
// more than three quarters of a layer's units at three looks and in at least 128 samples: nets
// learn with half their units dead, and some are off in any one batch.
// Read before: training_doctor.h. Read next: dead_units.cpp.
#pragma once

#include <map>
#include <string>
#include <vector>

#include <reel/core/tensor.h>
#include <reel/layers/base/layer.h>

namespace reel::detail {

class DeadUnits {
 public:
  /// Before each look, with what the net gets.
  void begin_look(const Tensor& features);
  /// A layer's call inside a look.
  void see(const Layer& layer, const Tensor& x, const Tensor& y);
  /// What is dead, the layer that comes first; empty: nothing.
  std::string finding() const;

 private:
  struct Unit {
    Index looks = 0, samples = 0;  // that it was off in, up to the last
  };
  struct Place {
    std::string path;
    int order = 0;  // of its call
    bool is_seen = false;
    std::vector<std::vector<Unit>> axes;  // units along the last axis, along axis 1
  };
  void add(const Layer& layer, const Tensor& y);
  static Index count_dead(const std::vector<Unit>& units);

  std::map<const Layer*, Place> places_;
  std::vector<TensorId> outputs_;  // of this look's calls
  const Layer* last_ = nullptr;    // the layer with weights that was called last, and its output
  Shape last_shape_;
  int calls_ = 0;
};

}  // namespace reel::detail
