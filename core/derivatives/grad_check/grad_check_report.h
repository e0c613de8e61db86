// What a gradient check is asked and what it answers: options, verdict, pattern, report.
//
// All parts of the check speak in these words, so they stand apart from the function that starts it
// (grad_check.h) and data flows one way: a difference gives a verdict, a Jacobian gives a pattern,
// a report has both. A report is a value with an enum for each finding, so a test can ask for "a
// kink" or "a flipped sign" and need not read the sentence that a person gets. The price is a word
// here for each new kind of mistake. Read before: variable.h. Read next: grad_check_report.cpp,
// grad_check.h.
#pragma once

#include <iosfwd>
#include <string>
#include <vector>

#include <reel/core/tensor.h>
#include <reel/core/variable.h>

namespace reel {

struct GradCheckOptions {
  int order = 2;  ///< 1, or 2 to check the gradient of the gradient too
  /// Variables that the function reads, a layer's for instance: checked beside the inputs.
  std::vector<Variable> variables = {};
  double step = 1e-5;       ///< of the first difference, times max(1, |x|)
  double tolerance = 1e-6;  ///< on |rule - difference|, of the tensor's largest gradient
  /// What weighs the result, in its shape; undefined for fixed random numbers in [-1, 1).
  Tensor output_gradient = {};
  Index max_entries = 512;  ///< a tensor with more is checked along random directions
  int directions = 8;       ///< that many of them
  std::string name = {};    ///< what messages start with; else the names of the ops that ran
};

enum class GradCheckVerdict {
  right,
  wrong,
  kink,      ///< the function has a corner or a jump here: no gradient to compare with
  rounding,  ///< differences are too uncertain here to tell
  varies     ///< two calls with the same inputs gave different results
};
constexpr std::string_view name_of(GradCheckVerdict verdict) {
  return detail::name_in({"right", "wrong", "kink", "rounding", "varies"}, verdict);
}

/// What a wrong rule looks like.
enum class GradCheckPattern {
  none,
  sign,          ///< flipped
  factor,        ///< a constant one
  term,          ///< a part of the formula is missing or wrong: nothing simpler fits
  transposed,    ///< right numbers, axes in another order
  axis,          ///< summed over or spread along another axis
  shift,         ///< right numbers, some places further: a padding, an offset
  stride,        ///< shifted more and more: a stride or a dilation
  accumulation,  ///< only some of the uses of an input count
  broadcast,     ///< not summed over the axes that the input was repeated along
  stale,         ///< right for the inputs of an earlier call
  zero,          ///< no gradient, or none for some entries
  unrecorded,    ///< right at first order; part of the rule is not made of recorded ops
  not_linear,    ///< not a linear function of the gradient that it is given
  not_finite,    ///< NaN or infinity
  throws         ///< stops with an error, whose text the message has
};

const char* name_of(GradCheckPattern pattern);

/// What `check_gradients` found. Converts to true when every gradient was right.
struct GradCheckReport {
  bool passed = true;
  double worst_error = 0;         ///< largest |rule - difference| over the largest gradient
  double worst_second_error = 0;  ///< the same at second order
  bool has_two_ways = false;      ///< a rule has a fused and a composed way (fused_or.h)
  std::string message;            ///< all of what follows, in a sentence; empty when passed

  GradCheckVerdict verdict = GradCheckVerdict::right;
  GradCheckPattern pattern = GradCheckPattern::none;
  int order = 1;                ///< of the gradient that is wrong; of the last, when none is
  std::string source;           ///< "input 1", "variable 'dense/kernel'", "the output gradient"
  Shape shape;                  ///< of it
  std::vector<Index> position;  ///< the worst entry
  double rule = 0;              ///< its gradient by the rules of the ops
  double difference = 0;        ///< the same from differences
  explicit operator bool() const { return passed; }
  /// `gradients agree to 2e-10`, or the message.
  std::string str() const;
};

std::ostream& operator<<(std::ostream& out, const GradCheckReport& report);

}  // namespace reel

template <>
struct fmt::formatter<reel::GradCheckReport> : reel::detail::StrFormatter<reel::GradCheckReport> {};
