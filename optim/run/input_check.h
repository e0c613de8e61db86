// Whether what reaches the first weights of a net is of the size that they were made for.
//
// First values of weights, and the rates that people know, are for features with a deviation near
// 1. What counts is what the first layer with weights gets: a net that scales its inputs itself
// is healthy. A feature is the last axis, so a channel of an image. Only what is far off is
// named: numbers above 10 in the mean, all deviations below 0.01, or columns of a table that
// differ a thousandfold; columns that are mostly 0 are rare events and left alone.
// Read before: training_doctor.h. Read next: input_check.cpp.
#pragma once

#include <string>
#include <vector>

#include <reel/core/tensor.h>
#include <reel/layers/base/layer.h>

namespace reel::detail {

class InputCheck {
 public:
  /// A layer's call inside a look; the first that has weights decides what is looked at.
  void see(const Layer& layer, const Tensor& x);
  /// Before each look.
  void begin_look() { is_seen_ = false; }
  /// What is wrong; empty: nothing, or less than `enough` numbers a feature were seen.
  std::string finding(Index enough = 8) const;

 private:
  struct Sums {
    double sum = 0, squares = 0, sizes = 0;
    Index zeros = 0;
  };
  void add(const Tensor& x);

  bool is_seen_ = false, is_exempt_ = false, is_table_ = false;
  std::string path_;
  Index count_ = 0;  // of numbers a feature
  std::vector<Sums> features_;
};

}  // namespace reel::detail
