#include <doctest/doctest.h>

#include <new>
#include <vector>

#include <reel/core/kernels/elementwise/broadcast.h>
#include <reel/core/ops/factories.h>
#include <reel/core/runtime/memory.h>
#include <reel/core/tensor.h>

using namespace reel;

TEST_CASE("nested braces make a tensor of their shape") {
  const Tensor x{{1, 2, 3}, {4, 5, 6.5}};
  CHECK(x.shape() == Shape{2, 3});
  CHECK(x.dtype() == float32);
  CHECK(x.at(1, 2) == 6.5);
  CHECK(x.at(-1, 0) == 4.0);
  CHECK(Tensor({1, 2}, float64).dtype() == float64);
  CHECK(Tensor{7}.shape() == Shape{1});
  CHECK(Tensor(7).shape() == Shape{});
  CHECK(Tensor{{{1}, {2}}, {{3}, {4}}}.shape() == Shape{2, 2, 1});
}

TEST_CASE("braces around one number are a list, whichever compiler reads them") {
  CHECK(Tensor{1.5}.shape() == Shape{1});
  CHECK(Tensor({1.5}).shape() == Shape{1});
  CHECK(Tensor({1.5}, float64).shape() == Shape{1});
  CHECK(Tensor(1.5, float64).shape() == Shape{});
}

TEST_CASE("ragged braces are refused") {
  CHECK_THROWS_WITH_AS((Tensor{{1, 2}, {3}}),
                       "Tensor: lists on axis 1 must have 2 items each; got 1", ValueError);
  CHECK_THROWS_WITH_AS((Tensor{{1, 2}, 3}),
                       "Tensor: nested lists must have the same depth everywhere", ValueError);
}

TEST_CASE("a vector makes a tensor of the dtype of its elements") {
  const Tensor x(std::vector<double>{1, 2, 3, 4}, {2, 2});
  CHECK(x.dtype() == float64);
  CHECK(x.span<const double>()[3] == 4.0);
  CHECK_THROWS_WITH_AS(Tensor(std::vector<float>{1, 2}, {3}),
                       "Tensor: shape (3,) holds 3 values; got 2", ValueError);
}

TEST_CASE("reading an element that is not there is refused") {
  const Tensor x = zeros({2, 3});
  CHECK_THROWS_WITH_AS(x.at(0, 3), "at: position on axis 1 must be in [-3, 3); got 3", ValueError);
  CHECK_THROWS_WITH_AS(x.at(0), "at: shape (2, 3) needs 2 positions; got 1", ValueError);
  CHECK_THROWS_WITH_AS(x.item(), "item: the tensor must have one element; got shape (2, 3)",
                       ValueError);
  CHECK_THROWS_WITH_AS(x.span<double>(),
                       "Tensor: elements are float32; asked for float64; use cast", TypeError);
  CHECK_THROWS_WITH_AS(x.dim(2), "dim: axis must be in [-2, 2) for rank 2; got 2", ValueError);
  CHECK_THROWS_WITH_AS(Tensor().shape(),
                       "Tensor: a tensor is needed here; got one that was never given a value",
                       RuntimeError);
}

TEST_CASE("a copy keeps the id and a share has its own") {
  const Tensor x = zeros({4});
  const Tensor copy = x;
  CHECK(copy.id() == x.id());
  const Tensor square = x.share({2, 2});
  CHECK(square.id() != x.id());
  CHECK(square.data<float>() == x.data<float>());
  CHECK_THROWS_WITH_AS(x.share({5}), "reshape: shape (5,) holds 5 values; got 4 of shape (4,)",
                       ValueError);
}

TEST_CASE("only memory with a single owner may be written") {
  Tensor x = zeros({2});
  writable<float>(x)[0] = 1;
  const Tensor copy = x;
  CHECK_THROWS_WITH_AS(writable<float>(x), "writable: the tensor's memory must have one owner",
                       RuntimeError);
  Tensor y = zeros({2});
  const Tensor shared = y.share({1, 2});
  CHECK_FALSE(y.unique());
  CHECK_FALSE(shared.unique());
}

TEST_CASE("a shared tensor's memory lives as long as one of its owners") {
  Tensor square;
  {
    const Tensor x = arange(4);
    square = x.share({2, 2});
  }
  CHECK(square.unique());
  CHECK(square.to_vector() == std::vector<double>{0, 1, 2, 3});
}

TEST_CASE("shapes that no memory holds are refused, also where their product wraps") {
  const Index large = Index{1} << 32;
  CHECK_THROWS_WITH_AS(zeros({large, large}),
                       "Tensor: shape (4294967296, 4294967296) of float32 is too large for any "
                       "memory",
                       ValueError);
  CHECK_THROWS_AS(ones({Index{1} << 61}, float64), ValueError);
  CHECK_THROWS_AS(zeros({Index{1} << 53}), ValueError);
  CHECK_THROWS_AS(zeros({0, large, large}), ValueError);
  CHECK_THROWS_AS(memory::allocate(std::size_t(-1)), std::bad_alloc);
}
