// Every kernel of a dense convolution by itself, whatever the model would choose: forward with bias
// and relu, both gradients behind relu and the bias's, beside the definition in float64; at sizes
// that fill tiles, vectors and panels, and at all others.
#include <doctest/doctest.h>

#include <cmath>
#include <functional>
#include <limits>
#include <optional>
#include <vector>

#include <reel/core/kernels/convolution/dense_choice.h>
#include <reel/core/kernels/convolution/dense_convolution.h>
#include <reel/core/kernels/convolution/direct.h>
#include <reel/core/kernels/convolution/im2col.h>
#include <reel/core/kernels/convolution/tap_products.h>
#include <reel/core/kernels/convolution/winograd.h>
#include <reel/core/runtime/isa.h>
#include <reel/core/runtime/log.h>

#include "captured_stderr.h"
#include "random_convolution.h"
#include "with_threads.h"

using namespace reel;
using namespace reel::kernels;
namespace kernels = reel::kernels;
using ::naive::Convolution;
using ::naive::Generator;
using Values = std::vector<double>;

namespace {

template <class T>
struct Numbers {
  std::vector<T> x, w, b, dy, y;  // y: what relu's mask looks at
};

template <class T>
struct Passes {
  std::vector<T> y, dx, dw, db;
};

std::vector<double> drawn(Generator& generator, Index count) {
  return generator.tensor({count}).to_vector();
}

template <class T, class From>
std::vector<T> as(const std::vector<From>& values) {
  return {values.begin(), values.end()};
}

// Rounded to float32, so that both dtypes start from the same numbers.
Numbers<double> numbers_of(const Convolution& c, Generator& generator) {
  const auto draw = [&](const Shape& shape) {
    return as<double>(as<float>(drawn(generator, shape.size())));
  };
  return {draw(c.x_shape()), draw(c.w_shape()), draw({c.filters}), draw(c.y_shape()),
          draw(c.y_shape())};
}

Passes<double> by_definition(const Convolution& c, const Numbers<double>& n, bool masked) {
  Passes<double> result;
  result.y = c.forward(n.x, n.w);
  Values dz = n.dy;
  result.db.assign(static_cast<std::size_t>(c.filters), 0);
  const Index plane = c.output_rows() * c.output_columns();
  for (std::size_t i = 0; i < dz.size(); ++i) {
    const Index at = static_cast<Index>(i);
    const auto f = static_cast<std::size_t>((c.channels_first ? at / plane : at) % c.filters);
    result.y[i] = std::max(0.0, result.y[i] + n.b[f]);
    if (masked && !(n.y[i] > 0)) dz[i] = 0;
    result.db[f] += dz[i];
  }
  result.dx = c.input_gradient(n.w, dz);
  result.dw = c.filter_gradient(n.x, dz);
  return result;
}

// By the door, without a kernel.
template <class T>
Passes<T> by_kernel(std::optional<DenseKernel> kernel, const Convolution& c,
                    const Numbers<double>& given, bool masked) {
  const Numbers<T> n{as<T>(given.x), as<T>(given.w), as<T>(given.b), as<T>(given.dy),
                     as<T>(given.y)};
  const T unwritten = std::numeric_limits<T>::quiet_NaN();
  const auto room = [&](std::size_t size) { return std::vector<T>(size, unwritten); };
  Passes<T> r{room(n.dy.size()), room(n.x.size()), room(n.w.size()), room(n.b.size())};
  const Window window = c.window();
  const Images<T> y = output_images(window, r.y.data(), c.filters);
  const Images<const T> dy = output_images(window, n.dy.data(), c.filters);
  const Finish<T> finish{n.b.data(), true};
  const T* const mask = masked ? n.y.data() : nullptr;
  if (!kernel) {
    dense_forward(window, c.channels, n.x.data(), n.w.data(), finish, y);
    dense_input_gradient(window, c.channels, n.w.data(), mask, dy, r.dx.data());
    dense_filter_gradient(window, c.channels, n.x.data(), mask, dy, r.dw.data(), r.db.data());
    return r;
  }
  switch (*kernel) {
    case DenseKernel::direct:
      direct_forward(window, c.channels, n.x.data(), n.w.data(), finish, y);
      direct_input_gradient(window, c.channels, n.w.data(), mask, dy, r.dx.data());
      direct_filter_gradient(window, c.channels, n.x.data(), mask, dy, r.dw.data(), r.db.data());
      break;
    case DenseKernel::winograd:
      winograd_forward(window, c.channels, n.x.data(), n.w.data(), finish, y);
      winograd_input_gradient(window, c.channels, n.w.data(), mask, dy, r.dx.data());
      winograd_filter_gradient(window, c.channels, n.x.data(), mask, dy, r.dw.data(), r.db.data());
      break;
    case DenseKernel::tap_products:
      tap_products_input_gradient(window, c.channels, n.w.data(), mask, dy, r.dx.data());
      for (auto* others : {&r.y, &r.dw, &r.db}) others->clear();  // it knows one pass
      break;
    case DenseKernel::patches:
      lowered_forward<T>(Patches<T>(window, c.channels), n.x.data(), n.w.data(), finish, y);
      lowered_backward<T>(Patches<T>(window, c.channels), n.x.data(), n.w.data(), mask, dy,
                          {r.dx.data(), nullptr, r.dw.data(), r.db.data()});
  }
  return r;
}

// The largest difference over the largest number.
template <class T>
double error(const std::vector<T>& is, const Values& should) {
  double off = 0, largest = 1e-30;
  for (std::size_t i = 0; i < is.size(); ++i) {
    const double difference = std::abs(static_cast<double>(is[i]) - should[i]);
    if (!(difference < HUGE_VAL)) return HUGE_VAL;
    off = std::max(off, difference);
    largest = std::max(largest, std::abs(should[i]));
  }
  return off / largest;
}

template <class T>
double error(const Passes<T>& is, const Passes<double>& should) {
  return std::max({error(is.y, should.y), error(is.dx, should.dx), error(is.dw, should.dw),
                   error(is.db, should.db)});
}

void check(const Convolution& c, Generator& generator) {
  if (c.x_shape().size() == 0 || c.y_shape().size() == 0) return;  // ops ask no kernel for nothing
  CAPTURE(c.str());
  const Numbers<double> numbers = numbers_of(c, generator);
  for (const bool masked : {false, true}) {
    CAPTURE(masked);
    const Passes<double> should = by_definition(c, numbers, masked);
    REQUIRE(error(by_kernel<double>({}, c, numbers, masked), should) < 1e-13);
    REQUIRE(error(by_kernel<float>({}, c, numbers, masked), should) < 3e-5);
    for (const DenseKernel kernel :
         {DenseKernel::direct, DenseKernel::winograd, DenseKernel::patches}) {
      if (kernel == DenseKernel::winograd && !is_winograd_window(c.window())) continue;
      CAPTURE(name_of(kernel));
      REQUIRE(error(by_kernel<double>(kernel, c, numbers, masked), should) < 1e-13);
      REQUIRE(error(by_kernel<float>(kernel, c, numbers, masked), should) < 3e-5);
    }
    if (!has_neighbouring_taps(c.window())) continue;
    const DenseKernel taps = DenseKernel::tap_products;
    REQUIRE(error(by_kernel<double>(taps, c, numbers, masked).dx, should.dx) < 1e-13);
    REQUIRE(error(by_kernel<float>(taps, c, numbers, masked).dx, should.dx) < 3e-5);
  }
}

Convolution with_tiles(Generator& generator, bool first) {
  return {.batch = generator.number(1, 3),
          .rows = generator.number(3, 14),
          .columns = generator.number(3, 21),
          .channels = generator.number(1, 40),
          .kernel_rows = 3,
          .kernel_columns = 3,
          .filters = generator.number(1, 40),
          .same = generator.number(0, 1) == 1,
          .channels_first = first};
}

}  // namespace

TEST_CASE("any window by the direct kernel and by patches") {
  Generator generator(31);
  for (int i = 0; i < 150; ++i) check(generator.convolution(false), generator);
}

TEST_CASE(
    "windows of one tap: rows follow each other, and pixels that a stride skips are left out") {
  Generator generator(35);
  for (const bool first : {false, true})
    for (int i = 0; i < 20; ++i) {
      Convolution c = with_tiles(generator, first);
      c.kernel_rows = c.kernel_columns = 1;
      c.row_stride = static_cast<int>(generator.number(1, 3));
      c.column_stride = static_cast<int>(generator.number(1, 3));
      check(c, generator);
    }
}

TEST_CASE("a kernel that few positions use is read where it lies, a last panel of one vector too") {
  Generator generator(36);
  for (const auto& [channels, filters] : {std::pair<Index, Index>{300, 48}, {90, 64}, {16, 16}}) {
    Convolution c = with_tiles(generator, false);
    c.batch = 1;
    c.rows = 5;
    c.columns = 9;
    c.channels = channels;
    c.filters = filters;
    check(c, generator);
  }
}

TEST_CASE("3 x 3 windows that do not stride, by all three kernels") {
  Generator generator(32);
  for (int i = 0; i < 30; ++i) check(with_tiles(generator, i % 2 == 0), generator);
}

TEST_CASE("more channels and filters than a panel, a strip or a square holds") {
  Generator generator(33);
  for (const bool first : {false, true})
    for (const auto& [channels, filters] :
         {std::pair<Index, Index>{150, 70}, {70, 150}, {7, 264}}) {
      Convolution c = with_tiles(generator, first);
      c.rows = c.columns = 6;
      c.channels = channels;
      c.filters = filters;
      check(c, generator);
    }
}

TEST_CASE("each kernel gives the same bits at any number of threads") {
  Generator generator(34);
  for (const Index batch : {9, 1}) {
    Convolution c = with_tiles(generator, false);
    c.batch = batch, c.rows = 20, c.columns = 19, c.channels = 33, c.filters = 72;
    const Numbers<double> numbers = numbers_of(c, generator);
    for (const DenseKernel kernel : {DenseKernel::direct, DenseKernel::winograd,
                                     DenseKernel::patches, DenseKernel::tap_products}) {
      CAPTURE(name_of(kernel));
      const auto run_on = [&](int threads) {
        const test::WithThreads these(threads);
        return by_kernel<float>(kernel, c, numbers, true);
      };
      const Passes<float> one = run_on(1);
      for (const int threads : {2, 3, 7}) {
        const Passes<float> several = run_on(threads);
        CHECK(several.y == one.y);
        CHECK(several.dx == one.dx);
        CHECK(several.dw == one.dw);
        CHECK(several.db == one.db);
      }
    }
  }
}

// The definition in float32: one sum after the other.
Passes<float> by_plain_sums(const Convolution& c, const Numbers<double>& given) {
  const auto x = as<float>(given.x), w = as<float>(given.w), dy = as<float>(given.dy);
  Passes<float> r{dy, x, w, as<float>(given.b)};
  const Window window = c.window();
  kernels::naive::convolution(window, c.channels, c.filters, x.data(), w.data(), r.y.data());
  kernels::naive::convolution_input_gradient(window, c.channels, c.filters, w.data(), dy.data(),
                                             r.dx.data());
  kernels::naive::convolution_filter_gradient(window, c.channels, c.filters, x.data(), dy.data(),
                                              r.dw.data());
  return r;
}

// Each pass over 40 drawn shapes of 16 channels and more.
TEST_CASE(
    "Winograd's rounding errors are at most eight times those of plain sums, four on average") {
  Generator generator(35);
  constexpr int shapes = 40;
  double sums[3] = {};
  for (int i = 0; i < shapes; ++i) {
    Convolution c = with_tiles(generator, false);
    c.rows = generator.number(7, 16);
    c.columns = generator.number(7, 21);
    c.channels = generator.number(16, 64);
    c.filters = generator.number(16, 64);
    const Numbers<double> numbers = numbers_of(c, generator);
    const Passes<double> should = by_definition(c, numbers, false);
    const Passes<float> plain = by_plain_sums(c, numbers);
    const Passes<float> tiled = by_kernel<float>(DenseKernel::winograd, c, numbers, false);
    // Without bias and relu, but where relu keeps a result it has the error of the sum.
    const double ratios[3] = {
        error(tiled.y, should.y) / error(plain.y, c.forward(numbers.x, numbers.w)),
        error(tiled.dx, should.dx) / error(plain.dx, should.dx),
        error(tiled.dw, should.dw) / error(plain.dw, should.dw)};
    for (int pass = 0; pass < 3; ++pass) {
      CAPTURE(c.str());
      CAPTURE(pass);
      CHECK(ratios[pass] < 8);
      sums[pass] += ratios[pass];
    }
  }
  for (const double sum : sums) {
    CAPTURE(sum / shapes);
    CHECK(sum / shapes < 4);
  }
}

TEST_CASE("a NaN stays within the tiles that see it") {
  Generator generator(36);
  Convolution c = with_tiles(generator, false);
  c.batch = 1, c.rows = c.columns = 20, c.same = true;
  Numbers<double> numbers = numbers_of(c, generator);
  numbers.x[static_cast<std::size_t>((2 * 20 + 2) * c.channels)] = std::nan("");
  const Passes<float> passes = by_kernel<float>(DenseKernel::winograd, c, numbers, false);
  const auto is_nan = [&](Index p, Index q) {
    return std::isnan(passes.y[static_cast<std::size_t>((p * 20 + q) * c.filters)]);
  };
  CHECK(is_nan(2, 2));
  for (Index p = 0; p < 20; ++p)
    for (Index q = 0; q < 20; ++q)
      if (p >= 4 || q >= 4) CHECK(!is_nan(p, q));
}

TEST_CASE("the log tells at debug which kernel was chosen and what each would cost") {
  const logging::Level before = logging::level();
  logging::set_level(logging::Level::debug);
  test::CapturedStderr log;
  conv2d(Tensor(std::vector<float>(8 * 28 * 28 * 64), {8, 28, 28, 64}),
         Tensor(std::vector<float>(9 * 64 * 32), {3, 3, 64, 32}), {.padding = "same"});
  const std::string text = log.text();
  logging::set_level(before);
  CAPTURE(text);
  CHECK(text.find("convolution, forward: 8 images of 28 x 28 x 64, 32 filters of 3 x 3: winograd "
                  "(estimated kilocycles: direct ") != std::string::npos);
}

TEST_CASE("tiles of 3 x 3 go to Winograd, strides to the direct kernel, few channels by all taps") {
  if (isa() != Isa::avx512) return;  // narrower vectors have other costs
  const auto kernel = [](DensePass pass, const Convolution& c) {
    return dense_kernel(pass, c.window(), c.channels, c.filters, 4);
  };
  Convolution c{.batch = 8,
                .rows = 56,
                .columns = 56,
                .channels = 64,
                .kernel_rows = 3,
                .kernel_columns = 3,
                .filters = 64,
                .same = true};
  for (const DensePass pass :
       {DensePass::forward, DensePass::input_gradient, DensePass::filter_gradient})
    CHECK(kernel(pass, c) == DenseKernel::winograd);
  c.row_stride = c.column_stride = 2;
  CHECK(kernel(DensePass::forward, c) == DenseKernel::direct);
  c.channels = 3;
  CHECK(kernel(DensePass::forward, c) == DenseKernel::direct);
  CHECK(kernel(DensePass::input_gradient, c) == DenseKernel::tap_products);
  CHECK(kernel(DensePass::filter_gradient, c) == DenseKernel::direct);
}
