// A program of somebody else, as small as can be: the derivative of x^2 at 3.
#include <reel/reel.h>

int main() {
  const reel::Variable x(reel::Tensor(3.0));
  const reel::Tape tape;
  const reel::Tensor y = reel::square(x);
  const double slope = tape.gradient(y, x).item();
  fmt::print("reel {}: d(x^2)/dx at 3 is {}\n", reel::version(), slope);
  return slope == 6.0 ? 0 : 1;
}
