#include <reel/core/operand.h>

namespace reel {

const Tensor& Operand::converted(const Operand& other, const char* op) const {
  const DType dtype = (other.tensor_ ? other : *this).tensor(op).dtype();
  if (!tensor_) return own_ = Tensor(number_, dtype);
  if (tensor_->dtype() == dtype) return *tensor_;
  throw TypeError("{}: dtypes must be equal; got {} and {}; use cast", op, tensor_->dtype(), dtype);
}

}  // namespace reel
