// Whether a library's threads rest exactly while somebody is inside, however regions overlap.
//
// The library is two counters, and each case has a count of its own: that of the process belongs to
// BLAS (blas_test.cpp asks OpenBLAS itself). Read before: foreign_threads.h.
#include <doctest/doctest.h>

#include <atomic>
#include <chrono>
#include <thread>

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

TEST_CASE("closing waits for those inside, and who comes later waits until it is open") {
  using namespace std::chrono_literals;
  ForeignThreads threads;
  std::atomic<int> inside = 0, came = 0;
  std::thread first([&] {
    threads.enter();
    inside = 1;
    std::this_thread::sleep_for(50ms);
    inside = 0;
    threads.leave();
  });
  while (!inside) std::this_thread::yield();
  threads.close(10s);
  CHECK(inside == 0);
  std::thread second([&] {
    threads.enter();
    came = 1;
    threads.leave();
  });
  std::this_thread::sleep_for(20ms);
  CHECK(came == 0);
  threads.open();
  second.join();
  first.join();
  CHECK(came == 1);
}

TEST_CASE("closing gives up on those who stay, and does not wait for its caller") {
  using namespace std::chrono_literals;
  ForeignThreads threads;
  std::atomic<bool> inside = false, over = false;
  std::thread other([&] {
    threads.enter();
    inside = true;
    while (!over) std::this_thread::yield();
    threads.leave();
  });
  while (!inside) std::this_thread::yield();
  threads.close(1ms);
  threads.open();
  threads.enter();
  threads.close(1h);
  threads.open();
  threads.leave();
  over = true;
  other.join();
}
