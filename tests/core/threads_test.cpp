// What several threads may do at once. tests/run.sh --long runs this under ThreadSanitizer, too.
#include <doctest/doctest.h>

#include <set>
#include <thread>
#include <vector>

#include <reel/core/inspect/tape_nodes.h>
#include <reel/core/ops.h>
#include <reel/core/ops/random.h>
#include <reel/core/runtime/parallel.h>
#include <reel/layers/dense.h>
#include <reel/layers/separable_conv2d.h>
#include <reel/layers/sequential.h>
#include <reel/optim/sgd.h>

using namespace reel;

namespace {

constexpr int thread_count = 4;

void on_threads(const std::function<void(int)>& body) {
  std::vector<std::thread> threads;
  for (int t = 0; t < thread_count; ++t) threads.emplace_back(body, t);
  for (std::thread& thread : threads) thread.join();
}

}  // namespace

TEST_CASE("tapes on several threads at once do not see one another") {
  const Variable w(Tensor({1, 2, 3}, float64));
  const Tensor shared = linspace(1, 2, 3, float64);
  std::vector<std::vector<double>> gradients(thread_count);
  on_threads([&](int t) {
    for (int repeat = 0; repeat < 50; ++repeat) {
      Tape tape;
      tape.watch(shared);
      Tensor y = w * shared;
      for (int i = 0; i <= t; ++i) y = y * w;
      gradients[static_cast<std::size_t>(t)] = tape.gradient(y, w).to_vector();
    }
  });
  for (int t = 0; t < thread_count; ++t)
    for (std::size_t i = 0; i < 3; ++i) {
      const double v = static_cast<double>(i + 1), s = 1 + 0.5 * static_cast<double>(i);
      double power = 1;
      for (int k = 0; k <= t; ++k) power *= v;
      CHECK(gradients[static_cast<std::size_t>(t)][i] == doctest::Approx((t + 2) * power * s));
    }
}

TEST_CASE("a tensor made on one thread is used, recorded and freed on others") {
  std::vector<Tensor> made(thread_count);
  on_threads([&](int t) { made[static_cast<std::size_t>(t)] = full({1000}, t + 1.0); });
  std::vector<double> results(thread_count);
  on_threads([&](int t) {
    Tape tape;
    Tensor y = ones({1000});
    for (const Tensor& x : made) {
      tape.watch(x);
      y = y * x;
    }
    results[static_cast<std::size_t>(t)] = tape.gradient(y, made[0]).at(0);
  });
  CHECK(results == std::vector<double>(thread_count, 24.0));
  on_threads([&](int t) { made[static_cast<std::size_t>(t)] = Tensor(); });
}

TEST_CASE("a gradient made on one thread is applied on another") {
  const Variable w(Tensor{1, 2});
  std::vector<VariableGradient> gradients;
  std::thread([&] {
    Tape tape;
    gradients = tape.gradient(w * w, std::vector{w});
  }).join();
  SGD sgd({.learning_rate = 0.5});
  sgd.apply_gradients(gradients);
  CHECK(w.value().to_vector() == std::vector<double>{0, 0});
}

TEST_CASE("a built network is called by several threads and gives each the same") {
  Sequential net("shared");
  net.add<SeparableConv2D>({.filters = 4, .kernel_size = 3, .activation = "relu"});
  net.add<Dense>({.units = 3});
  const Tensor x = reshape(linspace(-1, 1, 2 * 9 * 9 * 2), {2, 9, 9, 2});
  const std::vector<double> expected = net(x).to_vector();
  std::vector<std::vector<double>> results(thread_count);
  on_threads([&](int t) {
    for (int repeat = 0; repeat < 5; ++repeat) {
      Tape tape;
      const Tensor y = net(x);
      static_cast<void>(tape.gradient(y, net.trainable_variables()));
      results[static_cast<std::size_t>(t)] = y.to_vector();
    }
  });
  for (const auto& result : results) CHECK(result == expected);
}

TEST_CASE("long ops of several threads share the pool of threads") {
  const int before = num_threads();
  set_num_threads(3);
  const Tensor x = linspace(0, 1, 200'000);
  const std::vector<double> expected = tanh(x).to_vector();
  std::vector<int> right(thread_count);
  on_threads([&](int t) {
    for (int repeat = 0; repeat < 5; ++repeat)
      right[static_cast<std::size_t>(t)] += tanh(x).to_vector() == expected;
  });
  set_num_threads(before);
  CHECK(right == std::vector<int>(thread_count, 5));
}

TEST_CASE("threads with random scopes of their own draw the same, whatever the others do") {
  std::vector<std::vector<double>> draws(thread_count);
  on_threads([&](int t) {
    const RandomScope own(RandomState{.seed = 5});
    static_cast<void>(uniform({100}));
    draws[static_cast<std::size_t>(t)] = uniform({100}).to_vector();
  });
  for (const auto& draw : draws) CHECK(draw == draws[0]);
}

TEST_CASE("bytes of tapes are counted on several threads at once") {
  const Tensor x = zeros({1000});
  std::vector<Index> bytes(thread_count);
  on_threads([&](int t) {
    Tape tape;
    tape.watch(x);
    Tensor y = x;
    for (int i = 0; i < 10; ++i) y = exp(y);
    for (int repeat = 0; repeat < 20; ++repeat)
      bytes[static_cast<std::size_t>(t)] = tape.bytes().tensors;
  });
  CHECK(bytes == std::vector<Index>(thread_count, 10 * (64 + 4000)));
}

TEST_CASE("a tape that checks numbers does so on its own thread only") {
  const Tensor x(0.0);
  std::vector<int> thrown(thread_count);
  on_threads([&](int t) {
    Tape tape({.check_numerics = t % 2 == 0});
    try {
      static_cast<void>(log(x));
    } catch (const ValueError&) {
      thrown[static_cast<std::size_t>(t)] = 1;
    }
  });
  CHECK(thrown == std::vector<int>{1, 0, 1, 0});
}

TEST_CASE("threads that come and go give no id twice, and use up no blocks of ids") {
  std::set<TensorId> ids, blocks;
  for (int i = 0; i < 50; ++i)
    std::thread([&] {
      for (int k = 0; k < 3; ++k) ids.insert(Tensor(1.0).id());
      blocks.insert(Tensor(1.0).id() >> 40);
    }).join();
  CHECK(ids.size() == 150);
  CHECK(blocks.size() < 5);
}

TEST_CASE(
    "a thread that has used up its block of ids goes on with another one, under a tape, too") {
  for (int left : {0, 1, 2, 7, 30})
    std::thread([left] {
      const Tensor x(3.0);
      const TensorId last = (x.id() >> 40 << 40) + (TensorId{1} << 40) - 1;
      detail::last_id = last - static_cast<TensorId>(left);
      std::set<TensorId> ids = {x.id()};
      Tape tape;
      tape.watch(x);
      Tensor y = x * x;
      for (int i = 0; i < 20; ++i) {
        y = y * 1.0 + x;
        ids.insert(y.id());
      }
      CHECK(ids.size() == 21);
      CHECK((y.id() >> 40) != (x.id() >> 40));
      CHECK(tape.gradient(y, x).item() == 26);
      CHECK(tape.bytes().record < 1000000);
      CHECK(tape.size() == 42);
    }).join();
}

TEST_CASE("what runs unrecorded for long under a tape costs the tape a bounded table") {
  std::thread([] {
    const Tensor x(3.0);
    Tape tape;
    tape.watch(x);
    const Tensor before = x * x;
    detail::last_id += TensorId{1} << 34;  // as many tensors, made while the tape paused
    const Tensor y = before * x, z = y * y;
    CHECK(tape.gradient(z, x).item() == 6 * 243);
    CHECK(tape.bytes().record < 1000000);
  }).join();
}
