#include "unary_case.h"

#include <cmath>
#include <limits>

using namespace reel;

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

const std::vector<UnaryCase> cases{
    {"neg", [](const Tensor& x) { return neg(x); }, [](double x) { return -x; }, anywhere},
    {"operator-", [](const Tensor& x) { return -x; }, [](double x) { return -x; }, anywhere},
    {"abs", [](const Tensor& x) { return abs(x); }, [](double x) { return std::abs(x); }, anywhere},
    {"sign", [](const Tensor& x) { return sign(x); },
     [](double x) { return x > 0   ? 1.0
                           : x < 0 ? -1.0
                                   : 0.0; }, anywhere},
    {"exp", [](const Tensor& x) { return exp(x); }, [](double x) { return std::exp(x); }, anywhere},
    {"log", [](const Tensor& x) { return log(x); }, [](double x) { return std::log(x); }, positive},
    {"log1p", [](const Tensor& x) { return log1p(x); }, [](double x) { return std::log1p(x); },
     positive},
    {"expm1", [](const Tensor& x) { return expm1(x); }, [](double x) { return std::expm1(x); },
     anywhere},
    {"sqrt", [](const Tensor& x) { return sqrt(x); }, [](double x) { return std::sqrt(x); },
     positive},
    {"rsqrt", [](const Tensor& x) { return rsqrt(x); }, [](double x) { return 1 / std::sqrt(x); },
     positive},
    {"square", [](const Tensor& x) { return square(x); }, [](double x) { return x * x; }, anywhere},
    {"reciprocal", [](const Tensor& x) { return reciprocal(x); }, [](double x) { return 1 / x; },
     positive},
    {"sin", [](const Tensor& x) { return sin(x); }, [](double x) { return std::sin(x); }, anywhere},
    {"cos", [](const Tensor& x) { return cos(x); }, [](double x) { return std::cos(x); }, anywhere},
    {"tanh", [](const Tensor& x) { return tanh(x); }, [](double x) { return std::tanh(x); },
     anywhere},
    {"erf", [](const Tensor& x) { return erf(x); }, [](double x) { return std::erf(x); }, anywhere},
};

}  // namespace

TEST_CASE("every unary op follows its formula, with right first and second gradients") {
  check_unary_cases(cases);
}

TEST_CASE("abs and sign have gradient 0 at 0, and sign keeps 0 and NaN") {
  const Tensor x({-2, 0, 3}, float64);
  CHECK(slope_of([](const Tensor& v) { return abs(v); }, x).to_vector() ==
        std::vector<double>{-1, 0, 1});
  CHECK(slope_of([](const Tensor& v) { return sign(v); }, x).to_vector() ==
        std::vector<double>{0, 0, 0});
  CHECK(sign(x).to_vector() == std::vector<double>{-1, 0, 1});
  CHECK(std::isnan(sign(Tensor{NAN}).at(0)));
}

TEST_CASE("log1p and expm1 are exact near 0, where log(1 + x) and exp(x) - 1 round to nothing") {
  const Tensor x({1e-20}, float64);
  CHECK(log1p(x).at(0) == 1e-20);
  CHECK(expm1(x).at(0) == 1e-20);
}

TEST_CASE("functions give infinities where they have poles") {
  CHECK(log(Tensor(0.0)).item() == -infinity);
  CHECK(reciprocal(Tensor(0.0)).item() == infinity);
  CHECK(rsqrt(Tensor(0.0)).item() == infinity);
  CHECK(exp(Tensor(100.0)).item() == infinity);  // in float32
  CHECK(std::isnan(log(Tensor(-1.0)).item()));
}

TEST_CASE("cast changes the dtype and casts the gradient back") {
  const Tensor x({0.1, 2}, float64);
  const Tensor y = cast(x, float32);
  CHECK(y.dtype() == float32);
  CHECK(y.at(0) == static_cast<double>(0.1f));
  CHECK(cast(y, float64).dtype() == float64);

  Tape tape;
  tape.watch(x);
  const Tensor dx = tape.gradient(cast(x, float32) * Tensor{3, 4}, x);
  CHECK(dx.dtype() == float64);
  CHECK(dx.to_vector() == std::vector<double>{3, 4});
}

TEST_CASE("a cast to its own dtype is the tensor itself") {
  const Tensor x{1, 2};
  CHECK(cast(x, float32).id() == x.id());
}

TEST_CASE("long tensors, cut into tiles, come out as short ones do") {
  const Index n = 40001;  // three tiles, the last one odd
  const Tensor x = linspace(-3, 3, n, float64);
  const auto slope = [](const Tensor& at) {
    return slope_of([](const Tensor& v) { return tanh(v); }, at);
  };
  const Tensor y = exp(x), dx = slope(x);
  bool right = true;
  for (Index i = 0; i < n; ++i) {
    const Tensor alone({x.at(i)}, float64);
    right = right && y.at(i) == exp(alone).at(0) && dx.at(i) == slope(alone).at(0);
  }
  CHECK(right);
}

TEST_CASE("a unary op wants a tensor and says so") {
  CHECK_THROWS_WITH_AS(reel::exp(1.0), "exp: a tensor is needed; got the number 1", TypeError);
  CHECK_THROWS_WITH_AS(cast(2.5, float64), "cast: a tensor is needed; got the number 2.5",
                       TypeError);
  CHECK_THROWS_WITH_AS(abs(Tensor()),
                       "Tensor: a tensor is needed here; got one that was never given a value",
                       RuntimeError);
}
