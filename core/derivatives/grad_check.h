// Checks gradients against central differences, and says what is wrong with a wrong one.
//
//   const auto report = check_gradients([](const Tensor& x) { return my_op(x); }, x);
//   if (!report) std::cout << report;
//
// prints, say, `my_op: gradient of input 0 (2, 3) is wrong at (0, 1): rule says -0.52, differences
// say 0.52 (ratio -1): the sign looks flipped`. A difference decides at the first step where it
// agrees with the rule; where it does not, a scan of steps tells a wrong rule from a kink and from
// rounding. What cannot be checked does not pass. Price: two evaluations an entry, and two
// gradients an entry at second order. Works in any test framework: the report is a value.
// Read before: tape.h, grad_check_report.h. Read next: grad_check.cpp, difference.h, patterns.h.
#pragma once

#include <vector>

#include <reel/core/derivatives/grad_check/grad_check_report.h>
#include <reel/core/runtime/function_of.h>

namespace reel {

/// Compares the gradients of sum(f(xs) * c) with central differences, c being
/// `options.output_gradient`. The result of f may have any shape. TypeError unless inputs,
/// variables and result are float64. Calls of layers leave no losses and updates behind, and random
/// layers draw the same numbers each time; variables have their values back at the end.
GradCheckReport check_gradients(const FunctionOf<Tensor(const std::vector<Tensor>&)>& f,
                                ListOf<Tensor> inputs, const GradCheckOptions& options = {});
/// The same for a function of one tensor.
GradCheckReport check_gradients(const FunctionOf<Tensor(const Tensor&)>& f, const Tensor& input,
                                const GradCheckOptions& options = {});

}  // namespace reel
