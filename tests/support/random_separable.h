// A separable convolution as the naive kernel says, and the op beside it.
//
// What tests compare: `forward` and `backward` in float64 from the definition, `compute` by the op
// and its tape in the dtype of its arguments. Read before: naive_separable.cpp.
#pragma once

#include <reel/core/kernels/naive/naive_separable.h>
#include <reel/core/ops/separable_convolution.h>
#include <reel/core/tape.h>

#include "random_convolution.h"

namespace naive {

// A separable convolution, and what the definition says about it.
struct Separable {
  Convolution depthwise, pointwise;
  bool bias = true, relu = false;

  Separable(const Convolution& first, Index filters, bool bias, bool relu)
      : depthwise(first), bias(bias), relu(relu) {
    depthwise.depthwise = true;
    pointwise = {.batch = first.batch,
                 .rows = first.output_rows(),
                 .columns = first.output_columns(),
                 .channels = depthwise.output_channels(),
                 .filters = filters,
                 .channels_first = first.channels_first};
  }

  reel::Shape y_shape() const { return pointwise.y_shape(); }
  std::string str() const {
    return fmt::format("{} -> {} filters{}{}", depthwise.str(), pointwise.filters,
                       bias ? ", bias" : "", relu ? ", relu" : "");
  }

  Values forward(const Values& x, const Values& d, const Values& p, const Values& b) const {
    Values y(static_cast<std::size_t>(y_shape().size()));
    kernels::separable(in_memory(x, d, p, b), y.data());
    return y;
  }

  // Gradients of x, d, p, b; or one of them alone, by its place.
  std::vector<Values> backward(const Values& x, const Values& d, const Values& p, const Values& y,
                               const Values& dy, int only = -1) const {
    std::vector<Values> all{Values(x.size()), Values(d.size()), Values(p.size()),
                            Values(static_cast<std::size_t>(pointwise.filters))};
    const auto to = [&](int i) { return only < 0 || only == i ? all[i].data() : nullptr; };
    kernels::separable_gradients<double>(in_memory(x, d, p, {}), y.data(), dy.data(),
                                         {to(0), to(1), to(2), to(3)});
    return all;
  }

 private:
  kernels::Separable<double> in_memory(const Values& x, const Values& d, const Values& p,
                                       const Values& b) const {
    return {.window = depthwise.window(),
            .channels = depthwise.channels,
            .multiplier = depthwise.filters,
            .filters = pointwise.filters,
            .x = x.data(),
            .d = d.data(),
            .w = p.data(),
            .b = bias ? b.data() : nullptr,
            .relu = relu};
  }
};

struct Arguments {
  reel::Tensor x, d, p, b, dy;
};

inline reel::Tensor cast_to(const reel::Tensor& x, reel::DType dtype) {
  if (!x.defined() || dtype == reel::float64) return x;
  const auto values = x.to_vector();
  return {std::vector<float>(values.begin(), values.end()), x.shape()};
}

inline Arguments arguments_of(const Separable& s, Generator& generator, reel::DType dtype) {
  const auto make = [&](const reel::Shape& shape) {
    return cast_to(generator.tensor(shape), dtype);
  };
  Arguments a;
  a.x = make(s.depthwise.x_shape());
  a.d = make(s.depthwise.w_shape());
  a.p = make(s.pointwise.w_shape());
  if (s.bias) a.b = make({s.pointwise.filters});
  a.dy = make(s.y_shape());
  return a;
}

struct Results {
  reel::Tensor y;
  std::vector<reel::Tensor> gradients;  // of x, d, p and, if there is one, b
};

inline Results compute(const Separable& s, const Arguments& a) {
  reel::Tape tape;
  std::vector<reel::Tensor> sources{a.x, a.d, a.p};
  if (s.bias) sources.push_back(a.b);
  for (const reel::Tensor& source : sources) tape.watch(source);
  const reel::Tensor y =
      separable_conv2d(a.x, a.d, a.p, a.b, s.depthwise.options(),
                       s.relu ? reel::FusedActivation::relu : reel::FusedActivation::none);
  return {y, tape.gradient(y, sources, {.output_gradients = {a.dy}})};
}

// The largest difference of y and of all gradients to the definition.
inline double difference(const Separable& s, const Arguments& a, const Results& results) {
  const auto x = a.x.to_vector(), d = a.d.to_vector(), p = a.p.to_vector();
  const auto b = a.b.defined() ? a.b.to_vector() : Values();
  const auto y = s.forward(x, d, p, b);
  const auto gradients = s.backward(x, d, p, results.y.to_vector(), a.dy.to_vector());
  double worst = difference(results.y, y);
  for (std::size_t i = 0; i < results.gradients.size(); ++i)
    worst = std::max(worst, difference(results.gradients[i], gradients[i]));
  return worst;
}

inline Separable random_separable(Generator& generator) {
  return {generator.convolution(true), generator.number(1, 5), generator.number(0, 2) > 0,
          generator.number(0, 1) == 1};
}

}  // namespace naive
