// Checking a gradient: what a difference can tell, and what check_gradients makes of it.
//
// The slope of f is (f(x + h) - f(x - h)) / 2h for small h. How small? For f(x) = x^3 at 2 the
// error is h^2, which a pencil finds out, until rounding takes over and grows as h shrinks. The
// table shows both. `check_gradients` scans such a table where it must, so that it can tell a wrong
// rule from a point that has no slope; the rest are its answers about a layer, a kink and a
// mistake. Read before: 1_tape_by_hand.cpp. Read next: 3_own_op.cpp, core/derivatives/grad_check.h.
#include <fmt/core.h>

#include <cstdlib>
#include <sstream>

#include <reel/core/derivatives/grad_check.h>
#include <reel/core/ops.h>
#include <reel/core/record.h>
#include <reel/layers/dense.h>

#include "small_example.h"

using namespace reel;

namespace {

constexpr const char* help =
    "check_a_gradient: compares gradients with differences: x^3 by hand, a layer, a kink, and a\n"
    "rule with a mistake in it.\n";

double cube(double x) { return x * x * x; }

void print_differences() {
  fmt::print("The slope of x^3 at 2 is 12. By differences:\n\n       h   slope\n");
  double h = 1;
  for (int i = 0; i <= 12; ++i, h /= 10)
    fmt::print("  {:6.0e}   {:.10f}\n", h, (cube(2 + h) - cube(2 - h)) / (2 * h));
  fmt::print("\nWith h = 1: (27 - 1) / 2 = 13, and 1 = h^2 too much.\n\n");
}

GradCheckReport show(const char* what, const GradCheckReport& report) {
  std::ostringstream text;
  text << report;
  fmt::print("{}\n  {}\n\n", what, text.str());
  return report;
}

// x + b for rows of x, with a gradient of b that sums along the rows and not over them.
Tensor add_to_rows(const Tensor& x, const Tensor& b) {
  const Tensor y = stop_gradient(x + b);
  return record("add_to_rows", y, wrt(x, [](const Tensor& dy) { return dy; }),
                wrt(b, [](const Tensor& dy) { return sum(dy, 1); }));
}

}  // namespace

int main(int argc, char** argv) {
  const SmallExample example(argc, argv, help);
  if (example.status) return *example.status;
  print_differences();

  const Tensor x({{0.5, -1, 2}, {1, 0.25, -0.5}, {-2, 1.5, 1}}, float64);
  Dense layer({.units = 2, .activation = "tanh", .dtype = float64});
  layer.build(x.shape());
  const bool right = show("A layer, in its input and its weights:",
                          check_gradients([&](const Tensor& t) { return layer(t); }, x,
                                          {.variables = layer.variables()}))
                         .passed;

  const GradCheckReport kink =
      show("relu at 0 has no slope to compare with, so this does not pass:",
           check_gradients([](const Tensor& t) { return relu(t); }, Tensor({1, 0}, float64),
                           {.output_gradient = Tensor({1, 1}, float64)}));

  // Weighed by these numbers the gradient of b is their column sums, 12, 15 and 18.
  const Tensor dy({{1, 2, 3}, {4, 5, 6}, {7, 8, 9}}, float64);
  const GradCheckReport wrong =
      show("A rule that gives row sums instead, 6, 15 and 24:",
           check_gradients([](const std::vector<Tensor>& xs) { return add_to_rows(xs[0], xs[1]); },
                           {x, Tensor({1, 2, 3}, float64)},
                           {.output_gradient = dy, .name = "add_to_rows"}));
  return right && kink.verdict == GradCheckVerdict::kink && wrong.pattern == GradCheckPattern::axis
             ? EXIT_SUCCESS
             : EXIT_FAILURE;
}
