// SavedState: what a part of a training remembers, by name, as a checkpoint keeps it.
//
// Tensors go to the file as they are; numbers and texts are texts there, numbers with all their
// digits. Read before: tensor.h. Read next: callback.h, saved_training.h.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include <reel/core/tensor.h>

namespace reel {

struct SavedState {
  std::map<std::string, Tensor> tensors = {};
  std::map<std::string, std::string> texts = {};

  void set(const std::string& name, double number);
  void set(const std::string& name, Index number);
  void set(const std::string& name, std::uint64_t number);
  /// ValueError when there is no such entry, or it is no number of that kind.
  double number(const std::string& name) const;
  Index index(const std::string& name) const;
  std::uint64_t natural(const std::string& name) const;
  const std::string& text(const std::string& name) const;
};

}  // namespace reel
