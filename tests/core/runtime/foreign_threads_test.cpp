// Whether a library's threads rest exactly while somebody is inside, however regions overlap.
//
// The library is two counters, and each case has a count of its own: that of the process belongs to
// BLAS (blas_test.cpp asks OpenBLAS itself). Read before: foreign_threads.h.
#include <doctest/doctest.h>

#include <reel/core/runtime/foreign_threads.h>

using reel::detail::ForeignThreads;

namespace {

int rests = 0, goes_on = 0;

void hold_counters(ForeignThreads& threads) {
  rests = goes_on = 0;
  threads.hold([] { ++rests; }, [] { ++goes_on; });
}

}  // namespace

TEST_CASE("the first one in makes foreign threads rest and the last one out lets them go on") {
  ForeignThreads threads;
  hold_counters(threads);
  threads.enter();
  threads.enter();
  CHECK(rests == 1);
  threads.leave();
  CHECK(goes_on == 0);
  threads.leave();
  CHECK(goes_on == 1);
  threads.enter();
  CHECK(rests == 2);
  threads.leave();
  CHECK(goes_on == 2);
}

TEST_CASE("a library that is first used inside a region rests at once and goes on after it") {
  ForeignThreads threads;
  threads.enter();
  hold_counters(threads);
  CHECK(rests == 1);
  threads.leave();
  CHECK(goes_on == 1);
}

TEST_CASE("a library that is first used outside of all regions is left alone until the next") {
  ForeignThreads threads;
  threads.enter();
  threads.leave();
  hold_counters(threads);
  CHECK(rests == 0);
  threads.enter();
  CHECK(rests == 1);
  threads.leave();
}
