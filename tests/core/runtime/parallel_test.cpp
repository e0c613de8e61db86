#include <doctest/doctest.h>

#include <sched.h>

#include <atomic>
#include <chrono>
#include <numeric>
#include <stdexcept>
#include <thread>
#include <vector>

#include <reel/core/error.h>
#include <reel/core/runtime/parallel.h>

#include "own_process.h"
#include "with_threads.h"

using namespace reel;
using namespace reel::test;

TEST_CASE("parallel_for runs every tile exactly once for any number of threads") {
  for (int threads : {1, 2, 3, 7, 20})
    for (Index tiles : {0, 1, 2, 17, 100}) {
      const WithThreads setting(threads);
      std::vector<std::atomic<int>> runs(static_cast<std::size_t>(tiles));
      parallel_for(tiles, [&](Index tile) { ++runs[static_cast<std::size_t>(tile)]; });
      for (const auto& count : runs) CHECK(count == 1);
    }
}

TEST_CASE("parallel_for inside a tile runs on the same thread") {
  const WithThreads setting(4);
  std::atomic<int> wrong = 0;
  parallel_for(8, [&](Index) {
    const auto here = std::this_thread::get_id();
    parallel_for(8, [&](Index) { wrong += std::this_thread::get_id() != here; });
  });
  CHECK(wrong == 0);
}

TEST_CASE("an exception of a tile reaches the caller after the other tiles ended") {
  const WithThreads setting(3);
  std::atomic<int> runs = 0;
  CHECK_THROWS_WITH_AS(parallel_for(50,
                                    [&](Index tile) {
                                      ++runs;
                                      if (tile == 20) throw std::runtime_error("tile 20");
                                    }),
                       "tile 20", std::runtime_error);
  CHECK(runs == 50);
}

TEST_CASE("an exception of a tile ends the loop where one thread does it all") {
  const WithThreads setting(1);
  int runs = 0;
  CHECK_THROWS_WITH_AS(parallel_for(50,
                                    [&](Index tile) {
                                      ++runs;
                                      if (tile == 20) throw std::runtime_error("tile 20");
                                    }),
                       "tile 20", std::runtime_error);
  CHECK(runs == 21);
}

TEST_CASE("several user threads may call parallel_for at once") {
  const WithThreads setting(3);
  std::vector<Index> sums(4);
  std::vector<std::thread> users;
  for (std::size_t user = 0; user < sums.size(); ++user)
    users.emplace_back([&, user] {
      for (int repeat = 0; repeat < 50; ++repeat) {
        std::vector<Index> parts(64);
        parallel_for(64, [&](Index tile) { parts[static_cast<std::size_t>(tile)] = tile; });
        sums[user] += std::accumulate(parts.begin(), parts.end(), Index{0});
      }
    });
  for (std::thread& user : users) user.join();
  for (Index sum : sums) CHECK(sum == 50 * 64 * 63 / 2);
}

TEST_CASE("set_num_threads refuses less than one thread and more than a machine has processors") {
  const int before = num_threads();
  for (const int count : {-1, 0, 1025, 40000})
    CHECK_THROWS_WITH_AS(
        set_num_threads(count),
        fmt::format("set_num_threads: count must be in [1, 1024]; got {}", count).c_str(),
        ValueError);
  CHECK(num_threads() == before);
}

TEST_CASE("threads are started when there is work for them") {
  const WithThreads setting(1024);
  parallel_for(3, [](Index) {});
  CHECK(detail::started_threads() == 2);
  parallel_for(2, [](Index) {});
  CHECK(detail::started_threads() == 2);
  parallel_for(5, [](Index) {});
  CHECK(detail::started_threads() == 4);
}

TEST_CASE("the number of threads is printed" * doctest::skip()) {
  try {
    fmt::print("threads: {}\n", num_threads());
  } catch (const ValueError& error) {
    fmt::print("{}\n", error.what());
  }
}

TEST_CASE("REEL_NUM_THREADS says how many threads there are at first") {
  const auto threads = [](const std::string& before) {
    const std::string text = printed_by_own_process(before, "the number of threads is printed");
    const auto begin = text.find("threads: "), wrong = text.find("REEL_NUM_THREADS:");
    const auto from = std::min(begin, wrong);
    return from == text.npos ? text : text.substr(from, text.find('\n', from) - from);
  };
  CHECK(threads("REEL_NUM_THREADS=3") == "threads: 3");
  CHECK(threads("REEL_NUM_THREADS=1024") == "threads: 1024");
  for (const std::string value :
       {"0", "-2", "1025", "40000", "99999999999", "two", "2x", " 2", "2.0"})
    CHECK(threads("REEL_NUM_THREADS='" + value + "'") ==
          "REEL_NUM_THREADS: must be a whole number in [1, 1024]; got '" + value + "'");
  cpu_set_t usable;
  REQUIRE(sched_getaffinity(0, sizeof usable, &usable) == 0);
  const std::string all = fmt::format("threads: {}", CPU_COUNT(&usable));
  CHECK(threads("REEL_NUM_THREADS=") == all);
  CHECK(threads("env -u REEL_NUM_THREADS") == all);
}

TEST_CASE("a program that may use one processor has one thread") {
  cpu_set_t before, one;
  REQUIRE(sched_getaffinity(0, sizeof before, &before) == 0);
  CPU_ZERO(&one);
  for (int cpu = 0; cpu < CPU_SETSIZE && CPU_COUNT(&one) == 0; ++cpu)
    if (CPU_ISSET(cpu, &before)) CPU_SET(cpu, &one);
  REQUIRE(sched_setaffinity(0, sizeof one, &one) == 0);
  const std::string text =
      printed_by_own_process("env -u REEL_NUM_THREADS", "the number of threads is printed");
  sched_setaffinity(0, sizeof before, &before);
  CHECK(text.find("threads: 1\n") != text.npos);
}

TEST_CASE("set_num_threads refuses to run inside a tile") {
  const WithThreads setting(2);
  CHECK_THROWS_WITH_AS(parallel_for(2, [](Index) { set_num_threads(3); }),
                       "set_num_threads: the number of threads must be set outside of "
                       "parallel_for; it was set inside a tile",
                       RuntimeError);
  CHECK(num_threads() == 2);
}

TEST_CASE("a job that comes while the pool stops costs it no threads") {
  using namespace std::chrono_literals;
  const WithThreads setting(2);
  std::atomic<int> busy = 0;
  std::atomic<bool> over = false;
  std::thread user([&] {
    parallel_for(2, [&](Index) {
      ++busy;
      while (!over) std::this_thread::sleep_for(1ms);
    });
  });
  while (busy < 2) std::this_thread::sleep_for(1ms);
  std::thread resizing([] { set_num_threads(3); });  // waits for the busy thread of the pool
  std::this_thread::sleep_for(30ms);
  parallel_for(4, [](Index) {});
  over = true;
  resizing.join();
  user.join();

  std::atomic<int> met = 0;  // tiles at work at once: one for each thread, if all three are there
  const auto deadline = std::chrono::steady_clock::now() + 10s;
  parallel_for(3, [&](Index) {
    ++met;
    while (met < 3 && std::chrono::steady_clock::now() < deadline) std::this_thread::sleep_for(1ms);
  });
  CHECK(std::chrono::steady_clock::now() < deadline);
}
