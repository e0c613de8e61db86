// Operand: what an op takes, made implicitly from a tensor, a variable or a C++ number.
//
// `2.0 * x` must work in float32, so a number has no dtype until it meets a tensor: `like` gives it
// that tensor's. One argument type for all ops also keeps their signatures single (a variable needs
// no overload) and is where the caller's place in the source travels (call_site.h), since operators
// cannot have default arguments. An operand only lives for the call that it is an argument of.
// Read before: variable.h, call_site.h. Read next: arithmetic.cpp, record.h.
#pragma once

#include <type_traits>
#include <utility>

#include <reel/core/runtime/call_site.h>
#include <reel/core/tensor.h>
#include <reel/core/variable.h>

namespace reel {

class Operand {
 public:
  Operand(const Tensor& tensor, CallSite site = {}) : tensor_(&tensor) { detail::note(site); }
  Operand(const Variable& variable, CallSite site = {})
      : own_((detail::note(site), variable.value())), tensor_(&own_) {}  // a read has a site, too
  template <class T>
  requires std::is_arithmetic_v<T> Operand(T number, CallSite site = {})
      : number_(static_cast<double>(number)) {
    detail::note(site);
  }

  Operand(const Operand&) = delete;
  Operand& operator=(const Operand&) = delete;
  bool is_number() const { return tensor_ == nullptr; }

  /// The tensor. TypeError that starts with `op` when a number was given.
  const Tensor& tensor(const char* op) const {
    if (!tensor_) throw TypeError("{}: a tensor is needed; got the number {}", op, number_);
    return *tensor_;
  }

  /// The tensor, or the number as a scalar of the dtype of `other`; valid while the operand is.
  /// TypeError that starts with `op` when both are numbers or the dtypes differ.
  [[gnu::noinline]] const Tensor& like(const Operand& other, const char* op) const {
    const DType dtype = (other.tensor_ ? other : *this).tensor(op).dtype();
    if (!tensor_) return own_ = Tensor(number_, dtype);
    if (tensor_->dtype() == dtype) return *tensor_;
    throw TypeError("{}: dtypes must be equal; got {} and {}; use cast", op, tensor_->dtype(),
                    dtype);
  }

  /// Both as `like` gives them, valid as long. Tensors of one dtype, as most are, need one look.
  friend std::pair<const Tensor&, const Tensor&> alike(const Operand& a, const Operand& b,
                                                       const char* op) {
    if (a.tensor_ && b.tensor_ && a.tensor_->dtype() == b.tensor_->dtype()) [[likely]]
      return {*a.tensor_, *b.tensor_};
    return {a.like(b, op), b.like(a, op)};
  }

 private:
  mutable Tensor own_;  // of a variable's read, or of a number once it has a dtype
  const Tensor* tensor_ = nullptr;
  double number_ = 0;
};

}  // namespace reel
