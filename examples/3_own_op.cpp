// Writing an op: forward code, gradient rule under it, and a check that tells a wrong rule.
//
// squash(x) = x / sqrt(1 + x^2) maps the numbers to (-1, 1). Its first version has the rule that
// one writes in a hurry: the derivative of the numerator over the denominator. `check_gradients`
// compares it with differences and says what is wrong. The second has what the quotient rule asks
// for. Both are one function each, in the form of every op of the library: check, compute, return
// when nobody records, record. The early return changes no result; it saves making a rule that
// would be dropped at once.
// Read before: 1_tape_by_hand.cpp, record.h. Read next: 4_newton.cpp, arithmetic.cpp.
#include <fmt/core.h>
#include <fmt/ostream.h>

#include <cmath>
#include <cstdlib>
#include <sstream>

#include <reel/core/derivatives/grad_check.h>
#include <reel/core/ops.h>
#include <reel/core/record.h>
#include <reel/core/tape.h>

#include "small_example.h"

using namespace reel;

namespace {

constexpr const char* help =
    "own_op: writes the op squash(x) = x / sqrt(1 + x^2), first with a wrong gradient rule, then\n"
    "with the right one, and checks both.\n";

// The numbers. `Tensor::empty` gives memory to fill; after that a tensor never changes.
Tensor squashed(const Tensor& x) {
  Tensor y = Tensor::empty(x.shape(), x.dtype());
  dispatch(x.dtype(), [&](auto zero) {
    using T = decltype(zero);
    const T* from = x.data<T>();
    T* to = writable<T>(y);
    for (Index i = 0; i < x.size(); ++i) to[i] = from[i] / std::sqrt(1 + from[i] * from[i]);
  });
  return y;
}

// dy / sqrt(1 + x^2): forgets that the denominator depends on x, too.
Tensor squash_in_a_hurry(const Operand& operand) {
  const Tensor& x = operand.tensor("squash");
  Tensor y = squashed(x);
  if (!recording()) return y;
  return record("squash", y, wrt(x, [x](const Tensor& dy) { return dy * rsqrt(1 + x * x); }));
}

// dy / sqrt(1 + x^2)^3. The rule is made of ops that record themselves, so the gradient has a
// gradient; its capture list, x, is what the tape keeps.
Tensor squash(const Operand& operand) {
  const Tensor& x = operand.tensor("squash");
  Tensor y = squashed(x);
  if (!recording()) return y;
  return record("squash", y, wrt(x, [x](const Tensor& dy) {
                  const Tensor root = rsqrt(1 + x * x);
                  return dy * root * root * root;
                }));
}

bool check(const char* what, const std::function<Tensor(const Tensor&)>& op) {
  const Tensor x({-2, -0.5, 0.25, 1}, float64);  // in float64, where differences are exact enough
  const GradCheckReport report = check_gradients(op, x);
  std::ostringstream text;
  text << report;
  fmt::print("{}: {}\n{}\n\n", what, report ? "right" : "wrong", text.str());
  return report.passed;
}

}  // namespace

int main(int argc, char** argv) {
  const SmallExample example(argc, argv, help);
  if (example.status) return *example.status;

  const bool hurried = check("dy / sqrt(1 + x^2)", squash_in_a_hurry);
  const bool right = check("dy / sqrt(1 + x^2)^3", squash);

  const Tensor x(1.0);
  Tape tape;
  tape.watch(x);
  const Tensor y = squash(x);
  fmt::print("squash(1) = {:.4f}, its slope there {:.4f}: 1 / sqrt(2) and 1 / sqrt(8)\n", y.item(),
             tape.gradient(y, x).item());
  return right && !hurried ? EXIT_SUCCESS : EXIT_FAILURE;
}
