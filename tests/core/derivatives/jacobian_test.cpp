#include <doctest/doctest.h>

#include <vector>

#include <reel/core/derivatives/grad_check.h>
#include <reel/core/derivatives/hessian.h>
#include <reel/core/ops.h>
#include <reel/core/tape.h>

using namespace reel;

// Proves: 6 jacobian
TEST_CASE("a Jacobian has a row of gradients for each element of the target") {
  const Tensor x({2, 3}, float64);
  Tape tape;
  tape.watch(x);
  const Tensor y = stack(std::vector{x * x, x * 5.0});  // (2, 2)
  const Tensor j = tape.jacobian(y, x);
  CHECK(j.shape() == Shape{2, 2, 2});
  CHECK(j.to_vector() == std::vector<double>{4, 0, 0, 6, 5, 0, 0, 5});
}

TEST_CASE("the Jacobian of a matrix product in its vector is the matrix") {
  const Tensor a({{1, 2, 3}, {4, 5, 6}}, float64), x({{7}, {8}, {9}}, float64);
  Tape tape;
  tape.watch(x);
  const Tensor j = tape.jacobian(matmul(a, x), x);
  CHECK(j.shape() == Shape{2, 1, 3, 1});
  CHECK(j.to_vector() == a.to_vector());
}

// Proves: 6 jacobian
TEST_CASE("Jacobians with respect to variables and to several sources take one sweep a row") {
  const Variable w(Tensor{1, 2}), v(Tensor(3.0));
  Tape tape;
  const Tensor y = w * v;
  const auto both = tape.jacobian(y, std::vector{w, v});
  CHECK(both[0].variable == w);
  CHECK(both[0].gradient.to_vector() == std::vector<double>{3, 0, 0, 3});
  CHECK(both[1].gradient.shape() == Shape{2});
  CHECK(both[1].gradient.to_vector() == std::vector<double>{1, 2});
  CHECK(tape.jacobian(y, v).to_vector() == std::vector<double>{1, 2});
}

TEST_CASE("a Jacobian recorded by an outer tape is differentiable") {
  const Tensor x({1, 2}, float64);
  const auto trace_of_jacobian = [](const Tensor& x) {
    Tape tape;
    tape.watch(x);
    const Tensor j = tape.jacobian(x * x * x, x);
    return sum(j * j);
  };
  const GradCheckReport report = check_gradients(trace_of_jacobian, x);
  INFO(report);
  CHECK(report.passed);
}

// Proves: 6 jacobian
TEST_CASE("an unconnected source of a Jacobian is an error, zeros or nothing") {
  const Tensor x{1, 2, 3}, other{4, 5};
  Tape tape;
  tape.watch(x);
  tape.watch(other);
  const Tensor y = x * 2.0;
  CHECK_THROWS_WITH_AS(
      tape.jacobian(y, other),
      "gradient: the target must depend on every source; it does not depend on source 0 of shape "
      "(2,); watch it before it is used, or pass {.unconnected = Unconnected::zeros}",
      ValueError);
  const Tensor j = tape.jacobian(y, other, Unconnected::zeros);
  CHECK(j.shape() == Shape{3, 2});
  CHECK(j.to_vector() == std::vector<double>(6, 0.0));
  CHECK_FALSE(tape.jacobian(y, other, Unconnected::none).defined());
}

TEST_CASE("a Jacobian of more than 8 axes is refused") {
  const Tensor x = zeros({1, 1, 1, 1, 1});
  Tape tape;
  tape.watch(x);
  CHECK_THROWS_WITH_AS(tape.jacobian(x * 2.0, x),
                       "jacobian: the ranks of the result must add up to at most 8; got 5 and 5",
                       ValueError);
}

TEST_CASE("the Jacobian of an empty target is empty") {
  const Tensor x = zeros({0, 2}), w = zeros({2, 3});
  Tape tape;
  tape.watch(w);
  CHECK(tape.jacobian(matmul(x, w), w).shape() == Shape{0, 3, 2, 3});
}

// Proves: 6 batch_jacobian
TEST_CASE("a batch Jacobian is the block diagonal of the Jacobian") {
  const Tensor x({{1, 2}, {3, 4}, {5, 6}}, float64), w({{1, -1, 2}, {3, 1, 0}}, float64);
  Tape tape;
  tape.watch(x);
  const Tensor y = matmul(x * x, w);  // (3, 3)
  const Tensor full = tape.jacobian(y, x);
  const Tensor blocks = tape.batch_jacobian(y, x);
  CHECK(blocks.shape() == Shape{3, 3, 2});
  for (Index n = 0; n < 3; ++n)
    for (Index i = 0; i < 3; ++i)
      for (Index j = 0; j < 2; ++j) CHECK(blocks.at(n, i, j) == full.at(n, i, n, j));
}

TEST_CASE("a batch Jacobian keeps the axes of an example") {
  const Tensor x = ones({2, 3}, float64);
  Tape tape;
  tape.watch(x);
  const Tensor y = reshape(x, {2, 3, 1}) * reshape(x, {2, 1, 3});
  CHECK(tape.batch_jacobian(y, x).shape() == Shape{2, 3, 3, 3});
  CHECK(tape.batch_jacobian(y, x).at(1, 0, 0, 0) == 2.0);
  CHECK(tape.batch_jacobian(y, x).at(1, 0, 2, 2) == 1.0);
  CHECK(tape.batch_jacobian(y, x).at(1, 0, 2, 1) == 0.0);
}

// Proves: 6 batch_jacobian
TEST_CASE("a batch Jacobian needs batches of one size") {
  const Tensor x = ones({2, 3});
  Tape tape;
  tape.watch(x);
  CHECK_THROWS_WITH_AS(
      tape.batch_jacobian(sum(x, 1), x),
      "batch_jacobian: target and source must have rank 2 or more; got shapes (2,) and (2, 3)",
      ValueError);
  CHECK_THROWS_WITH_AS(
      tape.batch_jacobian(transpose(x), x),
      "batch_jacobian: target and source must have as many examples (axis 0); got shapes (3, 2) "
      "and (2, 3)",
      ValueError);
}

// Proves: 6 batch_jacobian
TEST_CASE("an unconnected batch Jacobian is zeros unless asked otherwise") {
  const Tensor x = ones({2, 3}), other = ones({2, 2});
  Tape tape;
  tape.watch(x);
  const Tensor y = x * 2.0;
  CHECK(tape.batch_jacobian(y, other).to_vector() == std::vector<double>(12, 0.0));
  CHECK(tape.batch_jacobian(y, other).shape() == Shape{2, 3, 2});
  CHECK_FALSE(tape.batch_jacobian(y, other, Unconnected::none).defined());
  CHECK_THROWS_AS(tape.batch_jacobian(y, other, Unconnected::error), ValueError);
}

TEST_CASE("a Hessian-vector product is the Hessian times the vector") {
  const Tensor x({1, 2}, float64), v({3, 5}, float64);
  // f = x0^2 x1 + x1^3: H = [[2 x1, 2 x0], [2 x0, 6 x1]] = [[4, 2], [2, 12]].
  const auto f = [](const Tensor& x) {
    const Tensor a = slice(x, {0}, {1}), b = slice(x, {1}, {1});
    return sum(a * a * b + b * b * b);
  };
  CHECK(hessian_vector_product(f, x, v).to_vector() == std::vector<double>{22, 66});
}

TEST_CASE("a Hessian-vector product of several inputs mixes them") {
  const Tensor a(2.0, float64), b(3.0, float64), one(1.0, float64), zero(0.0, float64);
  // f = a^2 b: Haa = 2 b, Hab = 2 a, Hbb = 0.
  const auto f = [](const std::vector<Tensor>& xs) { return xs[0] * xs[0] * xs[1]; };
  const auto first = hessian_vector_product(f, {a, b}, {one, zero});
  CHECK(first[0].item() == 6.0);
  CHECK(first[1].item() == 4.0);
  const auto second = hessian_vector_product(f, {a, b}, {zero, one});
  CHECK(second[0].item() == 4.0);
  CHECK(second[1].item() == 0.0);
}

TEST_CASE("a Hessian-vector product of variables reads them where they are") {
  const Variable w(Tensor({1, 2}, float64)), c(Tensor(4.0, float64));
  const auto loss = [&] { return sum(w * w * w) * c; };
  const auto products = hessian_vector_product(loss, std::vector{w, c},
                                               {Tensor({1, 1}, float64), Tensor(0.0, float64)});
  CHECK(products[0].to_vector() == std::vector<double>{24, 48});
  CHECK(products[1].item() == 15.0);
}

TEST_CASE("a linear function has the Hessian zero") {
  const Tensor x{1, 2};
  CHECK(hessian_vector_product([](const Tensor& x) { return 3.0 * x; }, x, x).to_vector() ==
        std::vector<double>{0, 0});
}

TEST_CASE("the vectors of a Hessian product must fit") {
  const Tensor x{1, 2};
  const auto f = [](const Tensor& x) { return x * x; };
  CHECK_THROWS_WITH_AS(hessian_vector_product(f, x, Tensor(1.0)),
                       "hessian_vector_product: vector 0 must have shape (2,); got ()", ValueError);
  CHECK_THROWS_WITH_AS(hessian_vector_product(f, x, zeros({2}, float64)),
                       "hessian_vector_product: vector 0 must be float32; got float64", TypeError);
  const auto g = [](const std::vector<Tensor>& xs) { return xs[0]; };
  CHECK_THROWS_WITH_AS(hessian_vector_product(g, {x}, {}),
                       "hessian_vector_product: there must be a vector for each input; got 0 for 1",
                       ValueError);
}
