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

/// Where the new value of a variable goes: into its own memory when nobody else holds it, else into
/// fresh memory, which `install` makes the variable's.
class NewValue {
 public:
  explicit NewValue(const Variable& variable);
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
  void install() {
    if (fresh_.defined()) stored_ = std::move(fresh_);
  }

 private:
  Tensor& stored_;
  Tensor fresh_;
};

}  // namespace reel::detail
