// What a gradient is asked of and with respect to: the small types around Tape::gradient.
//
// A target or several, a source that none of them may depend on, what each target weighs: types say
// it, so that one form of `gradient` serves all targets and four serve all sources. Optimizers take
// the first of these. Read before: variable.h. Read next: tape.h.
#pragma once

#include <initializer_list>
#include <utility>
#include <vector>

#include <reel/core/variable.h>

namespace reel {

/// A variable and the gradient with respect to it.
struct VariableGradient {
  Variable variable;
  Tensor gradient;
};
template <>
inline constexpr bool memory::in_pool<VariableGradient> = true;

/// What `gradient` does about a source that the target does not depend on.
enum class Unconnected {
  error,  ///< throw a ValueError that names it
  zeros,  ///< zeros of its shape
  none    ///< an undefined tensor, which optimizers skip
};

struct GradientOptions {
  /// What weighs each target, in their order; undefined entries (and none at all) stand for ones.
  std::vector<Tensor> output_gradients = {};
  Unconnected unconnected = Unconnected::error;
};

/// One target or several; several are summed.
class Targets {
 public:
  Targets(const Tensor& target) : tensors_{target} {}
  Targets(const Variable& target) : tensors_{target.value()} {}
  Targets(std::initializer_list<Tensor> targets) : tensors_(targets) {}
  Targets(std::vector<Tensor> targets) : tensors_(std::move(targets)) {}
  const std::vector<Tensor>& tensors() const { return tensors_; }

 private:
  std::vector<Tensor> tensors_;
};

}  // namespace reel
