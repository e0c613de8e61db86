// NewValue: where an update writes the new value of a variable.
//
// In place where nobody else holds the memory, else into fresh memory: a tensor that a user took
// from a variable keeps its values. The rules on a tape hold weights, too, so it is mostly in place
// after `std::move(tape).gradient(...)`, which frees them. Read before: optimizer.h, tensor.h. Read
// next: sgd.cpp.
#pragma once

#include <utility>

#include <reel/core/variable.h>

namespace reel::detail {

class NewValue {
 public:
  explicit NewValue(const Variable& variable) : stored_(variable.stored()) {
    if (!stored_.unique()) fresh_ = Tensor::empty_like(stored_);
  }
  NewValue(const NewValue&) = delete;
  NewValue& operator=(const NewValue&) = delete;

  template <class T>
  const T* from() const {
    return stored_.data<T>();
  }
  template <class T>
  T* to() {
    return writable<T>(fresh_.defined() ? fresh_ : stored_);
  }
  /// Makes the fresh memory, if it was needed, the variable's.
  void install() {
    if (fresh_.defined()) stored_ = std::move(fresh_);
  }

 private:
  Tensor& stored_;
  Tensor fresh_;
};

}  // namespace reel::detail
