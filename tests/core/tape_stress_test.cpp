// The tape in large, twisted and nested computations; what it holds, and that it gives it back.
#include <doctest/doctest.h>

#include <memory>
#include <optional>
#include <vector>

#include <reel/core/derivatives/recompute.h>
#include <reel/core/inspect/graph.h>
#include <reel/core/inspect/tape_nodes.h>
#include <reel/core/ops.h>
#include <reel/core/runtime/memory.h>
#include <reel/core/tape.h>

using namespace reel;

// Proves: testNoEagerLeak
TEST_CASE("a million nodes whose rules hold tensors: forward, back and away without recursion") {
  const Tensor x(1.0), w(1.0);
  const auto there_and_back = [&] {
    Tape tape;
    tape.watch(x);
    tape.watch(w);
    Tensor y = x;
    for (int i = 0; i < 1'000'000; ++i) y = y * w;
    CHECK(tape.size() == 1'000'002);
    CHECK(tape.gradient(y, w).item() == 1e6);
  };
  there_and_back();  // the thread keeps some lists for the next time
  const Index before = memory::stats().live;
  there_and_back();
  CHECK(memory::stats().live == before);
}

TEST_CASE("a node of two watched operands takes 145 bytes besides its result, which takes 64") {
  const Index live_before = memory::stats().live;
  const Tensor x(1.0), w(1.0);
  Tape tape;
  tape.watch(x);
  tape.watch(w);
  Tensor y = x;
  for (int i = 0; i < 10'000; ++i) y = y * w;
  const TapeBytes bytes = tape.bytes();
  CHECK(bytes.record < 10'000 * 145);
  CHECK(bytes.tensors == 10'001 * 64);  // a scalar sits in its header; the last is not held
  CHECK(memory::stats().live - live_before > bytes.total());
}

TEST_CASE("a value used a thousand times in products sums a thousand gradients") {
  const Tensor x(2.0, float64);
  Tape tape;
  tape.watch(x);
  std::vector<Tensor> terms;
  for (int i = 0; i < 1000; ++i) terms.push_back(x * static_cast<double>(i));
  CHECK(tape.gradient(add_n(terms), x).item() == 499'500.0);
  CHECK(tape.gradient(Targets(terms), x).item() == 499'500.0);
}

TEST_CASE("diamonds on diamonds are walked once a node, not once a path") {
  const Tensor x(1.0, float64);
  Tape tape;
  tape.watch(x);
  Tensor y = x;
  for (int i = 0; i < 60; ++i) y = y * 0.5 + y * 0.5;  // 2^60 paths
  CHECK(tape.gradient(y, x).item() == 1.0);
  CHECK(tape.size() == 181);
}

TEST_CASE("tapes three deep: each sweep of an inner one is seen by the outer ones") {
  const Tensor x(3.0, float64);
  std::vector<double> derivatives;
  Tape first;
  first.watch(x);
  Tape second;
  second.watch(x);
  Tape third;
  third.watch(x);
  const Tensor y = x * x * x * x * x;
  const Tensor d1 = third.gradient(y, x), d2 = second.gradient(d1, x), d3 = first.gradient(d2, x);
  CHECK(d1.item() == 405.0);
  CHECK(d2.item() == 540.0);
  CHECK(d3.item() == 540.0);
  CHECK(third.gradient(d1, x, {.unconnected = Unconnected::zeros}).item() == 0.0);
}

TEST_CASE("a gradient may be asked for inside of another tape's life, and after it") {
  const Tensor x(3.0, float64);
  Tape outer;
  outer.watch(x);
  const Tensor y = x * x;
  Tensor inside, h;
  {
    Tape inner;
    inner.watch(x);
    h = y * x;
    inside = outer.gradient(h, x);                    // recorded by the inner tape
    CHECK(inner.gradient(inside, x).item() == 12.0);  // 2 x^2 + y, where y came before it
  }
  CHECK(inside.item() == 27.0);
  CHECK(outer.gradient(h, x).item() == 27.0);
  CHECK(outer.gradient(h * y, x).item() == 405.0);
}

TEST_CASE("a tape that began later may end later") {
  const Tensor x(3.0);
  auto first = std::make_unique<Tape>();
  first->watch(x);
  Tape second;
  second.watch(x);
  const Tensor y = x * x;
  CHECK(first->gradient(y, x).item() == 6.0);
  first.reset();
  CHECK(second.gradient(y * x, x).item() == 27.0);
}

TEST_CASE("a variable assigned between two gradients of one tape") {
  const Variable w(Tensor(3.0));
  Tape tape;
  const Tensor y = w * w;
  CHECK(tape.gradient(y, w).item() == 6.0);
  w.assign(Tensor(5.0));
  CHECK(tape.gradient(y, w).item() == 6.0);
  const Tensor z = y * w;
  CHECK(tape.gradient(z, w).item() == 39.0);  // 9 + 5 * 6
  w.assign(Tensor(7.0));
  CHECK(tape.gradient(z, w).item() == 39.0);
}

TEST_CASE("many sources and targets: intermediates, variables' reads, what is not connected") {
  const Tensor x({1, 2}, float64), stranger({3, 4}, float64);
  Tape tape;
  tape.watch(x);
  tape.watch(stranger);
  const Tensor h = x * x, k = h * 3.0;
  const auto gradients =
      tape.gradient({k, h}, std::vector{h, x, k, stranger}, {.unconnected = Unconnected::none});
  CHECK(gradients[0].to_vector() == std::vector<double>{4, 4});
  CHECK(gradients[1].to_vector() == std::vector<double>{8, 16});
  CHECK(gradients[2].to_vector() == std::vector<double>{1, 1});
  CHECK_FALSE(gradients[3].defined());
}

TEST_CASE("the bytes of a tape are those of its rules' tensors, each once, and of its nodes") {
  const Tensor x = zeros({1000});
  const Variable w(zeros({1000}));
  const Index header = 64, tensor = header + 4000;
  Tape tape;
  CHECK(tape.bytes().total() == 0);
  tape.watch(x);
  CHECK(tape.bytes().tensors == 0);
  const Tensor y = exp(x);  // holds y
  CHECK(tape.bytes().tensors == tensor);
  const Tensor z = y * y;  // holds y twice more
  CHECK(tape.bytes().tensors == tensor);
  const Tensor kept = y + z;  // holds nothing
  CHECK(tape.bytes().tensors == tensor);
  const Tensor read = x * w;  // holds x, and the value of w under a header of its own
  CHECK(tape.bytes().tensors == 3 * tensor + header);
  const Tensor unwatched = exp(zeros({1000}));
  CHECK(tape.bytes().tensors == 3 * tensor + header);
  {
    Tape inner;
    const Tensor more = sin(y);
    CHECK(inner.bytes().tensors == tensor);
    CHECK(inner.size() == 1);
  }
  const TapeBytes all = tape.bytes();
  CHECK(all.record > 8 * static_cast<Index>(sizeof(void*)));
  CHECK(all.total() == all.record + all.tensors);
}

TEST_CASE("a tape that starts afresh has forgotten everything") {
  const Tensor x(3.0);
  const Variable w(Tensor(2.0));
  Tape tape;
  tape.watch(x);
  const Tensor y = x * w;
  const std::uint64_t serial = graph_serial();
  tape.reset();
  CHECK(tape.size() == 0);
  CHECK(tape.bytes().total() == 0);
  CHECK(tape.watched_variables().empty());
  CHECK(graph_serial() != serial);
  CHECK_THROWS_AS(tape.gradient(y, x), ValueError);
  tape.watch(x);
  CHECK(tape.gradient(x * x, x).item() == 6.0);
}

TEST_CASE("an inner tape that starts afresh leaves the outer one's record alone") {
  const Tensor x(3.0);
  Tape outer;
  outer.watch(x);
  Tape inner;
  const Tensor y = x * x;
  inner.reset();
  CHECK(inner.size() == 0);
  CHECK(inner.gradient(y, x, {.unconnected = Unconnected::zeros}).item() == 0.0);
  CHECK(outer.gradient(y, x).item() == 6.0);
}

TEST_CASE("a paused tape cannot start afresh, one that was given away can") {
  const Tensor x(3.0);
  Tape tape;
  {
    const auto pause = tape.pause();
    CHECK_THROWS_WITH_AS(tape.reset(), "Tape: reset needs a tape that records; this one is paused",
                         ValueError);
  }
  tape.watch(x);
  CHECK(std::move(tape).gradient(x * x, x).item() == 6.0);
  tape.reset();
  tape.watch(x);
  CHECK(tape.gradient(x * x, x).item() == 6.0);
}

TEST_CASE("the nodes of a tape can be read: name, inputs, result") {
  const Variable w(Tensor(2.0));
  const Tensor x(3.0), c(5.0);
  Tape tape;
  tape.watch(x);
  const Tensor read = w.value();
  const Tensor y = read * x;
  {
    const auto pause = tape.pause();
    static_cast<void>(y + y);
  }
  const Tensor z = c + c;
  const std::vector<TapeNode> nodes = tape.nodes();
  REQUIRE(nodes.size() == 4);
  CHECK(nodes[0].name == "watch");
  CHECK(nodes[0].output == x.id());
  CHECK(nodes[1].name == "read");
  CHECK(nodes[1].inputs == std::vector{w.id()});
  CHECK(nodes[2].name == "mul");
  CHECK(nodes[2].inputs == std::vector{read.id(), x.id()});
  CHECK(nodes[2].output == y.id());
  CHECK(nodes[2].watched);
  CHECK(nodes[3].inputs == std::vector{c.id(), c.id()});
  CHECK(nodes[3].output == z.id());
  CHECK_FALSE(nodes[3].watched);
}
