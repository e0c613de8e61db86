// Two threads of the user's that train at the same time. tests/run.sh --long runs this under
// ThreadSanitizer, too.
#include <doctest/doctest.h>

#include <thread>

#include "hashed_training.h"

using namespace reel;
using namespace reel::test;

TEST_CASE("two networks that are trained at once get the bits of each alone") {
  const int threads_before = num_threads(), steps = 2;
  for (const int threads : {1, 3}) {
    CAPTURE(threads);
    set_num_threads(threads);
    const Bits alone[] = {bits_of_training("channels_last", float32, steps),
                          bits_of_training("channels_first", float64, steps)};
    Bits together[2];
    std::thread other([&] { together[1] = bits_of_training("channels_first", float64, steps); });
    together[0] = bits_of_training("channels_last", float32, steps);
    other.join();
    CHECK(together[0] == alone[0]);
    CHECK(together[1] == alone[1]);
  }
  set_num_threads(threads_before);
}
