// Second order: Newton's method, with the Hessian from two tapes.
//
// A step of Newton's method goes to where the gradient would be 0 if the function were quadratic:
// solve H d = g, then p := p - d. The gradient g comes from an inner tape; the outer tape has seen
// the inner one's sweep, so the Jacobian of g is the Hessian. The function is Rosenbrock's (1960),
// a narrow curved valley in which gradient descent creeps; its Hessian at the start is checked by
// pencil: 1200 a^2 - 400 b + 2 = 1330, -400 a = 480, 200.
// Read before: core/tape.h. Read next: core/derivatives/hessian.h.
#include <fmt/core.h>

#include <cmath>
#include <cstdlib>

#include <reel/core/derivatives/hessian.h>
#include <reel/core/ops.h>
#include <reel/core/tape.h>

#include "small_example.h"

using namespace reel;

namespace {

constexpr const char* help =
    "newton: finds the minimum of (1 - a)^2 + 100 (b - a^2)^2 by Newton's method and, for\n"
    "comparison, by gradient descent.\n";

Tensor rosenbrock(const Tensor& p) {
  const Tensor a = slice(p, {0}, {1}), b = slice(p, {1}, {1});
  return sum(square(1 - a) + 100 * square(b - square(a)));
}

struct Derivatives {
  Tensor value, gradient, hessian;
};

Derivatives derivatives_at(const Tensor& p) {
  Tape outer;
  outer.watch(p);
  Derivatives at;
  {
    Tape inner;
    inner.watch(p);
    at.value = rosenbrock(p);
    at.gradient = inner.gradient(at.value, p);
  }
  at.hessian = outer.jacobian(at.gradient, p);
  return at;
}

// The solution d of the 2 x 2 system h d = g, by Cramer's rule.
Tensor solve(const Tensor& h, const Tensor& g) {
  const double determinant = h.at(0, 0) * h.at(1, 1) - h.at(0, 1) * h.at(1, 0);
  return Tensor({(g.at(0) * h.at(1, 1) - g.at(1) * h.at(0, 1)) / determinant,
                 (g.at(1) * h.at(0, 0) - g.at(0) * h.at(1, 0)) / determinant},
                float64);
}

}  // namespace

int main(int argc, char** argv) {
  const SmallExample example(argc, argv, help);
  if (example.status) return *example.status;

  const Tensor start({-1.2, 1}, float64);
  Tensor p = start;
  Derivatives at = derivatives_at(p);
  fmt::print("Hessian at the start:\n{}\n\n", at.hessian);

  // A product with the Hessian needs no Hessian: this is its first column.
  const Tensor column = hessian_vector_product(rosenbrock, start, Tensor({1, 0}, float64));
  fmt::print("times (1, 0), from hessian_vector_product: {}\n\n", column);

  fmt::print("step           a           b           f   |gradient|\n");
  int step = 0;
  for (; step <= 20; ++step) {
    const double norm = l2_norm(at.gradient).item();
    fmt::print("{:>4}  {:>10.6f}  {:>10.6f}  {:>10.2e}   {:>10.2e}\n", step, p.at(0), p.at(1),
               at.value.item(), norm);
    if (norm < 1e-8) break;
    p = p - solve(at.hessian, at.gradient);
    at = derivatives_at(p);
  }

  Tensor q = start;
  int steps = 0;
  while (rosenbrock(q).item() > 1e-6) {
    Tape tape;
    tape.watch(q);
    const Tensor gradient = tape.gradient(rosenbrock(q), q);
    q = q - 0.001 * gradient;
    ++steps;
  }
  fmt::print("\nNewton: {} steps. Gradient descent (rate 0.001): {} steps to f < 1e-6.\n", step,
             steps);
  const bool found = std::abs(p.at(0) - 1) < 1e-9 && std::abs(p.at(1) - 1) < 1e-9;
  return found ? EXIT_SUCCESS : EXIT_FAILURE;
}
