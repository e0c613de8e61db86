// Convolutions in groups: what the kernel's depth makes of conv2d, its gradients and
// conv2d_with_bias.
#include <doctest/doctest.h>

#include <reel/core/derivatives/grad_check.h>
#include <reel/core/inspect/flops.h>
#include <reel/core/ops.h>
#include <reel/core/tape.h>

#include "random_separable.h"
#include "sizes_sweep.h"
#include "with_kernels.h"
#include "with_threads.h"

using namespace reel;
using naive::cast_to;
using naive::Generator;
using reel::testing::with_kernels;

namespace {

using Tensors = std::vector<Tensor>;

// A convolution in groups, each of which is `own`.
struct Grouped {
  naive::Convolution own;
  Index groups;

  int channel_axis() const { return own.channels_first ? 1 : 3; }
  // A shape of `own` with as many channels (or filters) as all groups have.
  Shape all(Shape shape, int axis) const {
    shape[axis] *= groups;
    return shape;
  }
  Shape x_shape() const { return all(own.x_shape(), channel_axis()); }
  Shape y_shape() const { return all(own.y_shape(), channel_axis()); }
  Shape w_shape() const { return all(own.w_shape(), 3); }

  // By the definition: group by group, f(group's a, group's b) with the naive kernels.
  template <class F>
  Tensor by_group(const Tensor& a, int a_axis, const Tensor& b, int b_axis, const Shape& own_shape,
                  int axis, const F& f) const {
    const auto of_a = split(a, static_cast<int>(groups), a_axis);
    const auto of_b = split(b, static_cast<int>(groups), b_axis);
    Tensors results;
    for (std::size_t g = 0; g < of_a.size(); ++g)
      results.push_back(Tensor(f(of_a[g].to_vector(), of_b[g].to_vector()), own_shape));
    return concat(results, axis);
  }
  Tensor forward(const Tensor& x, const Tensor& w) const {
    return by_group(x, channel_axis(), w, 3, own.y_shape(), channel_axis(),
                    [&](const auto& a, const auto& b) { return own.forward(a, b); });
  }
  Tensor input_gradient(const Tensor& w, const Tensor& dy) const {
    return by_group(w, 3, dy, channel_axis(), own.x_shape(), channel_axis(),
                    [&](const auto& a, const auto& b) { return own.input_gradient(a, b); });
  }
  Tensor filter_gradient(const Tensor& x, const Tensor& dy) const {
    return by_group(x, channel_axis(), dy, channel_axis(), own.w_shape(), 3,
                    [&](const auto& a, const auto& b) { return own.filter_gradient(a, b); });
  }
};

Grouped random_grouped(Generator& generator, bool small = false) {
  Grouped c{small ? generator.small_convolution(false) : generator.convolution(false), 0};
  c.own.filters = generator.number(1, small ? 2 : 4);
  c.groups = generator.number(2, small ? 2 : 5);
  return c;
}

struct Numbers {
  Tensor x, w, dy, b;
};
Numbers numbers_for(const Grouped& c, Generator& generator, DType dtype) {
  const auto some = [&](const Shape& shape) { return cast_to(generator.tensor(shape), dtype); };
  return {some(c.x_shape()), some(c.w_shape()), some(c.y_shape()), some({c.w_shape()[3]})};
}

void require_definition(const Grouped& c, const Numbers& n) {
  const auto options = c.own.options();
  const Tensor x = cast(n.x, float64), w = cast(n.w, float64), dy = cast(n.dy, float64);
  const double bound = n.x.dtype() == float64 ? 1e-13 : 1e-5;
  const auto require_same = [&](const Tensor& found, const Tensor& expected) {
    REQUIRE(found.shape() == expected.shape());
    REQUIRE(naive::difference(found, expected.to_vector()) < bound);
  };
  require_same(conv2d(n.x, n.w, options), c.forward(x, w));
  require_same(conv2d_input_gradient(n.x.shape(), n.w, n.dy, options), c.input_gradient(w, dy));
  require_same(conv2d_filter_gradient(n.x, n.w.shape(), n.dy, options), c.filter_gradient(x, dy));
}

// One op for convolution, bias and relu, against three, in all that they give.
void require_fused_same(const Grouped& c, Generator& generator, DType dtype) {
  CAPTURE(c.own.str());
  CAPTURE(c.groups);
  const auto options = c.own.options();
  const Numbers n = numbers_for(c, generator, dtype);
  for (const bool relu : {false, true}) {
    const auto gradients = [&](const auto& f) {
      Tape tape;
      tape.watch({n.x, n.w, n.b});
      const Tensor y = f();
      Tensors all = tape.gradient(y, {n.x, n.w, n.b}, {.output_gradients = {n.dy}});
      all.push_back(y);
      return all;
    };
    const Tensors alone = gradients([&] {
      const Tensor y = bias_add(conv2d(n.x, n.w, options), n.b, options.data_format);
      return relu ? reel::relu(y) : y;
    });
    const Tensors fused = gradients([&] {
      return conv2d_with_bias(n.x, n.w, n.b, options,
                              relu ? FusedActivation::relu : FusedActivation::none);
    });
    for (std::size_t i = 0; i < fused.size(); ++i) {
      CAPTURE(i);
      REQUIRE(fused[i].shape() == alone[i].shape());
      REQUIRE(naive::difference(fused[i], alone[i].to_vector()) < naive::bound(dtype));
    }
  }
}

// Groups that fill vectors, whose pixels are more than a tile.
Grouped pixels(Index groups, bool channels_first) {
  return {{.batch = 2,
           .rows = 33,
           .columns = 37,
           .channels = 17,
           .filters = 20,
           .channels_first = channels_first},
          groups};
}

}  // namespace

TEST_CASE("two groups by hand: each filter sees the channels of its group") {
  // One pixel of four channels; filters 0 and 1 see channels 0 and 1, filters 2 and 3 the others.
  const Tensor x({{{{1, 2, 10, 20}}}}), w({{{{1, 3, 5, 7}, {2, 4, 6, 8}}}});
  CHECK(conv2d(x, w).to_vector() == std::vector<double>{5, 11, 170, 230});
  CHECK(conv2d(reshape(x, {1, 4, 1, 1}), w, {.data_format = "channels_first"}).to_vector() ==
        std::vector<double>{5, 11, 170, 230});
  // Groups of one channel: a depthwise convolution, here with two filters a channel.
  CHECK(conv2d(Tensor({{{{3, 5}}}}), Tensor({{{{1, 2, 10, 20}}}})).to_vector() ==
        std::vector<double>{3, 6, 50, 100});
}

TEST_CASE("a convolution in groups is that of each group, forward and in both gradients") {
  naive::sweep(31000000, 300, [](Generator& generator) {
    const Grouped c = random_grouped(generator);
    const DType dtype = generator.number(0, 1) ? float32 : float64;
    CAPTURE(c.own.str());
    CAPTURE(c.groups);
    CAPTURE(dtype);
    const Numbers n = numbers_for(c, generator, dtype);
    require_definition(c, n);
    if (c.own.batch * c.own.rows > 0)
      with_kernels("naive", [&] {
        require_definition(c, n);
        return 0;
      });
  });
}

TEST_CASE(
    "groups of the sizes of public networks are right, also where several are taken for one") {
  struct Sizes {
    Index channels, filters, groups;  // the first two of a group
    Index side, kernel;
    int stride;
  };
  Generator generator(7);
  for (const bool first : {false, true})
    for (const Sizes& s :
         {Sizes{4, 4, 32, 14, 3, 1}, Sizes{4, 4, 32, 13, 3, 2}, Sizes{16, 24, 3, 17, 1, 1},
          Sizes{32, 32, 2, 20, 3, 1}, Sizes{1, 1, 40, 12, 3, 1}, Sizes{1, 3, 10, 9, 5, 2}}) {
      const Grouped c{{.batch = 2,
                       .rows = s.side,
                       .columns = s.side,
                       .channels = s.channels,
                       .kernel_rows = s.kernel,
                       .kernel_columns = s.kernel,
                       .filters = s.filters,
                       .row_stride = s.stride,
                       .column_stride = s.stride,
                       .same = true,
                       .channels_first = first},
                      s.groups};
      CAPTURE(c.own.str());
      CAPTURE(c.groups);
      require_definition(c, numbers_for(c, generator, float32));
      require_definition(c, numbers_for(c, generator, float64));
    }
}

TEST_CASE("each of the three ops in groups has the other two as gradients, to second order") {
  Generator generator(20250301);
  for (int i = 0; i < 12; ++i) {
    const Grouped c = random_grouped(generator, true);
    CAPTURE(c.own.str());
    const auto options = c.own.options();
    const Numbers n = numbers_for(c, generator, float64);
    CHECK(check_gradients([&](const Tensors& xs) { return conv2d(xs[0], xs[1], options); },
                          {n.x, n.w}));
    CHECK(check_gradients(
        [&](const Tensors& xs) {
          return conv2d_input_gradient(n.x.shape(), xs[0], xs[1], options);
        },
        {n.w, n.dy}));
    CHECK(check_gradients(
        [&](const Tensors& xs) {
          return conv2d_filter_gradient(xs[0], n.w.shape(), xs[1], options);
        },
        {n.x, n.dy}));
    CHECK(check_gradients(
        [&](const Tensors& xs) { return conv2d_with_bias(xs[0], xs[1], xs[2], options); },
        {n.x, n.w, n.b}));
  }
}

TEST_CASE("bias and relu in one op are those of the ops alone, in groups too") {
  naive::sweep(32000000, 100, [](Generator& generator) {
    const Grouped c = random_grouped(generator);
    require_fused_same(c, generator, generator.number(0, 1) ? float32 : float64);
  });
}

TEST_CASE("groups of single pixels are products in place, alike in all they give") {
  Generator generator(17);
  for (const bool first : {false, true})
    for (const DType dtype : {float32, float64}) {
      const Grouped c = pixels(3, first);
      require_definition(c, numbers_for(c, generator, dtype));
      require_fused_same(c, generator, dtype);
    }
}

TEST_CASE("a convolution in groups gives the same bits for any number of threads") {
  Generator generator(11);
  const naive::Convolution own{.batch = 3,
                               .rows = 15,
                               .columns = 14,
                               .channels = 8,
                               .kernel_rows = 3,
                               .kernel_columns = 3,
                               .filters = 8,
                               .same = true};
  for (const Grouped& c :
       {Grouped{own, 2}, Grouped{own, 3}, Grouped{own, 8}, pixels(3, false), pixels(2, true)}) {
    const Numbers n = numbers_for(c, generator, float32);
    const auto results = [&](int threads) {
      const test::WithThreads with(threads);
      const auto options = c.own.options();
      return std::vector{conv2d(n.x, n.w, options).to_vector(),
                         conv2d_input_gradient(n.x.shape(), n.w, n.dy, options).to_vector(),
                         conv2d_filter_gradient(n.x, n.w.shape(), n.dy, options).to_vector()};
    };
    const auto alone = results(1);
    for (const int threads : {2, 3, 4}) {
      CAPTURE(threads);
      CHECK(results(threads) == alone);
    }
  }
}

TEST_CASE("channels and filters must be whole groups, which the error says") {
  const Tensor x = zeros({1, 5, 5, 4});
  CHECK_THROWS_WITH_AS(conv2d(x, zeros({3, 3, 3, 4})),
                       "conv2d: input channels must be a multiple of 3 (axis -1); got (1, 5, 5, 4)",
                       ValueError);
  CHECK_THROWS_WITH_AS(
      conv2d(zeros({1, 2, 5, 5}), zeros({3, 3, 4, 4}), {.data_format = "channels_first"}),
      "conv2d: input channels must be a multiple of 4 (axis -3); got (1, 2, 5, 5)", ValueError);
  CHECK_THROWS_WITH_AS(conv2d(x, zeros({3, 3, 0, 4})),
                       "conv2d: input channels must be a multiple of 0 (axis -1); got (1, 5, 5, 4)",
                       ValueError);
  CHECK_THROWS_WITH_AS(conv2d_with_bias(x, zeros({3, 3, 2, 5}), zeros({5})),
                       "conv2d_with_bias: filters must be divisible by the 2 groups that 4 input "
                       "channels make; got a kernel of shape (3, 3, 2, 5)",
                       ValueError);
  CHECK_THROWS_WITH_AS(depthwise_conv2d(x, zeros({3, 3, 2, 1})),
                       "depthwise_conv2d: input channels must be 2 (axis -1); got (1, 5, 5, 4)",
                       ValueError);
}

TEST_CASE("empty batches and images pass in groups, and gradients of nothing are zero") {
  const Tensor w = ones({3, 3, 2, 4});
  CHECK(conv2d(zeros({0, 5, 5, 4}), w).shape() == Shape{0, 3, 3, 4});
  CHECK(conv2d(zeros({2, 2, 5, 4}), w).shape() == Shape{2, 0, 3, 4});
  CHECK(conv2d(zeros({1, 5, 5, 4}), zeros({3, 3, 2, 0})).shape() == Shape{1, 3, 3, 0});
  CHECK(conv2d_filter_gradient(zeros({0, 5, 5, 4}), w.shape(), zeros({0, 3, 3, 4})).to_vector() ==
        std::vector<double>(72, 0.0));
  CHECK(conv2d_input_gradient({1, 2, 5, 4}, w, zeros({1, 0, 3, 4})).to_vector() ==
        std::vector<double>(40, 0.0));
}

TEST_CASE("a trace counts the products that groups leave") {
  const Shape x{2, 8, 8, 12}, w{3, 3, 4, 6}, y{2, 8, 8, 6};
  CHECK(detail::flops_of("conv2d", {&x, &w}, y) == 2.0 * (2 * 8 * 8 * 6) * (3 * 3 * 4));
}
