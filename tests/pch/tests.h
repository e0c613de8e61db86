// What nearly every test includes, read by the compiler once for all of them: a third of the time
// that the tests take to compile. Tests still include what they use.
#include <doctest/doctest.h>

#include <reel/core/ops.h>
