// How often each class was recognised, and what it was mostly taken for.
//
// Recall: the share of a class's images that were recognised. Precision: the share of the images
// called by its name that deserve it.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include <reel/core/dtype.h>

class ClassTable {
 public:
  explicit ClassTable(std::vector<std::string> names);

  /// Counts images, by their labels and by what the network said.
  void count(std::span<const std::int32_t> labels, std::span<const std::int32_t> predictions);

  /// The share of all images that were recognised; 0 without images.
  double accuracy() const;
  /// The table as text, a line a class.
  std::string str() const;

 private:
  reel::Index& at(std::size_t label, std::size_t prediction) {
    return counts_[label * names_.size() + prediction];
  }
  reel::Index at(std::size_t label, std::size_t prediction) const {
    return counts_[label * names_.size() + prediction];
  }

  std::vector<std::string> names_;
  std::vector<reel::Index> counts_;  // [label][prediction]
};
