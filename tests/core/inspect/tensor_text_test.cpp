#include <doctest/doctest.h>

#include <sstream>

#include <reel/core/ops/factories.h>
#include <reel/core/tensor.h>

using namespace reel;

TEST_CASE("a tensor prints its values, shape and dtype") {
  CHECK(Tensor{{1, 2.5}, {-3, 4}}.str() == "[[  1, 2.5],\n [ -3,   4]]  (2, 2) float32");
  CHECK(Tensor(2.0, float64).str() == "2  () float64");
  CHECK(zeros({0}).str() == "[]  (0,) float32");
  CHECK(arange(2000).str() == "[   0,    1,    2, ..., 1997, 1998, 1999]  (2000,) float32");
  CHECK(Tensor().str() == "Tensor(undefined)");
  std::ostringstream out;
  out << Tensor{1} << " " << float64 << " " << Shape{1, 2};
  CHECK(out.str() == "[1]  (1,) float32 float64 (1, 2)");
}
