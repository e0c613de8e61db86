// What a gradient is asked of and with respect to: the small types around Tape and Tape::gradient.
//
// A target or several, a source that none of them may depend on, what each target weighs, which
// variables count: types say it, so that one form of `gradient` serves all targets and four serve
// all sources. Optimizers take the first of these. Read before: variable.h. Read next: tape.h.
#pragma once

#include <initializer_list>
#include <optional>
#include <utility>
#include <vector>

#include <reel/core/runtime/empty_braces.h>
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
constexpr std::string_view name_of(Unconnected unconnected) {
  return detail::name_in({"error", "zeros", "none"}, unconnected);
}

struct GradientOptions {
  /// What weighs each target, in their order, undefined ones by ones: one for each or none at all.
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

/// Variables that are named, or none by empty braces. ValueError for a list that is empty.
struct NamedVariables {
  NamedVariables() = default;
  NamedVariables(std::vector<Variable> named) : list(std::move(named)) {
    if (list->empty())
      throw ValueError(
          "Tape: watch must name variables; got an empty list; a layer has its variables after its "
          "first call");
    for (const Variable& variable : *list)
      if (!variable.defined()) throw ValueError("Tape: watch needs a variable; got none");
  }
  NamedVariables(std::initializer_list<Variable> named) : NamedVariables(std::vector(named)) {}
  std::optional<std::vector<Variable>> list;
};

}  // namespace reel
