// The same bits for any number of threads, and beside another training, through a whole training.
//
// tests/run.sh --long runs 200 steps.
#include <doctest/doctest.h>

#include "hashed_training.h"
#include "sizes_sweep.h"

using namespace reel;
using namespace reel::test;

TEST_CASE("a training gives the same bits at 1, 2, 3, 4 and 7 threads") {
  const int threads_before = num_threads();
  const int steps = naive::in_long_run() ? 200 : 2;
  for (DType dtype : {float32, float64})
    for (const char* format : {"channels_last", "channels_first"}) {
      CAPTURE(dtype);
      CAPTURE(format);
      set_num_threads(1);
      const Bits expected = bits_of_training(format, dtype, steps);
      for (int threads : {2, 3, 4, 7}) {
        CAPTURE(threads);
        set_num_threads(threads);
        const Bits found = bits_of_training(format, dtype, steps);
        CHECK(found.results == expected.results);
        CHECK(found.gradients == expected.gradients);
        CHECK(found.weights == expected.weights);
      }
    }
  set_num_threads(threads_before);
}
