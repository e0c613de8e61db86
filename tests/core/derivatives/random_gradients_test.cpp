// Correct functions raise no alarm: random compositions of ops on random shapes and numbers, with
// no care for kinks and cancellation. 400 of them; REEL_LONG=1 tries 10,000.
#include <doctest/doctest.h>

#include <cstdlib>

#include <reel/core/derivatives/grad_check.h>
#include <reel/core/ops.h>
#include <reel/core/ops/random.h>

using namespace reel;

namespace {

using Point = std::vector<Tensor>;
using Function = std::function<Tensor(const Point&)>;

struct Case {
  std::string name;
  Function f;
  Point inputs;
};

// Makes cases by number, the same ones each time.
class Maker {
 public:
  explicit Maker(std::uint64_t number) : number_(number) {}

  Case make() {
    switch (choose(6)) {
      case 0:
        return chain();
      case 1:
        return reduction();
      case 2:
        return product();
      case 3:
        return convolution();
      case 4:
        return window();
      default:
        return arrangement();
    }
  }

 private:
  // In [0, n).
  int choose(int n) {
    const Tensor u = uniform({1}, 0, n, float64, {.seed = number_, .stream = 1, .draw = draw_++});
    return std::min(n - 1, static_cast<int>(u.item()));
  }
  Index extent() { return 1 + choose(4); }
  Tensor normal(const Shape& shape) {
    return randn(shape, float64, {.seed = number_, .stream = 2, .draw = draw_++});
  }
  Shape shape(int rank) {
    Shape result;
    for (int i = 0; i < rank; ++i) result.push_back(extent());
    return result;
  }
  // One that broadcasts to `whole`.
  Shape part(const Shape& whole) {
    Shape result;
    for (int i = choose(whole.rank() + 1); i < whole.rank(); ++i)
      result.push_back(choose(3) == 0 ? 1 : whole[i]);
    return result;
  }

  Function unary() {
    using Op = Tensor (*)(const Tensor&);
    static constexpr Op ops[] = {
        [](const Tensor& x) { return tanh(x); },
        [](const Tensor& x) { return sigmoid(x); },
        [](const Tensor& x) { return relu(x); },
        [](const Tensor& x) { return leaky_relu(x); },
        [](const Tensor& x) { return elu(x); },
        [](const Tensor& x) { return abs(x); },
        [](const Tensor& x) { return softplus(x); },
        [](const Tensor& x) { return gelu(x); },
        [](const Tensor& x) { return swish(x); },
        [](const Tensor& x) { return mish(x); },
        [](const Tensor& x) { return sin(3 * x); },
        [](const Tensor& x) { return square(x); },
        [](const Tensor& x) { return exp(-x); },
        [](const Tensor& x) { return log(square(x) + 0.1); },
        [](const Tensor& x) { return sqrt(square(x) + 0.1); },
        [](const Tensor& x) { return reciprocal(square(x) + 0.2); },
        [](const Tensor& x) { return erf(x); },
        [](const Tensor& x) { return clip(x, -0.7, 0.4); },
        [](const Tensor& x) { return hard_sigmoid(x); },
        [](const Tensor& x) { return dropout(x, 0.3); },
    };
    return [op = ops[choose(std::size(ops))]](const Point& xs) { return op(xs[0]); };
  }

  Function binary() {
    using Op = Tensor (*)(const Tensor&, const Tensor&);
    static constexpr Op ops[] = {
        [](const Tensor& a, const Tensor& b) { return a + b; },
        [](const Tensor& a, const Tensor& b) { return a - b; },
        [](const Tensor& a, const Tensor& b) { return a * b; },
        [](const Tensor& a, const Tensor& b) { return a / (square(b) + 0.3); },
        [](const Tensor& a, const Tensor& b) { return maximum(a, b); },
        [](const Tensor& a, const Tensor& b) { return minimum(a, b); },
        [](const Tensor& a, const Tensor& b) { return squared_difference(a, b); },
        [](const Tensor& a, const Tensor& b) { return where(greater(a, b), a, b * 2.0); },
        [](const Tensor& a, const Tensor& b) { return pow(square(a) + 0.5, b); },
    };
    return [op = ops[choose(std::size(ops))]](const Point& xs) { return op(xs[0], xs[1]); };
  }

  // Unary ops after one another, a binary one between them.
  Case chain() {
    const Shape whole = shape(choose(4));
    const Function before = unary(), middle = binary(), after = unary();
    return {"chain",
            [=](const Point& xs) {
              return after({middle({before({xs[0]}), xs[1]})});
            },
            {normal(whole), normal(part(whole))}};
  }

  Case reduction() {
    using Op = Tensor (*)(const Operand&, const Axes&, bool);
    static constexpr Op ops[] = {sum, mean, max, min, prod, logsumexp, variance, l2_norm};
    const Shape whole = shape(1 + choose(3));
    std::vector<int> axes;
    for (int axis = 0; axis < whole.rank(); ++axis)
      if (choose(2) == 0) axes.push_back(axis);
    const bool keepdims = choose(2) == 0;
    const Function after = unary();
    const Op op = ops[choose(std::size(ops))];
    return {"reduction",
            [=](const Point& xs) { return after({op(xs[0] + 0.1, axes, keepdims)}); },
            {normal(whole)}};
  }

  Case product() {
    const Index m = extent(), k = extent(), n = extent();
    const bool ta = choose(2) == 0, tb = choose(2) == 0;
    Shape a = ta ? Shape{k, m} : Shape{m, k}, b = tb ? Shape{n, k} : Shape{k, n};
    if (choose(2) == 0) a = Shape{2, a[0], a[1]};
    if (choose(2) == 0) b = Shape{choose(2) == 0 ? 1 : 2, b[0], b[1]};
    const Function after = unary();
    return {"product",
            [=](const Point& xs) {
              return after({matmul(xs[0], xs[1], {ta, tb})});
            },
            {normal(a), normal(b)}};
  }

  Case convolution() {
    const bool last = choose(2) == 0;
    const Index c = 1 + choose(2), m = 1 + choose(2), h = 3 + choose(3), w = 3 + choose(3);
    const ConvolutionOptions options{.strides = {1 + choose(2), 1 + choose(2)},
                                     .padding = choose(2) == 0 ? "same" : "valid",
                                     .data_format = last ? "channels_last" : "channels_first",
                                     .dilations = {1 + choose(2), 1 + choose(2)}};
    const Tensor x = normal(last ? Shape{1, h, w, c} : Shape{1, c, h, w});
    const Tensor kernel = normal({1 + choose(2), 1 + choose(2), c, m});
    switch (choose(3)) {
      case 0:
        return {"conv2d",
                [=](const Point& xs) { return tanh(conv2d(xs[0], xs[1], options)); },
                {x, kernel}};
      case 1:
        return {"depthwise_conv2d",
                [=](const Point& xs) { return sin(depthwise_conv2d(xs[0], xs[1], options)); },
                {x, kernel}};
      default:
        return {"separable_conv2d",
                [=](const Point& xs) {
                  return separable_conv2d(xs[0], xs[1], xs[2], xs[3], options,
                                          FusedActivation::relu);
                },
                {x, kernel, normal({1, 1, c * m, 2}), normal({2})}};
    }
  }

  Case window() {
    const bool last = choose(2) == 0;
    const char* format = last ? "channels_last" : "channels_first";
    const Index c = 1 + choose(2), h = 3 + choose(3), w = 3 + choose(3);
    const Tensor x = normal(last ? Shape{1, h, w, c} : Shape{1, c, h, w});
    const PoolingOptions pooling{.pool_size = {1 + choose(3), 1 + choose(3)},
                                 .strides = {1 + choose(2), 1 + choose(2)},
                                 .padding = choose(2) == 0 ? "same" : "valid",
                                 .data_format = format};
    const Pair size{1 + choose(2), 1 + choose(3)};
    switch (choose(4)) {
      case 0:
        return {
            "max_pool2d", [=](const Point& xs) { return square(max_pool2d(xs[0], pooling)); }, {x}};
      case 1:
        return {
            "avg_pool2d", [=](const Point& xs) { return square(avg_pool2d(xs[0], pooling)); }, {x}};
      case 2:
        return {"upsample2d",
                [=](const Point& xs) {
                  return square(upsample2d(xs[0], size, format, Interpolation::bilinear));
                },
                {x}};
      default:
        return {"batch_normalization",
                [=](const Point& xs) {
                  return batch_normalization(xs[0], xs[1], xs[2], {.axis = last ? 3 : 1}).y;
                },
                {x, normal({c}), normal({c})}};
    }
  }

  Case arrangement() {
    const Index m = extent(), n = extent();
    const Tensor x = normal({m, n}), other = normal({m, n});
    const Function after = unary();
    const auto then = [&](const char* name, const Function& f) {
      return Case{name, [=](const Point& xs) { return after({f(xs)}); }, {x, other}};
    };
    switch (choose(6)) {
      case 0:
        return then("concat", [](const Point& xs) {
          return concat(std::vector<Tensor>{xs[0], xs[1], xs[0]}, 1);
        });
      case 1:
        return then("transpose", [](const Point& xs) { return matmul(transpose(xs[0]), xs[1]); });
      case 2:
        return then("pad", [](const Point& xs) {
          return pad(xs[0] * xs[1], {{1, 0}, {0, 2}}, PadMode::constant, 0.3);
        });
      case 3:
        return then("slice", [n](const Point& xs) {
          return slice(xs[0] * xs[1], {0, n / 2}, {-1, n - n / 2});
        });
      case 4:
        return then("softmax", [](const Point& xs) { return softmax(xs[0] * xs[1], 0); });
      default:
        return then("softmax_cross_entropy", [](const Point& xs) {
          return softmax_cross_entropy(xs[0], softmax(xs[1]), {.reduction = Reduction::none});
        });
    }
  }

  std::uint64_t number_;
  std::uint64_t draw_ = 0;
};

}  // namespace

TEST_CASE("correct random functions raise no alarm") {
  const char* long_run = std::getenv("REEL_LONG");
  const std::uint64_t count = long_run && *long_run ? 10000 : 400;
  double worst = 0, worst_second = 0;
  for (std::uint64_t number = 0; number < count; ++number) {
    const Case random_case = Maker(number).make();
    const GradCheckReport report = check_gradients(random_case.f, random_case.inputs);
    INFO("case ", number, ", ", random_case.name, ": ", report);
    CHECK(report);
    worst = std::max(worst, report.worst_error);
    worst_second = std::max(worst_second, report.worst_second_error);
  }
  if (count > 400)
    MESSAGE(count, " cases; worst relative error ", worst, ", at second order ", worst_second);
}
