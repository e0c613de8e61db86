#include <doctest/doctest.h>

#include <thread>
#include <vector>

#include <reel/core/memory.h>
#include <reel/core/ops.h>
#include <reel/core/record.h>

using namespace reel;

TEST_CASE("the gradient of a product is the other factor") {
  const Variable a(Tensor(3.0)), b(Tensor(4.0));
  Tape tape;
  const Tensor y = a * b + a;
  const auto gradients = tape.gradient(y, std::vector{a, b});
  CHECK(gradients[0].variable == a);
  CHECK(gradients[0].gradient.item() == 5.0);
  CHECK(gradients[1].gradient.item() == 3.0);
}

TEST_CASE("gradient may be called again and gives the same") {
  const Tensor x(3.0);
  Tape tape;
  tape.watch(x);
  const Tensor y = x * x;
  CHECK(tape.gradient(y, x).item() == 6.0);
  CHECK(tape.gradient(y, x).item() == 6.0);
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

TEST_CASE("what is computed before it is watched has no gradient") {
  const Tensor x(2.0);
  Tape tape;
  const Tensor y = x * x;
  tape.watch(x);
  CHECK_THROWS_WITH_AS(
      tape.gradient(y, x),
      "gradient: the target must depend on every source; it does not depend on source 0 of shape "
      "(); watch it before it is used, or pass {.unconnected = Unconnected::zeros}",
      ValueError);
}

TEST_CASE("an unconnected variable is an error that names it, or zeros, or none") {
  const Variable w(Tensor{1, 2}, {.name = "cnn/dense/bias"});
  const Tensor x(2.0);
  Tape tape;
  tape.watch(x);
  const Tensor y = x * x;
  CHECK_THROWS_WITH_AS(
      tape.gradient(y, w),
      "gradient: the target must depend on every source; it does not depend on variable "
      "cnn/dense/bias; pass {.unconnected = Unconnected::zeros}, or none",
      ValueError);
  CHECK(tape.gradient(y, w, {.unconnected = Unconnected::zeros}).to_vector() ==
        std::vector<double>{0, 0});
  CHECK_FALSE(tape.gradient(y, w, {.unconnected = Unconnected::none}).defined());
}

TEST_CASE("several targets are summed and weighed by their output gradients") {
  const Tensor x{1, 2};
  Tape tape;
  tape.watch(x);
  const Tensor a = x * 2.0, b = x * x;
  CHECK(tape.gradient({a, b}, x).to_vector() == std::vector<double>{4, 6});
  const Tensor da{10, 100};
  CHECK(tape.gradient({a, b}, x, {.output_gradients = {da, Tensor()}}).to_vector() ==
        std::vector<double>{22, 204});
}

TEST_CASE("output gradients must fit their targets") {
  const Tensor x{1, 2};
  Tape tape;
  tape.watch(x);
  const Tensor y = x * 2.0;
  CHECK_THROWS_WITH_AS(tape.gradient(y, x, {.output_gradients = {Tensor(1.0)}}),
                       "gradient: output gradient 0 must have the target's shape (2,); got ()",
                       ValueError);
  CHECK_THROWS_WITH_AS(tape.gradient(y, x, {.output_gradients = {zeros({2}, float64)}}),
                       "gradient: output gradient 0 must be float32 as the target; got float64",
                       TypeError);
  CHECK_THROWS_WITH_AS(tape.gradient(y, x, {.output_gradients = {x, x}}),
                       "gradient: there must be at most 1 output gradients; got 2", ValueError);
}

TEST_CASE("a target that is a source itself has the gradient one, watched or not") {
  const Tensor x{1, 2};
  Tape tape;
  CHECK(tape.gradient(x, x).to_vector() == std::vector<double>{1, 1});
}

TEST_CASE("a source may be anything computed on the way") {
  const Tensor x(3.0);
  Tape tape;
  tape.watch(x);
  const Tensor h = x * x;
  const Tensor y = h * h;
  CHECK(tape.gradient(y, h).item() == 18.0);
  const auto both = tape.gradient(y, std::vector{x, h});
  CHECK(both[0].item() == 108.0);
  CHECK(both[1].item() == 18.0);
}

TEST_CASE("stop_gradient keeps the value and cuts the path") {
  const Tensor x(3.0);
  Tape tape;
  tape.watch(x);
  const Tensor y = x * stop_gradient(x);
  CHECK(y.item() == 9.0);
  CHECK(tape.gradient(y, x).item() == 3.0);
}

TEST_CASE("what runs while the tape pauses is a constant to it") {
  const Tensor x(3.0);
  Tape tape;
  tape.watch(x);
  Tensor c;
  {
    const auto pause = tape.pause();
    c = x * x;
  }
  CHECK(tape.gradient(c * x, x).item() == 9.0);
  CHECK(tape.gradient(c, x, {.unconnected = Unconnected::zeros}).item() == 0.0);
}

TEST_CASE("nested tapes give second and third derivatives") {
  const Tensor x(2.0, float64);
  Tape first;
  first.watch(x);
  Tensor d1, d2;
  {
    Tape second;
    second.watch(x);
    {
      Tape third;
      third.watch(x);
      d1 = third.gradient(x * x * x * x, x);
    }
    d2 = second.gradient(d1, x);
  }
  CHECK(d1.item() == 32.0);
  CHECK(d2.item() == 48.0);
  CHECK(first.gradient(d2, x).item() == 48.0);
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
    const Tensor y = h * 5.0;
    CHECK(inner.gradient(y, h).item() == 5.0);
    CHECK(inner.gradient(y, x, {.unconnected = Unconnected::zeros}).item() == 0.0);
    CHECK(outer.gradient(y, x).item() == 20.0);
  }
}

TEST_CASE("variables are watched when read, in the order of their first read") {
  const Variable a(Tensor(1.0)), b(Tensor(2.0)), frozen(Tensor(3.0), {.trainable = false});
  Tape tape;
  const Tensor y = b * a * b * frozen;
  CHECK(tape.watched_variables() == std::vector{b, a});
  CHECK(tape.gradient(y, frozen, {.unconnected = Unconnected::none}).defined() == false);
}

TEST_CASE("without watch_accessed_variables only what is watched counts") {
  const Variable a(Tensor(1.0)), b(Tensor(2.0), {.trainable = false});
  Tape tape({.watch_accessed_variables = false});
  tape.watch(b);
  const Tensor y = a * b;
  CHECK(tape.watched_variables() == std::vector{b});
  CHECK(tape.gradient(y, b).item() == 1.0);
  CHECK_FALSE(tape.gradient(y, a, {.unconnected = Unconnected::none}).defined());
}

TEST_CASE("assigning between the forward pass and the gradient changes nothing") {
  const Variable w(Tensor(3.0));
  Tape tape;
  const Tensor y = w * w;
  w.assign(Tensor(100.0));
  const Tensor z = w * 2.0;
  CHECK(tape.gradient(y, w).item() == 6.0);
  CHECK(tape.gradient({y, z}, w).item() == 8.0);
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

TEST_CASE("a tape that an exception unwinds leaves nothing active") {
  try {
    Tape tape;
    throw ValueError("thrown");
  } catch (const ValueError&) {
  }
  CHECK(graph_serial() == 0);
  CHECK_FALSE(detail::recording());
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
                wrt({a, b}, [runs](const Tensor& dy, const Wanted& wanted) -> Gradients {
                  *runs += (wanted[0] ? 1 : 0) + (wanted[1] ? 10 : 0);
                  return {wanted[0] ? 3.0 * dy : Tensor(), wanted[1] ? -3.0 * dy : Tensor()};
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

TEST_CASE("closures of arguments that nobody watches are dropped at once") {
  const Tensor x(1.0);
  Tensor big = zeros({10});
  Tape tape;
  const Tensor y = record("op", Tensor(2.0), wrt(x, [big](const Tensor& dy) { return dy; }));
  CHECK(big.unique());
}
