// What happens when a tape ends or is given away: callbacks, destructors of captures, rules.
#include <doctest/doctest.h>

#include <memory>
#include <optional>
#include <stdexcept>

#include <reel/core/inspect/graph.h>
#include <reel/core/inspect/tape_nodes.h>
#include <reel/core/ops.h>
#include <reel/core/record.h>

#include "captured_stderr.h"

using namespace reel;
using namespace reel::test;

namespace {

// d(x^2 + ... of a fresh tape): 10 at x = 5, whatever ran before.
double gradient_on_a_tape_of_its_own(int ops) {
  const Tensor x(5.0);
  Tape tape;
  tape.watch(x);
  Tensor y = x * x;
  for (int i = 0; i < ops; ++i) y = y + 0.0;
  return tape.gradient(y, x).item();
}

// Runs a function when it goes.
struct AtExit {
  std::function<void()> f;
  ~AtExit() { f(); }
};

Tensor holding(const Tensor& x, const std::shared_ptr<AtExit>& held) {
  return record("holding", Tensor(x.item() * 2.0),
                wrt(x, [held](const Tensor& dy) { return 2.0 * dy; }));
}

}  // namespace

TEST_CASE("a tape that a callback opens is a tape like any other") {
  for (int ops_before : {0, 1, 3, 30})
    for (int ops_inside : {0, 2, 40}) {
      std::vector<double> seen;
      {
        const Variable w(Tensor(3.0));
        Tape tape;
        Tensor y = w * w;
        for (int i = 0; i < ops_before; ++i) y = y * w;
        const auto callback = [&](bool) {
          CHECK_FALSE(recording());
          CHECK(graph_serial() == 0);
          seen.push_back(gradient_on_a_tape_of_its_own(ops_inside));
        };
        on_graph_end(callback);
        on_graph_end(callback);
        CHECK(seen.empty());
      }
      CHECK(seen == std::vector<double>{10, 10});
      CHECK(gradient_on_a_tape_of_its_own(1) == 10);
    }
}

TEST_CASE("a tape that a callback leaves open goes on") {
  std::unique_ptr<Tape> left;
  const Tensor x(3.0);
  Tensor y;
  {
    const Tape tape;
    on_graph_end([&](bool) {
      left = std::make_unique<Tape>();
      left->watch(x);
      y = x * x;
    });
  }
  CHECK(left->size() == 2);
  CHECK(left->gradient(y * x, x).item() == 27);
  left.reset();
  CHECK_FALSE(recording());
}

TEST_CASE("the callbacks of a tape that a callback opens run at that one's end") {
  std::vector<int> order;
  {
    const Tape tape;
    on_graph_end([&](bool) {
      {
        const Tape inside;
        on_graph_end([&](bool) { order.push_back(2); });
        order.push_back(1);
      }
      order.push_back(3);
    });
    on_graph_end([&](bool) { order.push_back(4); });
  }
  CHECK(order == std::vector<int>{1, 2, 3, 4});
}

TEST_CASE("a callback that throws is told of, and the others run") {
  std::vector<std::function<void()>> throwers = {
      [] { throw ValueError("bad"); }, [] { throw std::runtime_error("worse"); }, [] { throw 1; }};
  const std::string start = "reel: warning: on_graph_end: a callback must not throw; it threw";
  const std::vector<std::string> endings = {": bad\n", ": worse\n", " what is no exception\n"};
  for (std::size_t i = 0; i < throwers.size(); ++i)
    for (bool by_reset : {false, true}) {
      CapturedStderr log;
      int runs = 0;
      {
        Tape tape;
        on_graph_end([&](bool) { ++runs; });
        on_graph_end([&](bool) { throwers[i](); });
        on_graph_end([&](bool) { ++runs; });
        if (by_reset) tape.reset();
      }
      CHECK(runs == 2);
      CHECK(log.text() == start + endings[i]);
    }
}

TEST_CASE("what a rule captured may open a tape when it goes") {
  for (int count : {1, 2, 5}) {
    std::vector<double> seen;
    {
      const Tensor x(3.0);
      Tape tape;
      tape.watch(x);
      Tensor y = x * x;
      for (int i = 0; i < count; ++i) {
        y = holding(y, std::shared_ptr<AtExit>(new AtExit{[&seen, i] {
                      seen.push_back(gradient_on_a_tape_of_its_own(1500 * i));
                    }}));
        y = y * x;
      }
    }
    CHECK(seen == std::vector<double>(static_cast<std::size_t>(count), 10));
    CHECK(gradient_on_a_tape_of_its_own(3) == 10);
  }
}

TEST_CASE("a rule may ask its own tape, and give it away, without a loss to the pass under way") {
  const Tensor x(3.0);
  for (bool gives_away : {false, true})
    for (bool is_given_away : {false, true}) {
      CAPTURE(gives_away);
      CAPTURE(is_given_away);
      Tape tape;
      tape.watch(x);
      const Tensor a = x * x;
      const Tensor b = exp(a) * x;
      std::string refusal;
      const Tensor y = record("asking", b + 0.0, wrt(b, [&](const Tensor& dy) {
                                try {
                                  const Tensor db = gives_away ? std::move(tape).gradient(b, a)
                                                               : tape.gradient(b, a);
                                  CHECK(db.item() == doctest::Approx(3 * std::exp(9.0)));
                                } catch (const RuntimeError& error) {
                                  refusal = error.what();
                                }
                                return dy;
                              }));
      const Tensor z = y * a;
      const Tensor dx = is_given_away ? std::move(tape).gradient(z, x) : tape.gradient(z, x);
      // z = x^3 exp(x^2)
      CHECK(dx.item() == doctest::Approx(std::exp(9.0) * (3 * 9 + 2 * 81)).epsilon(1e-5));
      CHECK(refusal.empty() == !is_given_away);
      if (gives_away || is_given_away) CHECK_THROWS_AS(tape.gradient(z, x), RuntimeError);
    }
}
