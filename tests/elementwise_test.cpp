#include <doctest/doctest.h>

#include <cmath>
#include <functional>

#include <reel/core/grad_check.h>
#include <reel/core/ops.h>

using namespace reel;

namespace {

struct UnaryCase {
  const char* name;
  std::function<Tensor(const Tensor&)> op;
  double (*formula)(double);
  std::vector<double> at;  // away from kinks
};

const std::vector<double> anywhere{-2.3, -0.7, -0.1, 0.2, 0.9, 3.1};
const std::vector<double> positive{0.3, 0.8, 1.0, 2.5};

double sigmoid_of(double x) { return 1 / (1 + std::exp(-x)); }

const std::vector<UnaryCase> unary_cases{
    {"neg", [](const Tensor& x) { return neg(x); }, [](double x) { return -x; }, anywhere},
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
    {"clip", [](const Tensor& x) { return clip(x, -0.5, 0.75); },
     [](double x) { return std::min(0.75, std::max(-0.5, x)); }, anywhere},
    {"sigmoid", [](const Tensor& x) { return sigmoid(x); }, sigmoid_of, anywhere},
    {"softplus", [](const Tensor& x) { return softplus(x); },
     [](double x) { return std::log(1 + std::exp(x)); }, anywhere},
    {"softsign", [](const Tensor& x) { return softsign(x); },
     [](double x) { return x / (1 + std::abs(x)); }, anywhere},
    {"relu", [](const Tensor& x) { return relu(x); }, [](double x) { return std::max(x, 0.0); },
     anywhere},
    {"relu6", [](const Tensor& x) { return relu6(3 * x); },
     [](double x) { return std::min(6.0, std::max(3 * x, 0.0)); }, anywhere},
    {"leaky_relu", [](const Tensor& x) { return leaky_relu(x); },
     [](double x) { return x > 0 ? x : 0.2 * x; }, anywhere},
    {"elu", [](const Tensor& x) { return elu(x, 1.5); },
     [](double x) { return x > 0 ? x : 1.5 * (std::exp(x) - 1); }, anywhere},
    {"selu", [](const Tensor& x) { return selu(x); },
     [](double x) {
       return 1.0507009873554805 * (x > 0 ? x : 1.6732632423543772 * (std::exp(x) - 1));
     },
     anywhere},
    {"gelu", [](const Tensor& x) { return gelu(x); },
     [](double x) { return 0.5 * x * (1 + std::erf(x / std::sqrt(2.0))); }, anywhere},
    {"gelu_tanh", [](const Tensor& x) { return gelu_tanh(x); },
     [](double x) {
       return 0.5 * x * (1 + std::tanh(std::sqrt(2 / M_PI) * (x + 0.044715 * x * x * x)));
     },
     anywhere},
    {"swish", [](const Tensor& x) { return swish(x); }, [](double x) { return x * sigmoid_of(x); },
     anywhere},
    {"mish", [](const Tensor& x) { return mish(x); },
     [](double x) { return x * std::tanh(std::log(1 + std::exp(x))); }, anywhere},
    {"hard_sigmoid", [](const Tensor& x) { return hard_sigmoid(x); },
     [](double x) { return std::min(1.0, std::max(0.0, 0.2 * x + 0.5)); }, anywhere},
};

}  // namespace

TEST_CASE("every op of one operand follows its formula, in both dtypes and to second order") {
  for (const UnaryCase& c : unary_cases) {
    CAPTURE(c.name);
    const Tensor x(c.at, {1, static_cast<Index>(c.at.size())});
    const Tensor y = c.op(x), y32 = c.op(cast(x, float32));
    CHECK(y.shape() == x.shape());
    CHECK(y32.dtype() == float32);
    for (Index i = 0; i < x.size(); ++i) {
      CHECK(y.at(0, i) == doctest::Approx(c.formula(x.at(0, i))).epsilon(1e-13));
      CHECK(y32.at(0, i) == doctest::Approx(c.formula(x.at(0, i))).epsilon(2e-6));
    }
    CHECK(check_gradients(c.op, x));
  }
}
