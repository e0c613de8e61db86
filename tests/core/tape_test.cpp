#include <doctest/doctest.h>

#include <functional>
#include <string>
#include <thread>
#include <vector>

#include <reel/core/inspect/graph.h>
#include <reel/core/inspect/tape_nodes.h>
#include <reel/core/ops.h>
#include <reel/core/record.h>
#include <reel/core/runtime/memory.h>

using namespace reel;

// Proves: 6 gradient: sources
TEST_CASE("the gradient of a product is the other factor") {
  const Variable a(Tensor(3.0)), b(Tensor(4.0));
  Tape tape;
  const Tensor y = a * b + a;
  const auto gradients = tape.gradient(y, std::vector{a, b});
  CHECK(gradients[0].variable == a);
  CHECK(gradients[0].gradient.item() == 5.0);
  CHECK(gradients[1].gradient.item() == 3.0);
}

TEST_CASE("a value used many times gets the sum of its uses") {
  const Tensor x(2.0);
  Tape tape;
  tape.watch(x);
  Tensor y = x;
  for (int i = 0; i < 1000; ++i) y = y + x;
  CHECK(tape.gradient(y, x).item() == 1001.0);
}

TEST_CASE("a diamond adds both of its sides") {
  const Tensor x(2.0, float64);
  Tape tape;
  tape.watch(x);
  const Tensor left = x * 3.0, right = x * x;
  CHECK(tape.gradient(left * right, x).item() == 36.0);  // (3 x^3)' = 9 x^2
}

TEST_CASE("a tape does not record its own sweep but an enclosing one does") {
  const Tensor x(2.0, float64);
  Tape outer;
  outer.watch(x);
  Tape inner;
  inner.watch(x);
  const Tensor dy = inner.gradient(x * x * x, x);
  CHECK(inner.gradient(dy, x, {.unconnected = Unconnected::zeros}).item() == 0.0);
  CHECK(outer.gradient(dy, x).item() == 12.0);
}

TEST_CASE("an inner tape sees only what runs in its own life") {
  const Tensor x(2.0);
  Tape outer;
  outer.watch(x);
  const Tensor h = x * x;
  {
    Tape inner;
    inner.watch(h);
    const Tensor y = h * 5.0;
    CHECK(inner.gradient(y, h).item() == 5.0);
    CHECK(inner.gradient(y, x, {.unconnected = Unconnected::zeros}).item() == 0.0);
    CHECK(outer.gradient(y, x).item() == 20.0);
  }
}

TEST_CASE("a tape that is given away frees its memory and answers once") {
  const Variable w(zeros({100000}));
  const Index before = memory::stats().live;
  Tape tape;
  Tensor y = exp(w);
  for (int i = 0; i < 20; ++i) y = exp(y);
  const Index held = memory::stats().live - before;
  const Tensor dw = std::move(tape).gradient(y, w);
  CHECK(dw.shape() == Shape{100000});
  CHECK(memory::stats().live - before < held / 2);
  CHECK_THROWS_WITH_AS(tape.gradient(y, w),
                       "Tape: the tape was given away by std::move(tape).gradient(...); call "
                       "tape.gradient(...) to ask more than once",
                       RuntimeError);
}

TEST_CASE("a tape whose last gradient fails is given away, not half freed") {
  const Variable w1(Tensor{2, 3}), w2(Tensor(1.0));
  Tape tape;
  const Tensor y = exp(w1) * w1;
  const Tensor z = sin(w2);
  CHECK_THROWS_AS(std::move(tape).gradient(y, std::vector{w1, w2}), ValueError);
  CHECK_THROWS_WITH_AS(tape.gradient(y, w1),
                       "Tape: the tape was given away by std::move(tape).gradient(...); call "
                       "tape.gradient(...) to ask more than once",
                       RuntimeError);
}

TEST_CASE("a tape that an exception unwinds leaves nothing active") {
  try {
    Tape tape;
    throw ValueError("thrown");
  } catch (const ValueError&) {
  }
  CHECK(graph_serial() == 0);
  CHECK_FALSE(recording());
}

TEST_CASE("at most 32 tapes are nested") {
  std::vector<std::unique_ptr<Tape>> tapes;
  for (int i = 0; i < 32; ++i) tapes.push_back(std::make_unique<Tape>());
  CHECK_THROWS_WITH_AS(Tape(), "Tape: at most 32 tapes may be nested; got one more", RuntimeError);
}

TEST_CASE("a tape belongs to its thread, and tensors travel between threads") {
  Tape tape;
  std::string message;
  Tensor x;
  std::thread([&] {
    try {
      tape.watch(Tensor(1.0));
    } catch (const RuntimeError& error) {
      message = error.what();
    }
    x = Tensor(3.0);
  }).join();
  CHECK(message == "Tape: a tape must be used on the thread that made it");
  tape.watch(x);
  CHECK(tape.gradient(x * x, x).item() == 6.0);
}

// Proves: 2.15 reachability
TEST_CASE("reaching is answered for watched and unwatched values alike") {
  const Tensor x(1.0), other(2.0);
  Tape tape;
  const Tensor h = x * 2.0;
  const Tensor y = stop_gradient(h) + 1.0;
  const TensorId from_x[] = {x.id()}, from_other[] = {other.id()}, from_y[] = {y.id()};
  CHECK(tape.reaches(from_x, y));
  CHECK(tape.reaches(from_y, y));
  CHECK_FALSE(tape.reaches(from_other, y));
  CHECK_FALSE(tape.reaches(from_y, h));
  CHECK(graph_reaches(from_x, y.id()));
}

TEST_CASE("the end of the outermost tape is told once, with how it came") {
  std::vector<bool> ends;
  {
    Tape outer;
    const std::uint64_t serial = graph_serial();
    {
      Tape inner;
      CHECK(graph_serial() == serial);
      on_graph_end([&](bool normally) { ends.push_back(normally); });
    }
    CHECK(ends.empty());
  }
  CHECK(ends == std::vector{true});
  try {
    Tape tape;
    on_graph_end([&](bool normally) { ends.push_back(normally); });
    throw ValueError("thrown");
  } catch (const ValueError&) {
  }
  CHECK(ends == std::vector{true, false});
  CHECK_THROWS_WITH_AS(on_graph_end([](bool) {}),
                       "on_graph_end: a tape must be active on this thread", RuntimeError);
}

namespace {

// An op of a user's own, with one rule for both of its arguments.
Tensor scaled_difference(const Tensor& a, const Tensor& b, int* runs) {
  const Tensor y = 3.0 * (stop_gradient(a) - stop_gradient(b));
  return record("scaled_difference", y,
                wrt({a, b}, [runs](const Tensor& dy, const NeedsGradient& needs) -> Gradients {
                  *runs += (needs[0] ? 1 : 0) + (needs[1] ? 10 : 0);
                  return {needs[0] ? 3.0 * dy : Tensor(), needs[1] ? -3.0 * dy : Tensor()};
                }));
}

}  // namespace

TEST_CASE("a joint rule is told which of its gradients are wanted") {
  const Tensor a{1, 2}, b(5.0);
  int runs = 0;
  Tape tape;
  tape.watch(a);
  tape.watch(b);
  const Tensor y = scaled_difference(a, b, &runs);
  CHECK(tape.gradient(y, b).item() == -6.0);  // summed over the axis that b was repeated on
  CHECK(runs == 10);
  CHECK(tape.gradient(y, a).to_vector() == std::vector<double>{3, 3});
  CHECK(runs == 11);
}

TEST_CASE("a rule that returns a wrong shape is named") {
  const Tensor x{1, 2};
  Tape tape;
  tape.watch(x);
  const Tensor y =
      record("careless", Tensor{3, 4}, wrt(x, [](const Tensor&) { return zeros({3}); }));
  CHECK_THROWS_WITH_AS(tape.gradient(y, x),
                       "careless: a gradient rule must return shape (2,); got (3,)", ValueError);
}

TEST_CASE("a rule that returns a wrong dtype is named") {
  const Tensor x{1, 2}, number(3.0);
  const Tensor y32{3, 4}, y64({3, 4}, float64);
  const auto in_64 = [](const Tensor& dy) { return zeros(dy.shape(), float64); };
  const auto both = [](const Tensor& dy, const NeedsGradient&) -> Gradients {
    return {dy, zeros(dy.shape(), float64)};
  };
  const std::string message = "careless: a gradient rule must return float32; got float64";
  const auto check_of = [&](const Tensor& source, const std::function<Tensor()>& op) {
    Tape tape;
    tape.watch(source);
    const Tensor y = op();
    CHECK_THROWS_WITH_AS(tape.gradient(y, source), message.c_str(), TypeError);
  };
  check_of(x, [&] { return record("careless", y32, wrt(x, in_64)); });
  check_of(number, [&] { return record("careless", y32, wrt(number, in_64)); });
  check_of(x, [&] { return record("careless", y32, wrt({number, x}, both)); });
  check_of(x, [&] { return record("careless", y64, wrt(x, in_64)); });
  check_of(x, [&] { return record("careless", y64, wrt(x, pass_on)); });
}

TEST_CASE("the gradient of a cast tensor has its dtype") {
  const Tensor x{1, 2};
  Tape tape;
  tape.watch(x);
  const Tensor dx = tape.gradient(3.0 * cast(x, float64), x);
  CHECK(dx.dtype() == float32);
  CHECK(dx.to_vector() == std::vector<double>{3, 3});
}

TEST_CASE("closures of arguments that nobody watches are dropped at once") {
  const Tensor x(1.0);
  Tensor big = zeros({10});
  Tape tape;
  const Tensor y = record("op", Tensor(2.0), wrt(x, [big](const Tensor& dy) { return dy; }));
  CHECK(big.unique());
}

TEST_CASE("a rule runs only when a source lies behind its argument") {
  const Tensor x{1, 2}, w{3, 4};
  int runs_for_x = 0, runs_for_w = 0;
  Tape tape;
  tape.watch(x);
  tape.watch(w);
  const Tensor y = record("sum", x + w,
                          wrt(x,
                              [&](const Tensor& dy) {
                                ++runs_for_x;
                                return dy;
                              }),
                          wrt(w, [&](const Tensor& dy) {
                            ++runs_for_w;
                            return dy;
                          }));
  tape.gradient(y, std::vector{x, w});
  CHECK(runs_for_x == 1);
  CHECK(runs_for_w == 1);
  tape.gradient(y, std::vector{x, x});  // two sources as before, but not those that are watched
  CHECK(runs_for_x == 2);
  CHECK(runs_for_w == 1);
  Tape inner;
  inner.watch(w);
  const Tensor z = y * w;
  CHECK_THROWS_AS(inner.gradient(z, x), ValueError);  // behind y, which the inner tape did not see
  CHECK(inner.gradient(z, w).to_vector() == std::vector<double>{4, 6});
  CHECK(runs_for_x == 2);
  CHECK(runs_for_w == 1);
}

TEST_CASE("a gradient that several arguments share is not added into") {
  const Tensor x{1, 2}, w{3, 4}, dy{1, 10};
  Tape tape;
  tape.watch(x);
  tape.watch(w);
  const Tensor s = x + w, y = s + x;
  for (int i = 0; i < 2; ++i) {
    const std::vector<Tensor> gradients =
        tape.gradient(y, std::vector{x, w, s, y}, {.output_gradients = {dy}});
    CHECK(gradients[0].to_vector() == std::vector<double>{2, 20});
    for (int g : {1, 2, 3}) CHECK(gradients[g].to_vector() == std::vector<double>{1, 10});
    CHECK(dy.to_vector() == std::vector<double>{1, 10});
  }
}
