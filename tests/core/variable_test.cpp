#include <doctest/doctest.h>

#include <reel/core/ops.h>

using namespace reel;

TEST_CASE("copies of a variable are the same variable") {
  const Variable a(Tensor{1, 2}, {.name = "w"});
  const Variable copy = a;
  copy.assign(Tensor{3, 4});
  CHECK(a == copy);
  CHECK(a.value().to_vector() == std::vector<double>{3, 4});
  CHECK_FALSE(a == Variable(Tensor{3, 4}, {.name = "w"}));
}

TEST_CASE("a tensor read from a variable keeps its values when the variable is assigned") {
  const Variable v(Tensor{1, 2});
  const Tensor before = v.value();
  v.assign(Tensor{5, 6});
  CHECK(before.to_vector() == std::vector<double>{1, 2});
}

TEST_CASE("an assigned value must fit") {
  const Variable v(Tensor{1, 2}, {.name = "dense/bias"});
  CHECK_THROWS_WITH_AS(v.assign(Tensor{1, 2, 3}),
                       "dense/bias: assigned value must have shape (2,); got (3,)", ValueError);
  CHECK_THROWS_WITH_AS(v.assign(Tensor({1, 2}, float64)),
                       "dense/bias: assigned value must be float32; got float64", TypeError);
  CHECK(v.value().to_vector() == std::vector<double>{1, 2});
}

TEST_CASE("a variable needs a first value") {
  CHECK_THROWS_WITH_AS(Variable(Tensor(), {.name = "w"}),
                       "variable w: a first value is needed; got an undefined tensor", ValueError);
  CHECK_THROWS_WITH_AS(Variable().shape(), "Variable: a variable is needed here; got none",
                       RuntimeError);
}

TEST_CASE("numbers take the dtype of the tensor that they meet") {
  const Variable v(Tensor({1, 2}, float64));
  CHECK((2.0 * v).dtype() == float64);
  CHECK((Tensor{1} + 1).dtype() == float32);
  CHECK_THROWS_WITH_AS(v * Tensor({1, 2}),
                       "mul: dtypes must be equal; got float64 and float32; use cast", TypeError);
  CHECK_THROWS_WITH_AS(add(1, 2), "add: a tensor is needed; got the number 1", TypeError);
}
