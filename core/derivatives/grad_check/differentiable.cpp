// A function of tensors and variables as a point in, numbers out, and its rules asked on a tape.
//
// A variable is assigned its part of the point before each call, so to the check it is a source
// like any other. Values are computed unrecorded and in a rehearsal, so that a layer leaves nothing
// behind and draws the same numbers each time. The second order wraps the first: its outputs are
// gradients, taken on an inner tape while an outer one records the backward pass.
// Read before: differentiable.h, tape.h. Read next: gradient_comparison.h.
#include <reel/core/derivatives/grad_check/differentiable.h>

#include <algorithm>
#include <optional>

#include <reel/core/tape.h>

namespace reel::detail {
namespace {

// A function with its sources told apart: those that it is handed, those that it reads.
class Problem {
 public:
  Problem(CheckedFunction f, const std::vector<CheckSource>& sources) : f_(std::move(f)) {
    for (const CheckSource& source : sources) {
      variables_.push_back(source.variable);
      places_.push_back(source.inputs);
      input_count_ += source.inputs.size();
    }
  }

  // The value at a point, of which variables are given their part.
  Tensor at(const Point& point) const {
    std::vector<Tensor> inputs(input_count_);
    for (std::size_t k = 0; k < variables_.size(); ++k) {
      if (variables_[k].defined()) variables_[k].assign(point[k]);
      for (const std::size_t place : places_[k]) inputs[place] = point[k];
    }
    const Tensor y = f_(inputs);
    if (y.dtype() != float64)
      throw TypeError("check_gradients: the function's result must be float64; got {}", y.dtype());
    return y;
  }

  void watch(Tape& tape, const Point& point) const {
    for (std::size_t k = 0; k < variables_.size(); ++k) {
      if (variables_[k].defined())
        tape.watch(variables_[k]);
      else
        tape.watch(point[k]);
    }
  }

  // The gradients by source, variables among the inputs. RuleError when a rule throws.
  std::vector<Tensor> backward(const Tape& tape, const std::vector<Tensor>& y, const Point& point,
                               const std::vector<Tensor>& weights) const try {
    const GradientOptions options{.output_gradients = weights, .unconnected = Unconnected::zeros};
    std::vector<Tensor> inputs;
    std::vector<Variable> variables;
    for (std::size_t k = 0; k < point.size(); ++k) {
      if (is_variable(k))
        variables.push_back(variables_[k]);
      else
        inputs.push_back(point[k]);
    }
    const std::vector<Tensor> of_inputs = tape.gradient(y, inputs, options);
    const std::vector<VariableGradient> of_variables =
        variables.empty() ? std::vector<VariableGradient>() : tape.gradient(y, variables, options);
    std::vector<Tensor> gradients;
    std::size_t next_input = 0, next_variable = 0;
    for (std::size_t k = 0; k < point.size(); ++k)
      gradients.push_back(is_variable(k) ? of_variables[next_variable++].gradient
                                         : of_inputs[next_input++]);
    return gradients;
  } catch (const Error& error) {
    throw RuleError(error);
  }

 private:
  // A point may have one more source than f: the output gradient.
  bool is_variable(std::size_t k) const { return k < variables_.size() && variables_[k].defined(); }

  CheckedFunction f_;
  std::vector<Variable> variables_;
  std::vector<std::vector<std::size_t>> places_;  // among the inputs
  std::size_t input_count_ = 0;
};

}  // namespace

Point Differentiable::start() const {
  Point point;
  for (const CheckSource& source : sources) point.push_back(source.start);
  return point;
}

Differentiable first_order(const CheckedFunction& f, const std::vector<CheckSource>& sources,
                           bool recorded) {
  const Problem problem(f, sources);
  const auto values = [problem](const Point& point) {
    const Rehearsal without_traces;
    const PauseRecording pause;
    return std::vector<Tensor>{problem.at(point)};
  };
  const auto gradients = [problem, recorded](const Point& point,
                                             const std::vector<Tensor>& weights) {
    const Rehearsal without_traces;
    std::optional<Tape> outer;
    if (recorded) {
      outer.emplace();
      problem.watch(*outer, point);
    }
    Tape tape;
    problem.watch(tape, point);
    const Tensor y = problem.at(point);
    return problem.backward(tape, {y}, point, weights);
  };
  return {sources, values, gradients};
}

Differentiable second_order(const CheckedFunction& f, const std::vector<CheckSource>& sources,
                            const Tensor& output_gradient) {
  const Problem problem(f, sources);
  const Differentiable first = first_order(f, sources, false);
  const auto values = [first](const Point& point) {
    const PauseRecording pause;
    return first.gradients(Point(point.begin(), point.end() - 1), {point.back()});
  };
  const auto gradients = [problem](const Point& point, const std::vector<Tensor>& weights) {
    const Rehearsal without_traces;
    const Point inner(point.begin(), point.end() - 1);
    Tape outer;
    problem.watch(outer, inner);
    outer.watch(point.back());
    std::vector<Tensor> first_gradients;
    {
      Tape tape;
      problem.watch(tape, inner);
      const Tensor y = problem.at(inner);
      first_gradients = problem.backward(tape, {y}, inner, {point.back()});
    }
    return problem.backward(outer, first_gradients, point, weights);
  };
  std::vector<CheckSource> all = sources;
  all.push_back({"the output gradient", output_gradient});
  return {std::move(all), values, gradients};
}

std::vector<std::string> ops_of(const CheckedFunction& f, const std::vector<CheckSource>& sources) {
  const Rehearsal without_traces;
  const Tape tape;
  NodeList& list = NodeList::current();
  const std::uint32_t first = list.size();
  const Point point = Differentiable{sources, {}, {}}.start();
  static_cast<void>(Problem(f, sources).at(point));
  std::vector<std::string> names;
  for (std::uint32_t i = first; i < list.size(); ++i)
    if (list[i].input_count > 0 &&
        std::find(names.begin(), names.end(), list[i].name) == names.end())
      names.emplace_back(list[i].name);
  return names;
}

KeepValues::~KeepValues() {
  for (const CheckSource& source : sources_)
    if (source.variable.defined()) source.variable.assign(source.start);
}

}  // namespace reel::detail
