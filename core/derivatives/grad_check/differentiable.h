// What is checked, seen as a function from a point (a tensor for each source) to a list of outputs,
// once by its values and once by its gradient rules.
//
// A second-order check is the same check again: the outputs are then the gradients of the first
// order, and the output gradient is one more source, because a rule must be differentiable in what
// it is given, too. Internal. Read before: grad_check.h. Read next:
// differentiable.cpp, gradient_comparison.h.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include <reel/core/error.h>
#include <reel/core/variable.h>

namespace reel::detail {

using CheckedFunction = std::function<Tensor(const std::vector<Tensor>&)>;

/// What a backward pass threw: the error of a gradient rule.
class RuleError : public RuntimeError {
 public:
  explicit RuleError(const Error& error) : RuntimeError("{}", error.what()) {}
};

/// Something to differentiate with respect to: an input, or a variable that is read. One tensor
/// given as several inputs is one source, since to a tape it is one.
struct CheckSource {
  std::string name;
  Tensor start;
  Variable variable = {};
  std::vector<std::size_t> inputs = {};  // which ones it is
};

/// A value for each source.
using Point = std::vector<Tensor>;

struct Differentiable {
  std::vector<CheckSource> sources;
  std::function<std::vector<Tensor>(const Point&)> values;
  /// The gradients, by source, of the outputs' sum with these weights.
  std::function<std::vector<Tensor>(const Point&, const std::vector<Tensor>& weights)> gradients;

  Point start() const;
};

/// f itself. With `recorded` its backward pass runs under another tape, where rules that have a
/// fused way take the composed one.
Differentiable first_order(const CheckedFunction& f, const std::vector<CheckSource>& sources,
                           bool recorded);

/// The gradients of f by its rules, as a function of its sources and of the output gradient.
Differentiable second_order(const CheckedFunction& f, const std::vector<CheckSource>& sources,
                            const Tensor& output_gradient);

/// The names of the ops that f runs, each once, in order.
std::vector<std::string> ops_of(const CheckedFunction& f, const std::vector<CheckSource>& sources);

/// Gives variables their values back.
class KeepValues {
 public:
  explicit KeepValues(const std::vector<CheckSource>& sources) : sources_(sources) {}
  ~KeepValues();
  KeepValues(const KeepValues&) = delete;
  KeepValues& operator=(const KeepValues&) = delete;

 private:
  const std::vector<CheckSource>& sources_;
};

}  // namespace reel::detail
