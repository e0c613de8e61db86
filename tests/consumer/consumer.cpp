// A program of somebody else, as small as can be: the derivative of x^2 at 3, and whether the
// headers are those of the library.
#include <reel/reel.h>

int main() {
  const reel::Variable x(reel::Tensor(3.0));
  const reel::Tape tape;
  const reel::Tensor y = reel::square(x);
  const double slope = tape.gradient(y, x).item();
  fmt::print("reel {}: d(x^2)/dx at 3 is {}\n", reel::version(), slope);
  const std::string headers =
      fmt::format("{}.{}.{}", REEL_VERSION_MAJOR, REEL_VERSION_MINOR, REEL_VERSION_PATCH);
  return slope == 6.0 && headers == REEL_VERSION && headers == reel::version() ? 0 : 1;
}
