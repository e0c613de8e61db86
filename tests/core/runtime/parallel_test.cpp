#include <doctest/doctest.h>

#include <atomic>
#include <chrono>
#include <numeric>
#include <stdexcept>
#include <thread>
#include <vector>

#include <reel/core/error.h>
#include <reel/core/runtime/parallel.h>

using namespace reel;

namespace {

// The number of threads for one test, put back afterwards.
struct Threads {
  explicit Threads(int count) : before(num_threads()) { set_num_threads(count); }
  ~Threads() { set_num_threads(before); }
  int before;
};

}  // namespace

TEST_CASE("parallel_for runs every tile exactly once for any number of threads") {
  for (int threads : {1, 2, 3, 7, 20})
    for (Index tiles : {0, 1, 2, 17, 100}) {
      const Threads setting(threads);
      std::vector<std::atomic<int>> runs(static_cast<std::size_t>(tiles));
      parallel_for(tiles, [&](Index tile) { ++runs[static_cast<std::size_t>(tile)]; });
      for (const auto& count : runs) CHECK(count == 1);
    }
}

TEST_CASE("parallel_for inside a tile runs on the same thread") {
  const Threads setting(4);
  std::atomic<int> wrong = 0;
  parallel_for(8, [&](Index) {
    const auto here = std::this_thread::get_id();
    parallel_for(8, [&](Index) { wrong += std::this_thread::get_id() != here; });
  });
  CHECK(wrong == 0);
}

TEST_CASE("an exception of a tile reaches the caller after the other tiles ended") {
  const Threads setting(3);
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
  const Threads setting(1);
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
  const Threads setting(3);
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

TEST_CASE("set_num_threads refuses less than one thread") {
  CHECK_THROWS_WITH_AS(set_num_threads(0), "set_num_threads: count must be >= 1; got 0",
                       ValueError);
}

TEST_CASE("set_num_threads refuses to run inside a tile") {
  const Threads setting(2);
  CHECK_THROWS_WITH_AS(parallel_for(2, [](Index) { set_num_threads(3); }),
                       "set_num_threads: the number of threads must be set outside of "
                       "parallel_for; it was set inside a tile",
                       RuntimeError);
  CHECK(num_threads() == 2);
}

TEST_CASE("a job that comes while the pool stops costs it no threads") {
  using namespace std::chrono_literals;
  const Threads setting(2);
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
