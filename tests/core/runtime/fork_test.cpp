// What a child of fork can do, whatever its parent's threads did at that moment; and what a program
// leaves behind when `main` ends while threads work. The children end by `exit`, as programs do.
#include <doctest/doctest.h>
#include <pthread.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <functional>
#include <thread>
#include <vector>

#include <reel/core/ops.h>
#include <reel/core/ops/random.h>
#include <reel/core/runtime/fork.h>
#include <reel/core/runtime/log.h>
#include <reel/core/runtime/parallel.h>
#include <reel/layers/conv2d.h>
#include <reel/layers/dense.h>
#include <reel/layers/flatten.h>
#include <reel/layers/scope/collections.h>
#include <reel/layers/scope/get_variable.h>
#include <reel/layers/scope/variable_store.h>
#include <reel/layers/sequential.h>
#include <reel/optim/sgd.h>

#include "captured_stderr.h"
#include "in_child.h"
#include "with_threads.h"

using namespace reel;
using namespace reel::test;
using namespace std::chrono_literals;

// LeakSanitizer asks: in a child it would take for leaks what the stacks of lost threads hold.
extern "C" int __lsan_is_turned_off() {
  static const pid_t parent = getpid();
  return getpid() != parent;
}
[[maybe_unused]] const int parent_is_known = __lsan_is_turned_off();

namespace {

// A net of its own and one step: products, small and large regions, random numbers, names.
bool trains() {
  Sequential net("net");
  net.add<Conv2D>({.filters = 16, .kernel_size = 3, .activation = "relu"});
  net.add<Flatten>();
  net.add<Dense>({.units = 4});
  SGD sgd({.learning_rate = 0.01});
  Tape tape;
  const Tensor loss = mean(square(net(uniform({16, 12, 12, 3}), {.training = true})));
  sgd.apply_gradients(tape.gradient(loss, net.trainable_variables()));
  return loss.item() > 0;
}

// Whether so many tiles are at work at once.
bool meet(int count) {
  std::atomic<int> met = 0;
  const auto deadline = std::chrono::steady_clock::now() + 20s;
  parallel_for(count, [&](Index) {
    ++met;
    while (met < count && std::chrono::steady_clock::now() < deadline)
      std::this_thread::sleep_for(1ms);
  });
  return std::chrono::steady_clock::now() < deadline;
}

int trains_and_sets_threads() {
  if (!trains() || num_threads() != 3 || !meet(3)) return 1;
  set_num_threads(2);
  return trains() && meet(2) ? 0 : 2;
}

// Threads that do something again and again for as long as this lives.
class Busy {
 public:
  Busy(int count, const std::function<void()>& work) {
    for (int i = 0; i < count; ++i)
      threads_.emplace_back([this, work] {
        while (!over_) work();
      });
  }
  ~Busy() {
    over_ = true;
    for (std::thread& thread : threads_) thread.join();
  }

 private:
  std::atomic<bool> over_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace

TEST_CASE("a child of fork computes with as many threads as its parent, sets them, and ends") {
  const WithThreads setting(3);
  REQUIRE(trains());
  REQUIRE(meet(3));
  CHECK(status_of_child(trains_and_sets_threads) == 0);
  CHECK(status_of_child([] { return status_of_child(trains_and_sets_threads); }) == 0);
  CHECK(meet(3));
}

TEST_CASE("a child of fork computes although other threads were at work") {
  const WithThreads setting(3);
  const Busy training(2, [] { trains(); });
  const Busy resizing(1, [] { parallel_for(3, [](Index) {}); });
  for (int i = 0; i < 25; ++i) REQUIRE(status_of_child(trains_and_sets_threads) == 0);
}

TEST_CASE("a child of fork computes although the number of threads was being set") {
  const int before = num_threads();
  {
    const Busy resizing(1, [] {
      set_num_threads(3);
      set_num_threads(2);
    });
    for (int i = 0; i < 25; ++i) REQUIRE(status_of_child([] { return trains() ? 0 : 1; }) == 0);
  }
  set_num_threads(before);
}

TEST_CASE("a child of fork finds each lock open: of memory, names, random numbers, the log") {
  const logging::Level before = logging::level();
  logging::set_level(logging::Level::warning);
  const Busy others(3, [] {
    static_cast<void>(uniform({3}));
    Dense dense({.units = 2});
    dense(ones({1, 2}));
    const std::vector<Tensor> many(100, ones({1000}) + 1);
  });
  for (int i = 0; i < 50; ++i) REQUIRE(status_of_child([] { return trains() ? 0 : 1; }) == 0);
  logging::set_level(before);
}

TEST_CASE("fork waits for who holds a ForkMutex") {
  detail::ForkMutex mutex;
  std::atomic<bool> held = false, done = false;
  std::thread holder([&] {
    const std::lock_guard lock(mutex);
    held = true;
    std::this_thread::sleep_for(50ms);
    done = true;
  });
  while (!held) std::this_thread::yield();
  CHECK(status_of_child([&] {
          const bool is_free = mutex.try_lock();
          return is_free && done ? 0 : 1;
        }) == 0);
  holder.join();
  CHECK(mutex.try_lock());
  mutex.unlock();
}

TEST_CASE("a program may end while its threads train") {
  for (int i = 0; i < 10; ++i)
    REQUIRE(status_of_child([] {
              set_num_threads(2);
              for (int t = 0; t < 3; ++t)
                std::thread([] {
                  while (true) trains();
                }).detach();
              std::this_thread::sleep_for(20ms);
              return 0;
            }) == 0);
}

TEST_CASE("a program may end by an object whose destructor waits for a thread that trains") {
  CHECK(status_of_child([] {
          static const Busy training(2, [] { trains(); });
          std::this_thread::sleep_for(20ms);
          return 0;
        }) == 0);
}

// What main's thread had is gone by then.
TEST_CASE("the destructor of a static object may train, open scopes, and read the ledger") {
  struct TrainsAtTheEnd {
    ~TrainsAtTheEnd() {
      const VariableStore store;
      const VariableScope scope("end");
      if (!trains() || !collections::regularization_losses().empty() ||
          !get_variable("w", {2}).defined())
        std::_Exit(7);
    }
  };
  CHECK(status_of_child([] {
          static const TrainsAtTheEnd first;
          const bool right = trains();
          static const TrainsAtTheEnd second;
          return right ? 0 : 1;
        }) == 0);
  CHECK(status_of_child([] {
          bool right = false;
          std::thread([&] {
            static thread_local const TrainsAtTheEnd at_the_end_of_the_thread;
            right = trains();
          }).join();
          return right ? 0 : 1;
        }) == 0);
}

TEST_CASE("a fork and an end inside of a tile wait for nobody, on whatever thread") {
  const auto start = std::chrono::steady_clock::now();
  const WithThreads setting(3);
  std::atomic<int> right = 0, met = 0;
  parallel_for(3, [&](Index) {
    ++met;
    while (met < 3) std::this_thread::yield();
    right += status_of_child([] {
               int sum = 0;
               parallel_for(4, [&](Index tile) { sum += static_cast<int>(tile); });
               return sum == 6 ? 0 : 1;
             }) == 0;
  });
  CHECK(right == 3);
  for (const Index at : {0, 1, 2})
    CHECK(status_of_child([at] {
            parallel_for(3, [at](Index tile) {
              if (tile == at) std::exit(0);
              std::this_thread::sleep_for(1h);
            });
            return 1;
          }) == 0);
  CHECK(std::chrono::steady_clock::now() - start < 9s);
}

TEST_CASE(
    "where the system refuses threads, those that it gave do the work, and a warning says so") {
  const WithThreads setting(64);
  CHECK(status_of_child([] {
          CapturedStderr captured;
          parallel_for(3, [](Index) {});
          // Stacks that fit into no address space.
          pthread_attr_t attributes;
          pthread_attr_init(&attributes);
          pthread_attr_setstacksize(&attributes, std::size_t{1} << 47);
          pthread_setattr_default_np(&attributes);
          std::atomic<int> runs = 0;
          for (int i = 0; i < 2; ++i) parallel_for(64, [&](Index) { ++runs; });
          const std::string text = captured.text();
          const auto said = text.find("reel: warning: the system gives reel no more than 3 of 64 ");
          const bool once = said != text.npos && text.find("reel: warning", said + 1) == text.npos;
          return runs == 128 && num_threads() == 3 && once ? 0 : 1;
        }) == 0);
}
