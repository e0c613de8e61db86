#include <doctest/doctest.h>

#include <cmath>
#include <cstring>
#include <limits>

#include <reel/core/derivatives/grad_check.h>
#include <reel/core/ops.h>
#include <reel/core/runtime/parallel.h>
#include <reel/core/tape.h>

#include "naive_broadcast.h"

using namespace reel;

namespace {

struct BinaryCase {
  const char* name;
  Tensor (*op)(const Operand&, const Operand&);
  double (*formula)(double, double);
};

const std::vector<BinaryCase> cases{
    {"add", add, [](double a, double b) { return a + b; }},
    {"sub", sub, [](double a, double b) { return a - b; }},
    {"mul", mul, [](double a, double b) { return a * b; }},
    {"div", div, [](double a, double b) { return a / b; }},
    {"pow", pow, [](double a, double b) { return std::pow(a, b); }},
    {"maximum", maximum, [](double a, double b) { return std::max(a, b); }},
    {"minimum", minimum, [](double a, double b) { return std::min(a, b); }},
    {"squared_difference", squared_difference,
     [](double a, double b) { return (a - b) * (a - b); }},
    {"operator+", operator+, [](double a, double b) { return a + b; }},
    {"operator-", operator-, [](double a, double b) { return a - b; }},
    {"operator*", operator*, [](double a, double b) { return a * b; }},
    {"operator/", operator/, [](double a, double b) { return a / b; }},
};

void check_forward(const BinaryCase& c, const BroadcastShapes& shapes) {
  CAPTURE(c.name);
  CAPTURE(shapes.a);
  CAPTURE(shapes.b);
  const Tensor a = some_numbers(shapes.a, 0.617), b = some_numbers(shapes.b, 0.45);
  const Tensor y = c.op(a, b), y32 = c.op(cast(a, float32), cast(b, float32));
  REQUIRE(y.shape() == shapes.y);
  REQUIRE(y32.shape() == shapes.y);
  const std::vector<double> expected =
      at_every_position(shapes.y, [&](const std::vector<Index>& position) {
        return c.formula(broadcast_element(a, position), broadcast_element(b, position));
      });
  double worst = 0, worst32 = 0;
  for (std::size_t i = 0; i < expected.size(); ++i) {
    worst = std::max(worst, std::abs(y.span<const double>()[i] - expected[i]));
    worst32 = std::max(worst32, std::abs(y32.span<const float>()[i] - expected[i]));
  }
  CHECK(worst < 1e-12);
  CHECK(worst32 < 1e-3);  // pow reaches 200
}

std::vector<double> gradients_at(Tensor (*op)(const Operand&, const Operand&), double a, double b) {
  const Tensor x(a, float64), z(b, float64);
  Tape tape;
  tape.watch(x);
  tape.watch(z);
  const auto g = tape.gradient(op(x, z), std::vector{x, z});
  return {g[0].item(), g[1].item()};
}

}  // namespace

TEST_CASE("arithmetic follows its formulas under broadcasting of small shapes") {
  for (const BinaryCase& c : cases)
    for (const BroadcastShapes& shapes : small_broadcasts) check_forward(c, shapes);
}

TEST_CASE("arithmetic follows its formulas over many axes and many tiles") {
  for (const BinaryCase& c : cases)
    for (const BroadcastShapes& shapes : large_broadcasts) check_forward(c, shapes);
}

TEST_CASE("arithmetic has right first and second gradients under broadcasting") {
  for (const BinaryCase& c : cases)
    for (const BroadcastShapes& shapes : small_broadcasts) {
      CAPTURE(c.name);
      CAPTURE(shapes.a);
      CAPTURE(shapes.b);
      const auto f = [&](const std::vector<Tensor>& xs) { return c.op(xs[0], xs[1]); };
      CHECK(check_gradients(f, {some_numbers(shapes.a, 0.617), some_numbers(shapes.b, 0.45)}));
    }
}

TEST_CASE("an operand may stand on both sides") {
  const Tensor x({0.5, 2.0}, float64);
  CHECK(check_gradients([](const Tensor& v) { return v * v / (v + v) - pow(v, v); }, x));
}

TEST_CASE("a number takes the dtype of the tensor, on either side") {
  const Tensor x({1, 2}, float64), x32{1, 2};
  CHECK((2 * x).dtype() == float64);
  CHECK((x32 / 4.0).dtype() == float32);
  CHECK((1 - x).to_vector() == std::vector<double>{0, -1});
  CHECK((x - 1).to_vector() == std::vector<double>{0, 1});
}

TEST_CASE("at a tie maximum and minimum give the whole gradient to a") {
  CHECK(gradients_at(maximum, 3, 3) == std::vector<double>{1, 0});
  CHECK(gradients_at(minimum, 3, 3) == std::vector<double>{1, 0});
  CHECK(gradients_at(maximum, 2, 3) == std::vector<double>{0, 1});
  CHECK(gradients_at(minimum, 2, 3) == std::vector<double>{1, 0});
}

TEST_CASE("maximum and minimum give NaN whichever side it is on") {
  const Tensor x{NAN, 1}, z{2, NAN};
  for (auto op : {maximum, minimum}) {
    CHECK(std::isnan(op(x, z).at(0)));
    CHECK(std::isnan(op(x, z).at(1)));
  }
}

TEST_CASE("pow's gradients are finite where its base is 0 or negative") {
  CHECK(gradients_at(pow, 0, 2) == std::vector<double>{0, 0});
  CHECK(gradients_at(pow, 0, 1) == std::vector<double>{1, 0});
  CHECK(gradients_at(pow, 0, 0) == std::vector<double>{0, 0});
  CHECK(gradients_at(pow, -2, 3) == std::vector<double>{12, 0});
  CHECK(gradients_at(pow, 2, 0) == std::vector<double>{0, std::log(2.0)});
}

TEST_CASE("pow with a number for exponent is right to second order, at base 0 too") {
  const Tensor x({-1.5, 0.0, 2.0}, float64);
  CHECK(check_gradients([](const Tensor& v) { return pow(v, 3); }, x));
  CHECK(check_gradients([](const Tensor& v) { return pow(v, 2); }, x));
}

namespace {

template <class T>
bool alone_as_in_a_row(Tensor (*op)(const Operand&, const Operand&), T a, T b) {
  const T alone =
      op(Tensor(std::vector<T>{a}, {1}), Tensor(std::vector<T>{b}, {1})).template data<T>()[0];
  const T in_a_row = op(Tensor(std::vector<T>{a, a}, {2}), Tensor(std::vector<T>{b, b}, {2}))
                         .template data<T>()[0];
  return std::memcmp(&alone, &in_a_row, sizeof(T)) == 0;
}

}  // namespace

TEST_CASE("a number alone has the bits of a number in a row") {
  const double numbers[] = {
      0.0, -0.0, 1.0, 0.1, -3.7e-3, 1e-39, 3e38, 1.0 / 3, std::numeric_limits<double>::infinity()};
  for (const BinaryCase& c : cases)
    for (double a : numbers)
      for (double b : numbers) {
        CAPTURE(c.name);
        CAPTURE(a);
        CAPTURE(b);
        CHECK(alone_as_in_a_row<double>(c.op, a, b));
        CHECK(alone_as_in_a_row<float>(c.op, static_cast<float>(a), static_cast<float>(b)));
      }
}

TEST_CASE("div by 0 gives infinity or NaN and no error") {
  CHECK((Tensor(1.0) / 0).item() == std::numeric_limits<double>::infinity());
  CHECK(std::isnan((Tensor(0.0) / 0).item()));
}

TEST_CASE("arithmetic gives the same bits for any number of threads") {
  const int before = num_threads();
  const Tensor a = some_numbers({130, 331}, 0.617), b = some_numbers({331}, 0.45);
  set_num_threads(1);
  const std::vector<double> expected = (pow(a, b) / b).to_vector();
  for (int threads : {2, 3, 7}) {
    set_num_threads(threads);
    CHECK((pow(a, b) / b).to_vector() == expected);
  }
  set_num_threads(before);
}

TEST_CASE("operands that do not fit are an error that names the op") {
  const Tensor x({{1, 2, 3}, {4, 5, 6}});
  CHECK_THROWS_WITH_AS(add(x, zeros({4})), "add: shapes must broadcast; got (2, 3) and (4,)",
                       ValueError);
  CHECK_THROWS_WITH_AS(zeros({2, 3}) * zeros({2}),
                       "mul: shapes must broadcast; got (2, 3) and (2,)", ValueError);
  CHECK_THROWS_WITH_AS(div(x, zeros({3}, float64)),
                       "div: dtypes must be equal; got float32 and float64; use cast", TypeError);
  CHECK_THROWS_WITH_AS(maximum(1.5, 2), "maximum: a tensor is needed; got the number 1.5",
                       TypeError);
  CHECK_THROWS_WITH_AS(sub(Tensor(), x),
                       "Tensor: a tensor is needed here; got one that was never given a value",
                       RuntimeError);
}
